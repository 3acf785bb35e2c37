"""What the names and the small forms of a program tell: a gradient, a loss, a slope.

People call a gradient ``dW1``, ``grad_w1``, ``nabla_w``, ``hidden_error_term`` or
``layer_2_delta``; the patterns here are how they do.
"""

from __future__ import annotations

import ast
import re
from typing import TypeGuard

GRADIENT = re.compile(
    r"""^_*(
      d[A-Z0-9_]\w* | dL\w* | d_\w+
    | d(w|b|x|y|z|a|h|s|c|u|v|o|i|f|g|p|r|n|t|k|q|e)\w{0,2}
    | d(out|in|scores?|probs?|logits?|loss|hidden|gamma|beta|mean|var|mu|std|next|raw
      |pred|hprev|hnext|hraw|score|act|weights?|bias(es)?|gates?|ctx|attn|embed\w*
      |im(g|age)|kernel|filters?|fmap|conv|pool)\w*
    | \w*(grad|delta|nabla|error_term|derivative)\w* | del_\w+ | g_\w+ | g[A-Z]\w*
    | (\w+_)?(error|err|diff|residuals?)\w* | gw\d* | gb\d* | upstream\w*
    | L_\w+ | bp_\w+ | back_\w+ | step_\w+ | \w+_step
    )$""",
    re.VERBOSE,
)

NOT_GRADIENT = re.compile(
    r"^(dim(?!g$|age)\w*|data|dict|dtype|dt|dot|done|depth|decay|days?|dist|div|dropout\w*|docs?"
    r"|dx_check|d_(model|ff|head)|num_grad\w*|err_rate|step_size|diff_?time|dur\w*"
    r"|date\w*|D_in|D_out|dev\w*|drop\w*|delta_t|digits?|defaults?|den|denom\w*)$"
)

LOSS = re.compile(
    r"loss|cost|^J\d?$|^L$|mse|accuracy|^acc|metric|correct|total|history|penalty"
    r"|running|printed|overall|norm$|cache|^mean_err|square",
    re.IGNORECASE,
)

RATE = re.compile(
    r"^(lr|eta|alpha|rate|learn\w*|step_?size|epsilon|eps|mu|n|m|N|len|size|shape"
    r"|\w*_rate|\w*_?lr|n_\w+|batch\w*)$"
)

SLOPE = re.compile(
    r"deriv|prime|slope|_grad$|^grad_(sig|tanh|relu|act)|^d_?(sig|tanh|relu|elu|act|soft|leaky)"
    r"|(sigmoid|tanh|relu|elu|softplus)_?(d|dx|der|gradient)$|_d$|^df|^der_",
    re.IGNORECASE,
)


def value_of(statement: ast.stmt) -> ast.expr | None:
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.Return | ast.AnnAssign):
        return statement.value
    return None


def target_of(statement: ast.stmt) -> ast.expr | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return statement.targets[0]
    return statement.target if isinstance(statement, ast.AugAssign) else None


def leaf(node: ast.AST) -> str:
    """The name that says what a place holds: ``W1`` of ``self.params['W1']``."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return leaf(node.value) if node.attr == "T" else node.attr
    if isinstance(node, ast.Subscript):
        key = node.slice
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return key.value
        return leaf(node.value)
    return ""


def is_gradient(name: str) -> bool:
    return bool(GRADIENT.match(name)) and not NOT_GRADIENT.match(name)


def is_reference(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute | ast.Subscript):
        return is_reference(node.value)
    return isinstance(node, ast.Name)


def is_difference(node: ast.AST) -> TypeGuard[ast.BinOp]:
    """``output - target``, between two places."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub):
        return False
    return is_reference(node.left) and is_reference(node.right)


def reads(node: ast.AST) -> set[str]:
    """The leaf names of everything that is read under a node."""
    return {
        leaf(part)
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute | ast.Subscript)
        and isinstance(part.ctx, ast.Load)
    } - {""}


def is_slope_call(node: ast.AST) -> bool:
    """``sigmoid_prime(z)`` or ``sigmoid(z, deriv=True)``."""
    if not isinstance(node, ast.Call):
        return False
    if SLOPE.search(leaf(node.func)):
        return True
    flags = [word.value for word in node.keywords if word.arg and asks(word.arg)]
    flags += node.args[1:]
    return any(isinstance(flag, ast.Constant) and flag.value is True for flag in flags)


def asks(name: str) -> bool:
    return bool(re.search(r"deriv|prime|grad", name, re.IGNORECASE))


def reads_of_targets(target: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
