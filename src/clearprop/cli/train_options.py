"""The arguments of ``clearprop train`` and ``clearprop predict``, and their --help."""

from __future__ import annotations

import argparse
from typing import Any

from clearprop.cli.command import command, debug

_TRAIN = """\
Train a network: the forward pass of a file, or layers of units on data.

TARGET is
  chain.py               a script: its loss is found, its weights, data and learning
                         rate are those of the program
  network.py:loss        a function in it, called with the arguments of the same name
  network.py:net.loss    a method of an object in it
With --layers no TARGET is needed: the forward pass is written for you.
"""

_TRAIN_EXAMPLES = """\
examples:
  clearprop train examples/two_neuron_chain.py
  clearprop train examples/two_neuron_chain.py --steps 1000 --record w2,w1,w0,out \\
      --plot chain.png
  clearprop train examples/softmax_classifier.py:loss --optimizer adam --epochs 300
  clearprop train --layers 64,32,10 --data digits.csv --target label --epochs 20 \\
      --save weights.npz --plot loss.png
  clearprop train --layers 4,8,3 --data iris.csv --target species --scale standardize \\
      --validation 0.2
  clearprop train --layers 64,256,10 --data x.npy --target y.npy --checkpoint run.npz \\
      --resume

Data is a .csv, .npy or .npz; a .npy may be larger than memory. Text in the target
column becomes classes; one target of whole numbers beside several units in the last
layer is labels from 0; anything else is regression.

A checkpoint is written every 30 seconds and at the end. With --resume the training goes
on from it, bit for bit, or begins where there is none yet.

exit codes:
  0    trained
  1    diverged: the loss grew, or was no longer a number
  2    it could not be trained
"""

_PREDICT = """\
Predict with weights that `clearprop train --save` wrote.

The file holds the network's source, and how its data was prepared: columns are found
by name, and scaled as in training. Predicting runs that source: code of the file's own.
"""

_PREDICT_EXAMPLES = """\
examples:
  clearprop predict weights.npz --data new.csv
  clearprop predict weights.npz --data new.csv --probabilities --out predicted.csv
  clearprop predict weights.npz --data new.npy --format json
"""


def register(commands: Any) -> None:
    """Add ``train`` and ``predict`` to the commands of the command line."""
    train = command(commands, "train", "train a network", _TRAIN, _TRAIN_EXAMPLES)
    train.add_argument(
        "target_file", metavar="TARGET", nargs="?", help="the forward pass"
    )
    _network(train.add_argument_group("the network").add_argument)
    _data(train.add_argument_group("data, with --layers").add_argument)
    _training(train.add_argument_group("training").add_argument)
    _results(train.add_argument_group("results").add_argument)
    predict = command(
        commands, "predict", "predict with trained weights", _PREDICT, _PREDICT_EXAMPLES
    )
    predict.add_argument("weights", metavar="WEIGHTS.npz", help="what train saved")
    _predicts(predict.add_argument)
    debug(train.add_argument)
    debug(predict.add_argument)


def _network(add: Any) -> None:
    add("--layers", metavar="UNITS", help="units of each layer, such as 64,32,10")
    add("--hidden", metavar="NAME", help="activation of the hidden layers (relu)")
    add("--last", metavar="NAME", help="activation of the last layer (by the target)")
    add("--float64", action="store_true", help="double precision, not single")
    add(
        "--loss",
        metavar="LOSS",
        help='a script\'s loss, such as "cost.mean()"; of --layers the name of one, '
        "such as huber",
    )
    add("--wrt", metavar="NAMES", help="what to train, of a file: names, with commas")
    add("--call", metavar="CALL", help='the call to train, such as "loss(X, y, W)"')


def _data(add: Any) -> None:
    add("--data", metavar="FILE", help="the rows: .csv, .npy or .npz")
    add(
        "--target",
        metavar="COLUMNS",
        help="the target: names or numbers (-1 is the last); in an .npz an array's "
        "name; beside a .npy another .npy",
    )
    add("--features", metavar="COLUMNS", help="the inputs (all but the target)")
    add(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first row of a CSV holds names (seen from the file)",
    )
    add(
        "--scale",
        choices=("standardize", "minmax"),
        help="scale the inputs, and those of predictions alike",
    )
    add(
        "--one-hot",
        action="store_true",
        default=None,
        help="give labels to the loss as rows with a single 1",
    )
    add(
        "--validation",
        type=float,
        metavar="SHARE",
        help="rows to hold out, such as 0.1: drawn by seed",
    )


def _training(add: Any) -> None:
    add("--epochs", type=int, metavar="N", help="passes over the rows (100)")
    add("--steps", type=int, metavar="N", help="updates, instead of epochs")
    add("--batch-size", type=int, metavar="N", help="rows in a step (32 with --layers)")
    add("--learning-rate", type=float, metavar="RATE", help="(the file's own, or 0.01)")
    add("--optimizer", metavar="NAME", help="sgd, momentum, nesterov, rmsprop, adam …")
    add("--l2", type=float, default=0.0, metavar="LAMBDA", help="decay of the weights")
    add("--clip-norm", type=float, metavar="NORM", help="largest norm of the gradients")
    add("--patience", type=int, metavar="N", help="epochs without a better validation")
    add("--target-loss", type=float, metavar="LOSS", help="stop when it is reached")
    add(
        "--update",
        choices=("simultaneous", "sequential"),
        default="simultaneous",
        help="sequential: each weight's gradient sees those that moved before it",
    )
    add("--seed", type=_seed, default=0, metavar="N", help="of weights, order and rows")
    add("--engine", default="auto", metavar="NAME", help="auto, numpy, native or jax")
    add("--checkpoint", metavar="FILE", help="keep the training there as it goes")
    add(
        "--checkpoint-seconds",
        type=float,
        default=30.0,
        metavar="S",
        help="how often (30)",
    )
    add("--resume", action="store_true", help="go on from the checkpoint")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 on")
    return int(text)


def _results(add: Any) -> None:
    add("--record", metavar="NAMES", help="values to keep at every step: w1,out,dw1")
    add("--save", metavar="FILE.npz", help="write the trained weights")
    add("--plot", metavar="FILE", help="draw the loss and what was recorded")
    add("--format", choices=("text", "json"), default="text", help="json: for machines")


def _predicts(add: Any) -> None:
    add("--data", metavar="FILE", required=True, help="the rows: .csv, .npy or .npz")
    add("--features", metavar="COLUMNS", help="the inputs (those of the training)")
    add(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="whether the first row of a CSV holds names (seen from the file)",
    )
    add(
        "--probabilities",
        action="store_true",
        help="the network's output for each class, beside the class",
    )
    add("--out", metavar="FILE", help="write the predictions to FILE")
    add("--format", choices=("csv", "json"), default="csv", help="json: for machines")


__all__ = ["register"]
