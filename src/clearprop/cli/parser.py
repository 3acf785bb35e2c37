"""The arguments of the commands, and what --help says about them."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from clearprop import __version__
from clearprop.cli import check_options, exercise, train_options
from clearprop.cli.command import command, debug
from clearprop.errors import ClearpropError

_TOP = """\
You write the forward pass in plain NumPy; clearprop writes the backward pass, or
checks the one that you wrote, or makes an exercise of it, or trains the network.

  clearprop derive examples/tutorial.py
  clearprop derive examples/softmax_classifier.py:loss
  clearprop explain examples/tutorial.py
  clearprop check examples/tutorial_by_hand.py
  clearprop check submissions/ --points 10
  clearprop exercise examples/tutorial.py --students 30
  clearprop train examples/two_neuron_chain.py
  clearprop train --layers 64,32,10 --data digits.csv --target label --save weights.npz
  clearprop predict weights.npz --data new.csv
"""

_TARGET = """\
TARGET is
  network.py             a script: its loss is found, or named with --loss
  network.py:loss        a function in it, called with the arguments of the same name
  network.py:net.loss    a method of an object in it
  network.ipynb          a notebook, as a script
"""

_DERIVE = f"""\
Write the backward pass of a forward pass, as NumPy code that stands on its own.

{_TARGET}"""

_DERIVE_EXAMPLES = """\
examples:
  clearprop derive examples/tutorial.py
  clearprop derive examples/softmax_classifier.py:loss --wrt W1,W2 -o backward.py
  clearprop derive examples/batch_norm.py:loss --style atomic
  clearprop derive examples/activations.py:perceptron --call "perceptron(x, w, b)"
  clearprop derive examples/tutorial.py --to latex
  clearprop derive examples/tutorial.py --to c -o network.c

pin a backward pass that was written by hand, in a script or as a function:
  clearprop derive examples/tutorial_by_hand.py --test test_by_hand.py
  clearprop derive network.py:loss --against backward --test test_network.py

A function given with --against takes the arguments of the forward function (or some
of them, by name) and returns the gradients as a dictionary, or in the order of --wrt.
For a script, --against names the variables that hold the gradients, in the order of
--wrt: --against "dW1, -step_W2 / rate". Left out, it is the variables called dW1 or
grad_W1, else what the program adds to W1 or takes from it, divided by its rate, else
what is called a step or a gradient, as delta_w is, and has the shape of W1.
"""

_EXPLAIN = f"""\
Explain each step of the backward pass with the program's own numbers.

{_TARGET}"""

_EXPLAIN_EXAMPLES = """\
examples:
  clearprop explain examples/tutorial.py
  clearprop explain examples/two_neuron_chain.py --graph chain.svg
  clearprop explain examples/tutorial.py --network network.svg
  clearprop explain examples/softmax_classifier.py:loss --format markdown -o steps.md
"""

_OPTIONS = """--against --batch-size --blanks --call --checkpoint --checkpoint-seconds
    --clip-norm --data --debug --diff --engine --epochs --features --fix --float64
    --force --format --graph --header --help --hidden --hint --jobs --l2 --last --layers
    --learning-rate --loss --network --no-formulas --no-header --notebook --one-hot
    --optimizer --out --output --patience --plot --points --probabilities --record
    --resume --save --scale --seed --steps --students --style --target --target-loss
    --test --timeout --to --trust --update --validation --version
    --watch --wrt""".split()


class _Parser(argparse.ArgumentParser):
    """Mistakes in the arguments are errors like any other."""

    def error(self, message: str) -> NoReturn:
        words = message.removeprefix("unrecognized arguments: ").split()
        if words and words[0] in _OPTIONS:
            raise ClearpropError(
                f"{words[0]} doesn't belong there: options stand behind the command "
                f"that has them (see {self.prog} --help)"
            )
        if words and words[0].startswith("--"):
            from difflib import get_close_matches

            for match in get_close_matches(words[0], _OPTIONS, 1):
                raise ClearpropError(f"there is no {words[0]}: did you mean {match}?")
        what, choose, choices = message.partition(" (choose from ")
        plain = what + choose + choices.replace("'", "")  # as newer Pythons have it
        raise ClearpropError(f"{plain} (see {self.prog} --help)")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(
        prog="clearprop",
        description=_TOP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"clearprop {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    derive = _deriving(
        commands, "derive", "write the backward pass", _DERIVE, _DERIVE_EXAMPLES
    )
    derive.add_argument(
        "--to",
        choices=("numpy", "latex", "c"),
        default="numpy",
        help="language to write",
    )
    derive.add_argument(
        "--format", choices=("text", "json"), default="text", help="json: for machines"
    )
    derive.add_argument(
        "-o", "--output", metavar="FILE", help="write the result to FILE"
    )
    derive.add_argument(
        "--test", metavar="FILE", help="write a pytest file that pins a pass"
    )
    derive.add_argument(
        "--against", metavar="NAME", help="with --test: the pass to pin (see below)"
    )
    explain = _deriving(
        commands, "explain", "explain it with your numbers", _EXPLAIN, _EXPLAIN_EXAMPLES
    )
    explain.add_argument(
        "--format",
        choices=("text", "markdown", "html", "latex", "json"),
        default="text",
        help="how to write it",
    )
    explain.add_argument(
        "--graph", metavar="FILE.svg", help="draw the graph, with values and gradients"
    )
    explain.add_argument(
        "--network", metavar="FILE.svg", help="draw the units and edges of the network"
    )
    explain.add_argument(
        "-o", "--output", metavar="FILE", help="write the explanation to FILE"
    )
    check_options.register(commands)
    exercise.register(commands)
    train_options.register(commands)
    return top


def _deriving(
    commands: Any, name: str, says: str, description: str, examples: str
) -> argparse.ArgumentParser:
    """A command with the options that say what to derive."""
    made = command(commands, name, says, description, examples)
    made.add_argument("target", metavar="TARGET", help="the forward pass")
    made.add_argument(
        "--loss", metavar="EXPR", help='the loss of a script, such as "cost.mean()"'
    )
    made.add_argument(
        "--wrt", metavar="NAMES", help="gradients of what: names, with commas between"
    )
    made.add_argument(
        "--call", metavar="CALL", help='the call to derive, such as "loss(X, y, W)"'
    )
    made.add_argument(
        "--style",
        choices=("fused", "atomic"),
        default="fused",
        help="fused: as an expert leaves it; atomic: one operation a line",
    )
    debug(made.add_argument)
    return made
