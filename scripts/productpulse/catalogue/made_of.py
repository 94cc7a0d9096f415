"""What makes a number: the SQL of every model behind it, the macros, vars and seeds of these.

An approval remembers it, so that a metric that became another number is noticed.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from productpulse.catalogue.read import Metric
from productpulse.paths import project_root, seeds_dir
from productpulse.usage import Usage, usage

# The variable of the environment in which dbt finds all fingerprints.
FINGERPRINTS = "PULSE_METRIC_FINGERPRINTS"
# Comments and spaces, but not within a text of SQL or Jinja.
IDLE = re.compile(r"""('(?:''|[^'])*'|"[^"]*")|{#.*?#}|--[^\n]*|\s+""", re.S)
# They move daily or say where things are; the meaning of a number does not change with them.
NOT_OF_MEANING = {"as_of_date", "complete_until", "schema_prefix", "sources"}
# What of a metric's declaration makes the number, besides its mart.
DECLARED = (
    *("mart", "value", "numerator", "denominator", "where", "aggregate", "date", "grain"),
    *("complete", "segments", "unit", "formula"),
)

Parts = dict[str, str]
"""What makes a number, by kind and name such as `model stg_app__users`: a hash, or a value."""


def parts(metric: Metric, variables: dict[str, Any]) -> Parts:
    """What makes the metric, where `variables` are in force."""
    made_of = _of_mart(metric.mart, project_root())
    seeds = {f"seed {name}": _seed(seeds_dir() / f"{name}.csv") for name in made_of.seeds}
    values = {
        f"var {name}": json.dumps(variables[name], sort_keys=True)
        for name in made_of.vars
        if name in variables
    }
    declared = {name: getattr(metric, name) for name in DECLARED}
    definition = {"definition": _hash(json.dumps(declared, sort_keys=True))}
    return definition | made_of.code | seeds | values


def fingerprint(made_of: Parts) -> str:
    """A hash of all parts."""
    return _hash(json.dumps(made_of, sort_keys=True))


def fingerprints(metrics: Iterable[Metric], variables: dict[str, Any]) -> dict[str, str]:
    """The fingerprint of each metric, by its id."""
    return {metric.id: fingerprint(parts(metric, variables)) for metric in metrics}


def difference(before: Parts, now: Parts) -> list[str]:
    """What changed, a line each, in the order of the names."""
    lines = []
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            lines.append(f"{name} is no longer used")
        elif name not in before:
            lines.append(f"{name} is new")
        elif before[name] != now[name]:
            is_value = name.startswith("var ")
            lines.append(f"{name}: {before[name]} → {now[name]}" if is_value else f"{name} changed")
    return lines


def forget() -> None:
    """Read the files again: a process that lives long sees what has changed."""
    for remembered in (usage, _of_mart, _model, _seed):
        remembered.cache_clear()


class _Mart(NamedTuple):
    """What a mart is made of: the hashes of models and macros, and the names of seeds and vars."""

    code: Parts
    seeds: list[str]
    vars: list[str]


@cache
def _of_mart(mart: str, root: Path) -> _Mart:
    known = usage(root)
    behind = _behind(mart, known)
    models = sorted(behind & known.called.keys())
    macros = sorted(set().union(*(known.called[name] for name in models)))
    used = set().union(*(known.by_node[name] for name in models)) | known.by_all
    if used & known.policies:
        used = used | {"revenue_profile"}
    code = {f"model {name}": _model(root, name) for name in models}
    code |= {f"macro {name}": _hash(known.macros[name]) for name in macros}
    return _Mart(code, sorted(behind - known.called.keys()), sorted(used - NOT_OF_MEANING))


def _behind(model: str, known: Usage) -> set[str]:
    """The model and all models and seeds that it is made of."""
    found, waiting = {model}, [model]
    while waiting:
        new = known.parents.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


@cache
def _model(root: Path, name: str) -> str:
    return _hash(next((root / "models").rglob(f"{name}.sql")).read_text(encoding="utf-8"))


@cache
def _seed(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""


@cache
def _hash(text: str) -> str:
    """Of the text without comments and spaces, which do not change what SQL says."""
    return hashlib.sha256(IDLE.sub(lambda found: found[1] or "", text).encode()).hexdigest()[:16]
