"""One change at a time to a parsed query: what a typing mistake could have written instead."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlglot import exp

DIALECT = "duckdb"
LONGEST_TEXT = 110
ZONED = re.compile(r"\(\((\([^()]*\)) AT TIME ZONE 'UTC'\) AT TIME ZONE '[\w/]+'\)")

COMPARISONS: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.EQ: exp.NEQ,
    exp.NEQ: exp.EQ,
    exp.NullSafeEQ: exp.NullSafeNEQ,
    exp.NullSafeNEQ: exp.NullSafeEQ,
}
ARITHMETIC: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Add: exp.Sub,
    exp.Sub: exp.Add,
    exp.Mul: exp.Div,
    exp.Div: exp.Mul,
}
AGGREGATES: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.Sum: exp.Max,
    exp.Avg: exp.Max,
    exp.Max: exp.Min,
    exp.Min: exp.Max,
    exp.LogicalOr: exp.LogicalAnd,
    exp.LogicalAnd: exp.LogicalOr,
    exp.ArgMax: exp.ArgMin,
    exp.ArgMin: exp.ArgMax,
    exp.Lag: exp.Lead,
    exp.Lead: exp.Lag,
    exp.FirstValue: exp.LastValue,
    exp.LastValue: exp.FirstValue,
    exp.Greatest: exp.Least,
    exp.Least: exp.Greatest,
}
JOIN_SIDES = {"LEFT": ("",), "": ("LEFT",), "RIGHT": ("",), "FULL": ("LEFT", "RIGHT")}


@dataclass(frozen=True)
class Edit:
    """What replaces a node, and how a reader sees it. `new` is None where the node is removed."""

    kind: str
    before: str
    after: str
    new: exp.Expr | None


@dataclass(frozen=True)
class Mutation:
    """An edit of the n-th node of a tree. Its name does not depend on its place.

    So the name stays when something else in the model changes; `nth` distinguishes equal edits.
    """

    node: int
    edit: Edit
    nth: int

    @property
    def name(self) -> str:
        """`kind: before → after`, and which of several."""
        which = f" #{self.nth}" if self.nth > 1 else ""
        return f"{self.edit.kind}: {_short(self.edit.before)} → {_short(self.edit.after)}{which}"

    def apply(self, tree: exp.Expr) -> exp.Expr:
        """The changed tree; the one given stays as it is."""
        changed = tree.copy()
        target = next(node for place, node in enumerate(changed.walk()) if place == self.node)
        if self.edit.new is None:
            target.pop()
            return changed
        new = self.edit.new.copy()
        # A root has no parent in which to be replaced.
        return new if target is changed else target.replace(new) and changed

    def written(self, tree: exp.Expr) -> str:
        """The changed tree as SQL."""
        # Writing may rearrange the tree, which is not needed afterwards.
        return self.apply(tree).sql(dialect=DIALECT, comments=False, copy=False)


def mutations(tree: exp.Expr) -> list[Mutation]:
    """All of them, in the order of the tree."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for place, node in enumerate(tree.walk()):
        for edit in edits(node):
            key = (edit.kind, edit.before, edit.after)
            seen[key] += 1
            found.append(Mutation(place, edit, seen[key]))
    return found


def edits(node: exp.Expr) -> Iterator[Edit]:
    """Every possible change to one node, without the changes to its parts."""
    for kind, swaps in (
        ("comparison", COMPARISONS),
        ("arithmetic", ARITHMETIC),
        ("aggregate", AGGREGATES),
    ):
        if type(node) in swaps:
            yield _swap(kind, node, swaps[type(node)](**_copied(node)))
    match node:
        case exp.Connector():
            yield from _connector(node)
        case exp.Where() | exp.Having() | exp.Qualify():
            yield from _clause(node)
        case exp.Not():
            yield _swap("comparison", node, node.this.copy())
        case exp.Is() | exp.In() | exp.Exists() | exp.Between():
            if not isinstance(node.parent, exp.Not):
                yield _swap("comparison", node, exp.Not(this=exp.paren(node.copy())))
        case exp.Join():
            yield from _join(node)
        case exp.Distinct():
            yield from _distinct(node)
        case exp.Union():
            yield _union(node)
        case exp.Coalesce():
            yield from _coalesce(node)
        case exp.Count():
            if not isinstance(node.this, exp.Star | exp.Distinct):
                yield _swap("aggregate", node, exp.Count(this=exp.Star(), big_int=True))
        case exp.Case():
            yield from _case(node)
        case exp.Window():
            yield from _window(node)
        case exp.Ordered():
            turned = node.copy()
            turned.set("desc", not node.args.get("desc"))
            yield _swap("order", node, turned)
        case exp.Literal():
            yield from _literal(node)
        case exp.Boolean():
            yield _swap("literal", node, exp.Boolean(this=not node.this))


def _connector(node: exp.Connector) -> Iterator[Edit]:
    other = exp.Or if isinstance(node, exp.And) else exp.And
    yield _swap("connector", node, other(**_copied(node)))
    for gone, stays in ((node.left, node.right), (node.right, node.left)):
        if not isinstance(gone, type(node)):
            yield Edit("predicate", text(gone), "", stays.copy())


def _clause(node: exp.Expr) -> Iterator[Edit]:
    if isinstance(node.this, exp.And):
        return
    inside = node.parent
    if isinstance(inside, exp.Filter):
        yield Edit("predicate", text(node), "", exp.Where(this=exp.true()))
    else:
        yield Edit("predicate", text(node), "", None)


def _join(node: exp.Join) -> Iterator[Edit]:
    condition = node.args.get("on")
    if not condition:
        return
    relation = text(node.this)
    side = node.side.upper()
    for other in JOIN_SIDES.get(side, ()):
        turned = node.copy()
        turned.set("side", other or None)
        turned.set("kind", None if other else "INNER")
        before, after = (f"{s.lower() or 'inner'} join {relation}" for s in (side, other))
        yield Edit("join", before, after, turned)
    if not isinstance(condition, exp.And):
        opened = node.copy()
        opened.set("on", exp.true())
        yield Edit("predicate", f"join {relation} on {text(condition)}", "", opened)


def _distinct(node: exp.Distinct) -> Iterator[Edit]:
    if isinstance(node.parent, exp.Select):
        yield Edit("distinct", f"select distinct {_listed(node.parent.expressions)}", "", None)
    elif len(node.expressions) == 1:
        yield Edit("distinct", text(node), "", node.expressions[0].copy())


def _union(node: exp.Union) -> Edit:
    turned = node.copy()
    turned.set("distinct", not node.args.get("distinct"))
    words = ("union", "union all")
    before, after = words if node.args.get("distinct") else words[::-1]
    return Edit("distinct", f"{before} {text(node.expression)}", after, turned)


def _coalesce(node: exp.Coalesce) -> Iterator[Edit]:
    values = [node.this, *node.expressions]
    for gone in values if len(values) > 1 else ():
        left = [value.copy() for value in values if value is not gone]
        rest = exp.Coalesce(this=left[0], expressions=left[1:]) if len(left) > 1 else left[0]
        yield Edit("coalesce", text(node), text(rest), exp.paren(rest))


def _case(node: exp.Case) -> Iterator[Edit]:
    branches = node.args["ifs"]
    for place, branch in enumerate(branches):
        before = f"when {text(branch.this)} then {text(branch.args['true'])}"
        if len(branches) > 1:
            changed: exp.Expr = node.copy()
            changed.args["ifs"][place].pop()
        else:
            default = node.args.get("default")
            changed = exp.paren(default.copy()) if default else exp.null()
        yield Edit("branch", before, "", changed)
    default = node.args.get("default")
    if default and not isinstance(default, exp.Null):
        changed = node.copy()
        changed.set("default", None)
        yield Edit("branch", f"else {text(default)} of {text(node)}", "", changed)


def _window(node: exp.Window) -> Iterator[Edit]:
    keys = node.args.get("partition_by") or []
    for place, key in enumerate(keys):
        changed = node.copy()
        kept = [k.copy() for n, k in enumerate(keys) if n != place]
        changed.set("partition_by", kept)
        yield Edit("partition", f"{text(key)} in {text(node)}", "", changed)
    frame = node.args.get("spec")
    if frame:
        changed = node.copy()
        changed.set("spec", None)
        yield Edit("frame", text(node), text(changed), changed)


def _literal(node: exp.Literal) -> Iterator[Edit]:
    if isinstance(node.parent, exp.DataTypeParam):
        return
    if node.is_string:
        new: exp.Expr = exp.Literal.string(_other_text(node.name))
    elif node.name.isdigit():
        new = exp.Literal.number(int(node.name) + 1)
    else:
        new = exp.Literal.number(repr(float(node.name) + 1))
    yield _swap("literal", node, new)


def _other_text(given: str) -> str:
    """A day later where it is a day or a moment, one more where it is a number."""
    if given.isdigit():
        return str(int(given) + 1)
    try:
        moment = datetime.fromisoformat(given) + timedelta(days=1)
    except (ValueError, OverflowError):
        return given + "~"
    return moment.date().isoformat() if len(given) == 10 else moment.isoformat(" ")


def _swap(kind: str, node: exp.Expr, new: exp.Expr) -> Edit:
    before = node
    # a constant alone says nothing: show it with its context
    if isinstance(node, exp.Literal | exp.Boolean) and node.parent is not None:
        before = node.parent
        shown = before.copy()
        place = next(n for n, part in enumerate(before.walk()) if part is node)
        next(part for n, part in enumerate(shown.walk()) if n == place).replace(new.copy())
        return Edit(kind, text(before), text(shown), new)
    return Edit(kind, text(before), text(new), new)


def _copied(node: exp.Expr) -> dict[str, object]:
    return dict(node.copy().args)


def _listed(nodes: list[exp.Expr]) -> str:
    return ", ".join(text(node) for node in nodes)


def text(node: exp.Expr) -> str:
    """SQL in one line, without comments, and as it reads where the reporting time zone is UTC."""
    return ZONED.sub(r"\1", node.sql(dialect=DIALECT, comments=False))


def _short(whole: str) -> str:
    """The part that fits into a line; a digest replaces the rest."""
    if len(whole) <= LONGEST_TEXT:
        return whole or "∅"
    digest = hashlib.sha256(whole.encode()).hexdigest()[:6]
    return f"{whole[: LONGEST_TEXT - 10]}… [{digest}]"
