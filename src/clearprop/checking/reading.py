"""Reading a run: its parameters, its training steps and where it states a loss.

A parameter is a place that the loss depends on and that is later rewritten from its old
value. A step is what happens between two updates of the same parameter; what it
descends on is among the ``anchors``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from clearprop.checking.anchors import Anchor, Anchors
from clearprop.checking.as_given import as_given, called_given
from clearprop.checking.derivatives import derivatives, lines_of_pairs
from clearprop.checking.governed import Place, place_of
from clearprop.checking.names import BIAS, likeness, renames_gradient, stem
from clearprop.checking.nudges import is_counted, is_nudged, stepped, tried_out
from clearprop.checking.observe import Observed, labelled
from clearprop.checking.origins import Origins
from clearprop.checking.outermost import outermost
from clearprop.checking.summed import wholes
from clearprop.checking.terms import (
    Losses,
    added,
    average,
    bare,
    biases,
    factors,
    feeds_itself,
    holds_gradients,
    is_view,
    moved_from,
    same_place,
    shown,
)
from clearprop.checking.unread import Line, Unread
from clearprop.graph import Node, back_to, ordered
from clearprop.trace.loss import identifier, rank
from clearprop.trace.result import Binding
from clearprop.trace.weights import is_weight

_VELOCITY = re.compile(r"^(v[a-z]?|.*(vel|momentum|moment|cache).*)\d*$", re.I)
_TARGET = re.compile(
    r"^(targets?|labels?|expected|desired|truth|goals?|y|t|Y|T|y_true|ytrue|y_train|"
    r"d|outputs?_true)$|target|label|onehot|one_hot|expected|desired|goal|truth"
)


@dataclass(frozen=True, slots=True)
class Update:
    """A parameter was moved: from the node before to the node after."""

    binding: Binding  # the last one, where one step moves it in several lines
    leaf: Node
    before: Node
    after: Node
    lines: tuple[int, ...]


@dataclass(slots=True)
class Step:
    """One training step: its updates and what it may descend on."""

    number: int
    updates: list[Update] = field(default_factory=list)
    losses: list[Anchor] = field(default_factory=list)  # strictly this step's
    errors: list[Anchor] = field(default_factory=list)
    befores: dict[Node, Node] = field(default_factory=dict)  # leaf -> its value here
    first: int = 0  # serials of the log that belong to it
    last: int = 0


class Reading:
    """What a run says about itself."""

    def __init__(
        self,
        observed: Observed,
        first: Reading | None = None,
        meant: Place | None = None,
    ) -> None:
        """``first`` is what another run of the program has said, without marks.

        What is ``meant`` is the loss where nothing is called one.
        """
        self.observed = observed
        self.meant: Place | None = meant if first is None else first.meant
        self.forgotten: set[Node] = set()  # what is moved, and no loss reads
        self.graph = observed.graph
        self.log = observed.log
        self.own = observed.log[observed.driven[0] :]  # what ran before is no part
        self.velocities: set[Node] = set()
        self.origins = Origins(observed.graph)
        self._cones: dict[Node, frozenset[Node]] = {}
        self._reach: tuple[list[Node], list[int]] | None = None
        self._reach_sets: dict[int, frozenset[Node]] = {}
        self.labels = self._labels()
        self.leaves = [m.node for m in observed.made]
        self.parameters: dict[Node, str] = {}
        self.versions: dict[Node, Node] = {}  # any value of a parameter -> its leaf
        self.floats = {m.node for m in observed.made if m.node.is_float}
        self._again = first is not None  # then only what it learned may be a weight
        if first is not None:
            self.floats &= self._counterparts(first)
        self.updates = self._updates()
        self.anchors = Anchors(self)
        moving = set(ordered([u.after for u in self.updates]))
        self.losses = self.anchors.losses(moving) or self.anchors.meant(self.meant)
        learned = set(self.parameters) or self._multiplying()
        self.errors = self.anchors.errors(learned)
        within = lines_of_pairs(observed.tree)  # r = (y - t) / sigma, in chi2
        apart = [e for e in self.errors if e.line not in within]
        if not (self.losses or apart):
            self.losses = self.anchors.primitives()
        if self.losses:
            self.errors = apart
        self._forget_states()
        self.steps = self._steps()[:MANY]

    # -- leaves ------------------------------------------------------------------------

    def _labels(self) -> dict[Node, str]:
        return labelled(self.observed)

    def inputs_of(self, node: Node) -> frozenset[Node]:
        """The leaves that a value depends on."""
        return self.origins.of(node)

    def number(self, node: Node) -> float | None:
        """What a single number is that no value decides: ``1e-8``, or ``eps``."""
        value = self._numbers.get(node)
        if node.op.name == "const" and not node.shape:
            value = float(node.params["value"])
        if node.op.name == "sub" and not node.shape:  # 1 - k
            parts = [self.number(n) for n in node.inputs]
            if None not in parts:
                value = parts[0] - parts[1]  # type: ignore[operator]
        return value

    @cached_property
    def _numbers(self) -> dict[Node, float]:
        made = self.observed.made
        return {m.node: float(m.value) for m in made if not m.node.shape}

    def _multiplying(self) -> set[Node]:
        """Without updates: leaves whose names promise to be learned."""
        named = {
            node
            for node, label in self.labels.items()
            if node.is_float and is_weight(identifier(label))
        }
        return named or {
            node
            for node, label in self.labels.items()
            if node.is_float and not _TARGET.search(identifier(label))
        }

    # -- updates -----------------------------------------------------------------------

    def _counterparts(self, first: Reading) -> set[Node]:
        """What may be learned: the leaves that another run of the program learned.

        A line's mark is one binding more, which may make an accumulator look like a
        weight.
        """
        mine, others = self.observed.made, first.observed.made
        if [m.label for m in mine] != [m.label for m in others]:
            return {m.node for m in mine}
        return {m.node for m, n in zip(mine, others) if n.node in first.parameters}

    def _updates(
        self,
        states: frozenset[Line] = frozenset(),
        learned: frozenset[Node] = frozenset(),
    ) -> list[Update]:
        """Every time that a parameter was moved, but by lines of the forward pass.

        What is found to be ``learned`` in a later step is so from the first.
        """
        own: set[Node] = set()
        added: set[Node] = set()
        passed: set[Node] = set()
        read: set[Node] = set()
        nudged: dict[Node, Node] = {}
        looked = 0
        floats = self.floats

        def is_parameter(node: Node) -> bool:
            return shown(node) in floats or node in self.versions

        found: list[Update] = []
        forward: set[Node] = set()
        nodes = self.graph.nodes
        tried: dict[tuple[int, Node], int] = {}
        losses = Losses(self.observed.plan.bystanders)
        gradients: set[Node] = set()
        averages: set[Node] = set()
        unread = Unread(self.observed.tree, self.origins)
        for binding in self.own:
            node = binding.node
            losses.met(binding)
            unread.met(binding)
            if holds_gradients(binding.place):
                gradients.add(node)
            if not node.inputs or not node.is_float:
                continue
            if (binding.file, binding.line) in states:
                # what hands it on, as u = step(u) does, moves nothing either
                forward |= {node, self.observed.kept.get(node, node)}
            if node in forward:
                continue
            if node.index > looked:
                own.update(floats & set(factors(nodes[looked : node.index])))
                added.update(floats & set(biases(nodes[looked : node.index])))
                looked = node.index
            before = self._own_before(binding, is_parameter)
            before = before or moved_from(node, is_parameter, gradients)
            if before is None or node in self.versions or is_view(node, self.versions):
                continue
            moves = self.versions.get(before, before) in learned
            if (is_nudged(node) and not moves) or is_counted(node):
                nudged[shown(before)] = node
                continue
            followed = average(before, node, self.number)
            again = moved_from(node, averages.__contains__) is not None
            if again or followed in self.versions:  # W's running average
                averages |= {node, self.observed.kept.get(node, node)}
                continue
            leaf = self.versions.get(before, shown(before))
            label = self.labels.get(leaf, "")
            if followed is not None and rank(identifier(label)) is not None:
                continue  # cost = 0.99 * cost + 0.01 * batch_cost
            kept = self.observed.kept
            others = self.labels.values()
            if not (
                same_place(binding, before, label, kept, gradients, others)
                or (found and self._is_marked(node, binding, found[-1].binding))
            ):
                continue
            if renames_gradient(binding.place, label):
                continue
            grown = 0 < before.ndim < node.ndim
            if grown and binding.place != label:
                continue  # mu = x @ W + b["mu"]
            if leaf not in self.parameters:
                along = self._steps_along(binding, leaf)
                if (
                    not along
                    and self.inputs_of(node) <= {leaf}
                    and not self._is_derived(node)
                    and not self._is_one_of_weights(leaf, label, binding.place)
                ):
                    continue  # X -= X.mean() prepares data
                if losses.precede(leaf, node, self.origins):
                    unread.moved(leaf, binding)
                    continue
                told = self.observed.plan.has_loss
                if told and losses.are_to_come(leaf, label, binding, self.origins):
                    continue
                spot = binding.line, leaf
                tried[spot] = tried.get(spot, 0) + 1
                often = tried[spot] > 4
                named = not leaf.shape and is_weight(identifier(label))
                bias = leaf in added and BIAS.search(identifier(label))
                # a perceptron's bias is only added
                known = named or bias or leaf in own or along or self._is_derived(node)
                known = known or leaf in learned
                if not known and (often or not feeds_itself(node, leaf, self.origins)):
                    passed.add(leaf)
                    if losses.have_read(leaf, before, self.origins):
                        read.add(leaf)
                    continue
            self.versions[node] = leaf
            if before is not leaf:
                self.versions[before] = leaf
            if node in self.observed.kept:
                self.versions[self.observed.kept[node]] = leaf
            self.parameters.setdefault(leaf, label)
            found.append(Update(binding, leaf, before, node, (binding.line,)))
            unread.moved(leaf, binding)
        later = passed & self.parameters.keys()
        later |= stepped(nudged, [(u.before, u.after) for u in found]) - learned
        # where nothing else moves, h -= rate * cost may be a rule that is no gradient's
        rests = not (found or self._again)
        if read and not (rests or later or self._descends(found, losses)):
            later = read
        lines = (unread.states() or frozenset()) | self._branches(found)
        if not later and (states or not lines):
            return found
        self.parameters.clear()
        self.versions.clear()
        return self._updates(states if later else lines, learned | later)

    def _descends(self, updates: Sequence[Update], losses: Losses) -> bool:
        """Whether a weight is moved that a stated loss was made of.

        If none is, what a loss has read before it moves is one, whatever it moves by.
        """
        weights = {
            u.leaf for u in updates if average(u.before, u.after, self.number) is None
        }
        return any(self.inputs_of(n) & weights for n in losses.nodes)

    def _own_before(
        self, binding: Binding, is_parameter: Callable[[Node], bool]
    ) -> Node | None:
        """What stood in a place and is a term of what stands there now.

        Data may be a term too, and be of the new value's shape: ``c += rate * error``.
        """
        old = binding.before
        if old is None or not is_parameter(old):
            return None
        stood = old, self.observed.kept.get(old)
        return moved_from(binding.node, stood.__contains__)

    def _is_marked(self, node: Node, binding: Binding, last: Binding) -> bool:
        """Whether a value is the last new one, as its line's own: ``p -= lr * dp``."""
        if node.op.name != "mark" or node.inputs[0] not in self.versions:
            return False
        return (binding.line, binding.place) == (last.line, last.place)

    def _steps_along(self, update: Binding, leaf: Node) -> bool:
        """Whether a weight moves by what is called a gradient, made of whatever.

        ``dW = 2 * reg * W``, where the data's part was to be in it too. What isn't
        called a weight moves by what is called its own gradient: ``grad_log_gaps``.
        """
        if self.inputs_of(update.node) - {leaf}:
            return False
        way = set(ordered([update.node]))
        words = (stem(identifier(b.place)) for b in self.own if b.node in way)
        label = identifier(self.labels.get(leaf, ""))
        weight = is_weight(label)
        return any(
            w is not None and (weight or likeness(w, label) > 0.6) for w in words
        )

    def _is_one_of_weights(self, leaf: Node, label: str, place: str) -> bool:
        """Whether a number stands in a list of weights: ``weights[0] += rate * error``.

        Data may be plain numbers, which leave nothing but its own old value in it.
        """
        base = label.rpartition("[")[0]
        if leaf.shape or not base or not is_weight(identifier(base)):
            return False
        if place != label:
            return False
        others = (self.labels.get(n, "") for n in self.floats if n is not leaf)
        return any(other.rpartition("[")[0] == base for other in others)

    def _is_derived(self, node: Node) -> bool:
        """Whether a value is made of what a ``df`` gave."""
        return bool(self._derived) and not self._derived.isdisjoint(ordered([node]))

    @cached_property
    def _derived(self) -> set[Node]:
        names = derivatives(self.observed.tree)
        return {b.node for b in self.own if b.function in names and b.place == "return"}

    def _branches(self, updates: list[Update]) -> frozenset[Line]:
        """Lines that go on from a weight under another name: ``z = b; z += w * x``.

        The weight's own next move takes it up from where it was before.
        """
        found: set[Line] = set()
        since: dict[Node, list[Update]] = {}
        for update in updates:
            others = since.setdefault(update.leaf, [])
            at = next(
                (i for i, u in enumerate(others) if u.before is update.before), -1
            )
            name = identifier(update.binding.place)
            if at >= 0 and all(
                identifier(u.binding.place) != name for u in others[at:]
            ):
                found |= {(u.binding.file, u.binding.line) for u in others[at:]}
                del others[at:]
            others.append(update)
        return frozenset(found) | self._copies(updates)

    def _copies(self, updates: list[Update]) -> frozenset[Line]:
        """Lines that add to a copy of a number: ``z = w[0]``, ``z += w[1] * x``.

        Nothing of it is written back to where the weight is moved.
        """
        kept: dict[str, set[Node]] = {}
        for binding in self.own:
            kept.setdefault(binding.place, set()).add(binding.node)
        found: set[Line] = set()
        for leaf in {u.leaf for u in updates if not u.leaf.shape}:
            own = [u for u in updates if u.leaf is leaf]
            label = self.labels.get(leaf, "")
            if all(u.binding.place != label for u in own):
                continue
            found |= {
                (u.binding.file, u.binding.line)
                for u in own
                if "[" in label
                and u.binding.place.isidentifier()
                and not any(u.after in ordered([n]) for n in kept[label])
            }
        return frozenset(found)

    def readers(self, node: Node) -> Sequence[Node]:
        """What is computed from a value directly, whatever its shape or its mark."""
        return self._readers.get(node, ())

    @cached_property
    def _readers(self) -> dict[Node, list[Node]]:
        found: dict[Node, list[Node]] = {}
        for node in self.graph.nodes:
            if bare(node) is node:
                for source in dict.fromkeys(map(bare, node.inputs)):
                    found.setdefault(source, []).append(node)
        return found

    def reached(self, node: Node) -> frozenset[Node]:
        """The parameters' values that a value was computed from directly."""
        if self._reach is None or node.index >= len(self._reach[1]):
            self._reach = self._all_reached()
            self._reach_sets.clear()
        values, masks = self._reach
        mask = masks[node.index]
        found = self._reach_sets.get(mask)
        if found is None:
            found = frozenset(n for i, n in enumerate(values) if mask >> i & 1)
            self._reach_sets[mask] = found
        return found

    def _all_reached(self) -> tuple[list[Node], list[int]]:
        """One walk over the graph: a bit for each value that a parameter has had."""
        values = sorted({*self.parameters, *self.versions}, key=lambda n: n.index)
        bits = {n: 1 << i for i, n in enumerate(values)}
        masks: list[int] = []
        for node in self.graph.nodes:
            mask = bits.get(node, 0)
            if not mask:
                for source in node.inputs:
                    mask |= masks[source.index]
            masks.append(mask)
        return values, masks

    def cone(self, node: Node) -> frozenset[Node]:
        """What a value is made of, back to the parameters as they were then."""
        found = self._cones.get(node)
        if found is None:
            made = back_to([node], self.versions)
            found = self._cones[node] = frozenset(made)
        return found

    def _forget_states(self) -> None:
        """What no loss depends on directly is a velocity or a counter."""
        read: set[Node] = set()
        for anchor in (*self.losses, *self.errors):
            read |= self.reached(anchor.node)
        learned = {self.versions.get(n, n) for n in read}
        ends = {a.node for a in (*self.losses, *self.errors)}
        ends |= {n for n in self.graph.nodes if self._is_weighed(n, learned)}
        kept = self.observed.kept
        news = {
            n: u.leaf
            for u in self.updates
            for n in (u.after, kept.get(u.after, u.after))
        }
        for update in self.updates:
            if update.leaf not in learned:
                continue  # v = mu * v + (dW + decay * W): W is no velocity of v
            parts = added(update.after, ends)
            for after in parts & news.keys():
                leaf = news[after]
                earlier = leaf is not update.leaf and after.index < update.after.index
                if earlier and not self._in_gradient(leaf, update, ends):
                    self.velocities.add(leaf)
        learned -= self.velocities
        learned = learned - self._averages(learned) or learned
        if not learned:
            return
        self.forgotten = {u.leaf for u in self.updates} - learned - self.velocities
        self.updates = [u for u in self.updates if u.leaf in learned]
        self.parameters = {n: v for n, v in self.parameters.items() if n in learned}
        self.versions = {n: v for n, v in self.versions.items() if v in learned}
        self._cones.clear()
        self._reach = None
        self._reach_sets.clear()

    def _is_weighed(self, node: Node, learned: set[Node]) -> bool:
        """Whether a value is times a number that weights have made: ``d * hidden``."""
        return node.op.name in ("mul", "div") and any(
            not bare(n).shape and self.inputs_of(n) & learned for n in node.inputs
        )

    def _averages(self, learned: set[Node]) -> set[Node]:
        """What follows data and no loss: ``baseline += 0.1 * (reward - baseline)``."""
        others: set[Node] = set()
        found: set[Node] = set()
        for update in self.updates:
            seen = average(update.before, update.after, self.number)
            data = seen is not None and self._is_given(seen, learned)
            (found if data else others).add(update.leaf)
        return found - others

    def _is_given(self, node: Node, learned: set[Node]) -> bool:
        """Whether weights make a value only through what counts as given, if at all.

        ``reward.mean()`` of actions that were drawn from a policy.
        """
        if not self.inputs_of(node) & learned:
            return True
        if not any(as_given(self, a.node) for a in self.losses):
            return False
        ways = back_to([node], called_given(self) | self.versions.keys())
        return learned.isdisjoint(self.versions.get(n, n) for n in ways)

    def _in_gradient(self, leaf: Node, update: Update, ends: set[Node]) -> bool:
        """Whether a value is added to another as a part of its gradient.

        Of ``dx = 2 * x + y`` and ``dy = x + 4 * y`` neither is the other's velocity.
        Of arrays each has to be a term of the other: a velocity's gradient, too, is
        made of its weight.
        """
        name = identifier(self.labels.get(leaf, ""))
        if _VELOCITY.match(name):
            return False
        own = [u.after for u in self.updates if u.leaf is leaf]
        other = {update.leaf, *(u.after for u in self.updates if u.leaf is update.leaf)}
        if leaf.shape or update.leaf.shape:
            return any(other & added(n, ends) for n in own)
        return any(other & set(ordered([n])) for n in own)

    # -- steps -------------------------------------------------------------------------

    def _steps(self) -> list[Step]:
        anchors = [a.node for a in (*self.losses, *self.errors)]
        reach = {a: self.reached(a) for a in dict.fromkeys(anchors)}
        guards = [] if anchors else [g.node for g in self.graph.value_guards]
        steps: list[Step] = []
        current: dict[Node, Update] = {}
        for update in self.updates:
            known = current.get(update.leaf)
            places = {
                self.anchors.governed.get(leaf) for leaf in (update.leaf, *current)
            }
            if len(places) > 1 or self._anew(current, update, reach):
                # a step has one loss, and one forward pass
                steps.append(Step(len(steps), list(current.values())))
                current = {}
                known = None
            if known is not None and (
                self._between(known, update, reach)
                or self._decided(known, update, current, guards)
            ):
                steps.append(Step(len(steps), list(current.values())))
                current = {}
                known = None
            if known is not None:
                lines = (*known.lines, update.binding.line)
                current[update.leaf] = Update(
                    update.binding, update.leaf, known.before, update.after, lines
                )
            else:
                current[update.leaf] = update
        if current:
            steps.append(Step(len(steps), list(current.values())))
        if not steps:
            steps = [Step(0)]
        before = self.observed.driven[0] - 1
        for step in steps:
            step.first = before + 1
            step.last = max(
                (u.binding.serial for u in step.updates), default=len(self.log) - 1
            )
            before = step.last
        steps = self._whole(steps)
        values = {leaf: leaf for leaf in self.parameters}
        for step in steps:
            step.befores = {u.leaf: u.before for u in step.updates}
            for leaf, node in values.items():
                step.befores.setdefault(leaf, node)
            kept = self.observed.kept
            values.update({u.leaf: kept.get(u.after, u.after) for u in step.updates})
            self._anchored(step, reach)
        said = [s for s in steps if s.losses or s.errors]
        return [s for s in steps if s in said or s.number == 0] if said else steps

    def _anew(
        self,
        moved: Mapping[Node, Update],
        update: Update,
        reach: Mapping[Node, frozenset[Node]],
    ) -> bool:
        """Whether an update is made from an error that a moved weight was read for.

        Alternating steps: first one weight, then another with the new one in place.
        """
        kept = self.observed.kept
        afters = {kept.get(u.after, u.after) for u in moved.values()}
        read = [a for a, below in reach.items() if not afters.isdisjoint(below)]
        made = back_to(update.after.inputs, self.versions) if read else ()
        return not set(read).isdisjoint(made)

    def _between(
        self, known: Update, update: Update, reach: dict[Node, frozenset[Node]]
    ) -> bool:
        """Whether the forward pass was run with what one update left to the next."""
        first, last = known.after.index, update.after.index
        if any(
            first < anchor.index < last and update.before in below
            for anchor, below in reach.items()
        ):
            return True
        # where its line is marked, the weight is read through the mark
        before = update.before, bare(update.before)
        nodes = self.graph.nodes[first + 1 : last]
        if not set(factors(nodes)).isdisjoint(before):
            return True
        whole = bare(update.after).op.name not in ("setitem", "index_add")
        looked_up = (n.inputs[0] for n in nodes if n.op.name == "getitem")
        return whole and any(n in before for n in looked_up)  # U[:, x[t]]

    def _decided(
        self,
        known: Update,
        update: Update,
        moved: Mapping[Node, Update],
        guards: Sequence[Node],
    ) -> bool:
        """Whether a branch was chosen with what a step has left to the next.

        A perceptron may state nothing else, and its inputs may be 0.
        """
        kept = self.observed.kept
        afters = {kept.get(u.after, u.after) for u in moved.values()}
        first, last = known.after.index, update.after.index
        between = (g for g in guards if first < g.index < last)
        return any(not afters.isdisjoint(self.reached(g)) for g in between)

    def _whole(self, steps: list[Step]) -> list[Step]:
        """Without a last step that the run was stopped in the middle of."""
        if len(steps) > 1 and self.observed.stopped:
            last = {u.leaf: u.lines for u in steps[-1].updates}
            whole = {u.leaf: u.lines for u in steps[-2].updates}
            begun = last.keys() <= whole.keys() and all(
                whole[leaf][: len(lines)] == lines for leaf, lines in last.items()
            )
            if begun and last != whole:
                return steps[:-1]
        return steps

    def _anchored(self, step: Step, reach: dict[Node, frozenset[Node]]) -> None:
        ends = {u.leaf: u.after.index for u in step.updates}
        own = {step.befores[leaf] for leaf in ends}

        def later(below: frozenset[Node]) -> bool:
            # not only the next value: a copy of the first may be read for long, as a
            # target network's is
            leaves = ((n, self.versions.get(n)) for n in below)
            return any(v in ends and n.index >= ends[v] for n, v in leaves)

        place = (
            self.anchors.governed.get(step.updates[0].leaf) if step.updates else None
        )
        for anchor in (*self.losses, *self.errors):
            below = reach[anchor.node]
            named = anchor.binding
            if place and anchor.output is None and named and place_of(named) != place:
                continue
            if step.updates and (not own & below or later(below)):
                continue
            whole = self.wholes.get(anchor.node)
            if whole is not None and not later(self.reached(whole.node)):
                anchor = whole
                reach[anchor.node] = self.reached(anchor.node)
            if anchor.output is not None:
                step.errors.append(anchor)
            else:
                step.losses.append(anchor)
        step.losses, step.errors = map(self._unprobed, (step.losses, step.errors))
        every = [*step.losses, *step.errors]
        old = {a.node for a in every if self._is_outdated(step, reach[a.node])}
        if len(old) < len({a.node for a in every}):
            step.losses = [a for a in step.losses if a.node not in old]
            step.errors = [a for a in step.errors if a.node not in old]
        if step.updates:
            step.errors = outermost(self.versions, step)

    def _is_outdated(self, step: Step, below: frozenset[Node]) -> bool:
        """Whether only an older value of a weight was read, which has moved since."""
        read = {self.versions.get(n, n) for n in below}
        return any(
            leaf in read and before not in below
            for leaf, before in step.befores.items()
        )

    def _unprobed(self, anchors: list[Anchor]) -> list[Anchor]:
        """Without those at weights that a numerical gradient tries."""
        return [a for a in anchors if a.node not in self.probes] or anchors

    @cached_property
    def probes(self) -> frozenset[Node]:
        """What was computed from weights that a numerical gradient tries."""
        learned = {*self.parameters, *self.versions}
        return tried_out(self.graph.nodes, learned, self.versions)

    @cached_property
    def wholes(self) -> dict[Node, Anchor]:
        """Sums that a stated loss is only a term of."""
        if self.observed.asked or not self.losses:
            return {}
        learned = set(self.parameters) or self._multiplying()
        ascended = {a.node for a in self.losses if a.ascended}
        return wholes(
            self.losses,
            [b for b in self.own if b.node not in self.anchors.tried_out],
            lambda node: bool(self.inputs_of(node) & learned),
            lambda binding, node, begun: Anchor(
                binding, node, line=binding.line, ascended=begun in ascended
            ),
        )

    @cached_property
    def named(self) -> dict[Node, Binding]:
        """The first name that each value was given."""
        found: dict[Node, Binding] = {}
        for binding in self.log:
            if not binding.place.startswith("return"):
                found.setdefault(binding.node, binding)
        return found


MANY = 40  # steps: a run that nothing stopped may have thousands, all alike
