"""The steps of a backward pass with the user's numbers: text, Markdown, LaTeX, HTML."""

from clearprop.explain.chain_rule import Factor
from clearprop.explain.explanation import Explanation, explain
from clearprop.explain.remark import Remark
from clearprop.explain.steps import Step

__all__ = ["Explanation", "Factor", "Remark", "Step", "explain"]
