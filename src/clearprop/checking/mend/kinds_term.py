"""Edits of whole terms: the L2 term, and a second path that isn't added."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .chains import terms
from .kinds_factor import numbers
from .kinds_product import upstream
from .proposal import Proposal, says, swap
from .spelling import spell
from .view import View


def penalty(view: View) -> Iterator[Proposal]:
    """The L2 term that is missing: ``+ reg * W``."""
    root = view.frame.main
    for weight in view.scene.atoms:
        if weight.shape != view.wanted.shape or not view.scene.is_weight(weight.text):
            continue
        for term in _penalties(view, weight.node):
            for op in (ast.Add(), ast.Sub()):
                yield swap(
                    root,
                    ast.BinOp(root, op, term),
                    "regularization",
                    says(
                        "the loss has an L2 term in {w}: {term} is missing",
                        w=weight.node,
                        term=term,
                    ),
                    0.03 if isinstance(op, ast.Add) else 0.06,
                )
    for site in view.penalties:
        for weight in view.scene.atoms:
            if weight.shape != view.wanted.shape:
                continue
            if not view.scene.is_weight(weight.text):
                continue
            for term in _penalties(view, weight.node):
                yield swap(
                    site,
                    term,
                    "regularization",
                    says(
                        "the gradient of the L2 term is {new}, not {old}",
                        new=term,
                        old=site,
                    ),
                    0.04,
                )


def _penalties(view: View, weight: ast.expr) -> Iterator[ast.expr]:
    for atom in view.scene.atoms:
        if atom.shape or not view.scene.is_regularization(atom.text):
            continue
        bare = ast.BinOp(atom.node, ast.Mult(), weight)
        yield bare
        yield view.scene.fill("2 * A * W", A=atom.node, W=weight)
        yield view.scene.fill("0.5 * A * W", A=atom.node, W=weight)
        for text, number, _ in numbers(view):
            if text != atom.text:
                yield view.scene.fill("A / M * W", A=atom.node, M=number, W=weight)
                yield view.scene.fill("2 * A / M * W", A=atom.node, M=number, W=weight)
                yield view.scene.fill("A * M * W", A=atom.node, M=number, W=weight)


def missing_term(view: View) -> Iterator[Proposal]:
    """Another gradient that isn't added: ``+ dh_next``."""
    for site in view.chains:
        there = {spell(part.node) for part in terms(site)}
        for atom in upstream(view):
            if atom.text in there:
                continue  # dz + dz is no second path, but a factor
            why = says(
                "a second path leads back here: {g} has to be added", g=atom.node
            )
            new = ast.BinOp(site, ast.Add(), atom.node)
            yield swap(site, new, "dropped-upstream", why, 0.02)
