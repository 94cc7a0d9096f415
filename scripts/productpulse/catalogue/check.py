"""Whether the catalogue fits the marts: what it names exists, and it leaves no number out."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import combinations
from typing import Any

from productpulse.catalogue.read import Catalogue, Metric, catalogue
from productpulse.errors import PulseError
from productpulse.marts import columns_of_marts, grain, marts
from productpulse.paths import project_root
from productpulse.settings import project_vars

# Where a row is chosen by the first column, the second one has a single value.
FIXES = {"segment_name": "segment_value", "is_last_step": "step_number"}
OF_CATALOGUE = ("dim_metrics", "dim_metric_lineage", "fct_metric_values")
INTEGERS = ("integer", "bigint")
MONEY = ("numeric(18,2)",)
NUMBERS = (*INTEGERS, *MONEY, "double precision")
# The types that a value may have, by the unit in which it is.
TYPES = defaultdict(lambda: INTEGERS) | {
    "currency": MONEY,
    "rate": ("double precision",),
    "ratio": ("double precision",),
    **dict.fromkeys(("score", "days", "seconds", "months"), NUMBERS),
}


def checked() -> Catalogue:
    """The catalogue. Raises PulseError, with a line for each mistake in it."""
    found = catalogue()
    wrong = mistakes(found)
    if wrong:
        many = "a mistake" if len(wrong) == 1 else f"{len(wrong)} mistakes"
        raise PulseError("\n".join([*wrong, f"the metric catalogue has {many}"]))
    return found


def mistakes(found: Catalogue) -> list[str]:
    """A line for each mistake: where, what, and what to do."""
    if found.mistakes:
        # of files that were not read, everything would seem to be left out
        return list(found.mistakes)
    names = project_vars().keys()
    wrong = [line for each in found.metrics.values() for line in _of_metric(each, found, names)]
    return [*wrong, *_claimed_twice(found), *_unclaimed(found)]


def _of_metric(metric: Metric, found: Catalogue, names: Collection[str]) -> Iterator[str]:
    where = f"{metric.file}: {metric.id}"
    columns = columns_of_marts().get(metric.mart)
    if columns is None:
        yield f"{where}: mart {metric.mart} does not exist: see models/marts"
        return
    if metric.mart in OF_CATALOGUE:
        yield f"{where}: {metric.mart} is made of the catalogue: give another mart"
        return
    if metric.successor in found.metrics and found.metrics[metric.successor].is_deprecated:
        yield f"{where}: its successor {metric.successor} is deprecated too: give one that is not"
    if metric.of == metric.id:
        yield f"{where}: is of itself: remove of"
    elif metric.of in found.metrics:
        whole = found.metrics[metric.of]
        if (whole.mart, whole.value) != (metric.mart, metric.value):
            yield f"{where}: is of {whole.id}, which is not {metric.mart}.{metric.value}: remove of"
    named = {
        **{column: None for column in (metric.numerator, metric.denominator) if column},
        **dict.fromkeys(metric.companions),
        **dict.fromkeys(metric.where),
        **dict.fromkeys(each for part in metric.segments for each in _columns_of(part)),
        **({metric.complete: ("boolean",)} if metric.complete else {}),
        **({metric.date: ("date",)} if metric.date else {}),
        **({metric.grain["column"]: ("text",)} if isinstance(metric.grain, dict) else {}),
        **({metric.value: TYPES[metric.unit]} if metric.value else {}),
    }
    if metric.aggregate == "sum" and metric.value:
        named[metric.value] = NUMBERS
    for column, types in named.items():
        if column not in columns:
            yield f"{where}: {metric.mart} has no column {column}: see its yml"
        elif types and columns[column] not in types:
            yield (
                f"{where}: {metric.mart}.{column} is {columns[column]}, and {metric.unit} would be"
                f" {' or '.join(types)}: give the right column or unit"
                if column == metric.value
                else f"{where}: {metric.mart}.{column} is {columns[column]}, not {types[0]}:"
                " give another column"
            )
    yield from (f"{where}: {line}" for line in _of_rows(metric, columns))
    for other in filter(None, (metric.successor, metric.of)):
        if other not in found.metrics:
            yield f"{where}: {other} is no metric: see `productpulse metric list`"
    for name in sorted(set(metric.vars).difference(names)):
        yield f"{where}: {name} is no var: see dbt_project.yml"
    for name in metric.seeds:
        if not (project_root() / "models" / "reference" / f"{name}.yml").is_file():
            yield f"{where}: seed {name} does not exist: see seeds"


def _of_rows(metric: Metric, columns: dict[str, str]) -> Iterator[str]:
    """What is wrong with the rows that it chooses, and with how they stand in segments."""
    for name, value in metric.where.items():
        kind = columns.get(name)
        wanted = "integer" if kind in INTEGERS else kind
        given = {str: "text", bool: "boolean", int: "integer"}[type(value)]
        if kind and given != wanted:
            hint = f": quote it, as in '{value}'" if kind == "text" else ""
            yield f"where {name} is {value}, which is {given}, and the column is {kind}{hint}"
    names = [part["name"] for part in metric.segments if "name" in part]
    if "all" in names:
        yield "a segment is named all, which is the whole: give it another name"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two segments are named {name}: give each its own name"
    if metric.date and not metric.aggregate:
        told = {metric.date, *metric.where, *(c for p in metric.segments for c in _columns_of(p))}
        told |= {FIXES[name] for name in metric.where if name in FIXES}
        if isinstance(metric.grain, dict):
            told.add(metric.grain["column"])
        if left := sorted(set(grain(marts()[metric.mart])) - told):
            yield (
                f"{metric.mart} has several rows per date, by {', '.join(left)}: give segments,"
                " where or an aggregate"
            )


def _columns_of(part: dict[str, str]) -> list[str]:
    """The columns that a segment names."""
    return [column for key, column in part.items() if key != "name"]


def _claimed_twice(found: Catalogue) -> Iterator[str]:
    """Two metrics share a column only where their rows exclude each other, or one is of another."""
    claims = defaultdict(list)
    for metric in found.metrics.values():
        if metric.value and not metric.of and not metric.is_deprecated:
            claims[metric.mart, metric.value].append(metric)
    for (mart, column), claimants in claims.items():
        for one, other in combinations(claimants, 2):
            if not _exclude_each_other(one.where, other.where):
                yield (
                    f"{other.file}: {other.id}: {one.id} claims {mart}.{column} too: remove one, or"
                    " set them apart with where"
                )


def _exclude_each_other(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return any(one[name] != other[name] for name in one.keys() & other.keys())


def _unclaimed(found: Catalogue) -> Iterator[str]:
    """Every number of a mart is of a metric, or is a helper with a reason, and not both."""
    claimed = {
        (metric.mart, column) for metric in found.metrics.values() for column in metric.columns
    }
    for mart, columns in columns_of_marts().items():
        for column, data_type in columns.items():
            if data_type in NUMBERS and (mart, column) not in claimed | found.helpers.keys():
                yield (
                    f"models/marts: {mart}.{column} belongs to no metric: add one to metrics/, or"
                    " list the column under helpers with the reason"
                )
    for mart, column in sorted(found.helpers):
        if column not in columns_of_marts().get(mart, {}):
            yield f"helpers: {mart}.{column} does not exist: remove it"
        elif (mart, column) in claimed:
            yield f"helpers: {mart}.{column} belongs to a metric: remove it here"
