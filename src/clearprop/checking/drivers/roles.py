"""What an argument is, by its name: a weight, data, labels, a rate, a size.

The table is tried from the top. It only orders what is tried: whether a value fits is
found by running the program.
"""

from __future__ import annotations

import re

_ROLES = (
    ("flag", r"verbose|print_?\w*|plot\w*|debug|show\w*|display\w*|shuffle"),
    ("seed", r"seed|random_?seed|random_?state"),
    ("generator", r"rng|rs|rgen|random|generator|rand"),
    ("batch", r"(mini_?)?batch_?size|bs"),
    (
        "epochs",
        r"((n|num|max|number_of)_?)?(epochs?|iters?|iterations?|steps|nb_epochs?)"
        r"|itern\w*|training_?steps",
    ),
    ("rate", r"\w*learn\w*rate|lr\w*|alpha|eta|rate|step_?size|l_rate|stepsize"),
    ("strength", r"reg\w*|lam\w*|lmbda|l2\w*|weight_?decay|lambtha|lambda_?\w*|wd"),
    ("keep", r"keep_?prob\w*|dropout\w*|drop_?\w*|keep"),
    ("momentum", r"momentum|mom|decay|decay_?rate|beta_?[12]|rho"),
    ("eps", r"eps\w*|epsilon|tol\w*"),
    ("slope", r"slope|negative_slope|leak\w*"),
    ("scalar", r"delta|margin|temperature|scale|clip\w*"),
    (
        "sizes",
        r"layers?_?(dims?|sizes?|nodes)|layers_\w+|sizes|dims|layers?|topology"
        r"|architecture|layout|hidden_?(dims|layers|sizes)|shape|structure|units",
    ),
    ("filters", r"num_?filters?|n_?filters?|filters_?count|out_channels"),
    ("params", r"\w*param\w*"),
    ("pool", r"pool_?\w*"),
    ("kernel", r"\w*kernel_?size|filter_?size|\w*filter_?[hw]\w*|k|f|kh|kw"),
    ("stride", r"stride\w*"),
    ("pad", r"pad\w*"),
    ("params", r"theta\w*dict|weights_dict|model|net(work)?"),
    ("mask", r"\w*mask\w*"),
    ("ids", r"idx|ids?|ind\w*|words?|tokens?|word_?ids?|index\w*"),
    ("probability", r"p|probs?|prob\w*|y_?hat|yhat|y_?pred|pred\w*|al|a_?out|\w*hat"),
    (
        "target",
        r"[yt]|y_?train|y_?true|targets?|labels?|y_?s|ts|ys|target_\w+|\w*labels?"
        r"|actual|expected|desired|one_?hot\w*|truth|goal|y_?batch|t_?batch|y_?data"
        r"|train_?y|(targets?|labels?)_list|outputs?_?true|\w*_targets?|true_\w+|y_orig",
    ),
    ("recurrent", r"w_?(hh|aa|h)|u\w?|w_?rec\w*|w[h]_?\w*|whh|waa"),
    ("input_weight", r"w_?(x|xh|ax|ih)|wxh|wax"),
    ("output_weight", r"w_?(hy|ya|ho|y)|why|wya"),
    (
        "hidden",
        r"hidden|h_?prev|prev_?h|h_?0|a_?prev_?t|h_?last|hprev|prev_?c|c_?prev|c_?0"
        r"|a_?0|prev_?state",
    ),
    ("output_bias", r"b_?(y|o|out)|bias_?o\w*"),
    ("bias", r"b\d*|bias\w*|b_?[a-zA-Z]|\w+_bias"),
    ("weight", r"w\d*|weights?\d*|theta\w*|filters?|kernel|w_?\w+|\w*weights?|coef\w*"),
    ("gain", r"gamma\w*|beta|gain|shift"),
    ("attention", r"[qk]|query|key"),
    ("function", r"activation\w*|act\w*|func\w*|loss_?\w*|\w*(prime|derivative)|df?"),
    ("pairs", r"training_?data|train_?data|mini_?batch|data_?set|batch|data"),
    (
        "input",
        r"x\w*|inputs?\w*|a(_?prev\w*)?|a\d+|z\d*|data|features|\w*_x|image\w*"
        r"|img|samples|scores?|logits?|train_?x|in_data|\w*input\w*|inputs_list|v|value|s|state\w*",
    ),
)
_TABLE = tuple((role, re.compile(pattern, re.I)) for role, pattern in _ROLES)
_SIZE = re.compile(
    r"n|n_?\w*|num_\w+|\w*_?(size|dim|dims|nodes|units|features|classes|neurons|count"
    r"|width|channels|len|length)|hidden\w*|inputs?\w*|outputs?\w*|in_\w+|out_\w+|[dhc]"
    r"|vocab\w*|\w*layer\w*",
    re.I,
)


def role(name: str, constructor: bool = False) -> str:
    """What an argument of this name is likely to be; "unknown" where nothing says."""
    bare = name.strip("_")
    if constructor and re.fullmatch("[DHCNMKTdhnm]", bare):
        return "size"
    if bare in ("X", "Y", "T"):
        return "input" if bare == "X" else "target"
    sized = (_SIZE if constructor else _COUNT).fullmatch(bare) is not None
    if bare in ("Q", "K", "V"):
        return "attention"
    for found, pattern in _TABLE:
        if pattern.fullmatch(bare):
            if constructor and found == "probability":
                return "keep"  # of a dropout layer
            if constructor and sized and found in _NOT_OF_CONSTRUCTORS:
                return "size"
            if not constructor and sized and found not in _COUNTED:
                return "size"
            return found
    return "size" if sized or constructor else "unknown"


_COUNTED = frozenset(("epochs", "batch", "filters", "kernel", "pool", "sizes", "seed"))
_COUNT = re.compile(r"n|n_\w+|num_\w+|\w+_(size|dim|count|nodes|units|classes)", re.I)
_NOT_OF_CONSTRUCTORS = frozenset(
    ("input", "target", "hidden", "unknown", "ids", "probability", "pairs")
)
_UPSTREAM = re.compile(
    r"d[A-Za-z]\w*|d_\w+|g|g_?out\w*|grad\w*|gradients?|delta\w*|upstream\w*|\w*_grad"
    r"|output_?errors?|error\w*|err|next_?grad\w*|\w*_?gradients?|gy|gz|g_\w+|dy?",
    re.I,
)
_NEVER = re.compile(r"data\w*|dims?|depth|dropout\w*|decay\w*|dtype|do_\w+", re.I)
_CACHE = re.compile(r"\w*(cache|mem|saved|store|ctx|tape|state)\w*", re.I)


def is_upstream(name: str) -> bool:
    """Whether an argument of a backward pass is the gradient that comes in."""
    return bool(_UPSTREAM.fullmatch(name)) and not _NEVER.fullmatch(name)


def is_cache(name: str) -> bool:
    """Whether a name says that it keeps what the forward pass computed."""
    return bool(_CACHE.fullmatch(name))
