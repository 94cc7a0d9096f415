"""Read the catalogue: metrics/*.yml of the project, and over it those of the user's folder."""

import json
import re
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from productpulse.errors import PulseError
from productpulse.paths import own_folder, project_root

FOLDER = "metrics"
SCHEMA = "docs/metric-schema.json"
# What stands beside the files, and is not written by hand.
BESIDE = ("approvals", "compiled")
DEEPEST = 50
BRACKETS = re.compile(r"[\[\]{}]")
LONGEST_MESSAGE = 200
# What a metric has that no file says.
OURS = ("area", "file")


@dataclass(frozen=True)
class Metric:
    """A metric as its file declares it; docs/metric-schema.json says what each field means.

    `file`: where it stands. A segment is a pair: a name, or None for the first column that holds
    it, and a column.
    """

    id: str
    area: str
    file: str
    label: str
    description: str
    formula: str
    owner: str
    tier: int
    unit: str
    direction: str
    risk_if_wrong: str
    mart: str
    value: str | None = None
    numerator: str | None = None
    denominator: str | None = None
    successor: str | None = None
    of: str | None = None
    aggregate: str | None = None
    date: str | None = None
    grain: str | dict[str, str] | None = None
    complete: str | None = None
    where: dict[str, Any] = field(default_factory=dict)
    segments: tuple[dict[str, str], ...] = ()
    vars: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    adds_up_over: tuple[str, ...] = ()
    parts_add_up_over: tuple[str, ...] = ()
    closing: bool = False

    @property
    def is_deprecated(self) -> bool:
        return self.successor is not None

    @property
    def has_values(self) -> bool:
        """Whether it stands in fct_metric_values."""
        return self.date is not None and not self.is_deprecated

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of the mart that it claims, alone or with others."""
        claimed = (self.value, self.numerator, self.denominator, *self.companions)
        return tuple(column for column in claimed if column)


@dataclass(frozen=True)
class Catalogue:
    """All metrics by id, and the reason of each (mart, column) that is none.

    `mistakes`: what is wrong with the files, a line each.
    """

    metrics: dict[str, Metric]
    helpers: dict[tuple[str, str], str]
    mistakes: tuple[str, ...]


def catalogue() -> Catalogue:
    """The catalogue that is in force. Mistakes are in it, and no error is raised for them."""
    folders = [project_root() / FOLDER]
    if own := own_folder():
        folders.append(own / FOLDER)
    found: dict[str, dict[str, Any]] = {}
    helpers: dict[tuple[str, str], str] = {}
    mistakes: list[str] = []
    for folder in folders:
        here: set[str] = set()
        for path in _files(folder, mistakes):
            read = _read(path, found if folder != folders[0] else {}, mistakes)
            for given in read.get("metrics", []):
                name = given["id"]
                if name in here:
                    mistakes.append(f"{path}: {name}: is declared twice: remove one")
                here.add(name)
                area = found.get(name, {}).get("area", path.stem)
                found[name] = given | {"area": area, "file": str(path)}
            for given in read.get("helpers", []):
                helpers |= {(given["mart"], column): given["reason"] for column in given["columns"]}
    metrics = {name: _metric(given) for name, given in found.items()}
    return Catalogue(metrics, helpers, tuple(mistakes))


def load_yaml(path: Path) -> Any:
    """The contents of a YAML file, by the parser in C, which takes a tenth of the time.

    Raises OSError, UnicodeDecodeError and yaml.YAMLError, also for a key that is given twice.
    """
    text = path.read_text(encoding="utf-8")
    if _depth(text) > DEEPEST:
        raise yaml.YAMLError(f"more than {DEEPEST} brackets in one another")
    return yaml.load(text, Loader=_Loader)  # a SafeLoader


def _depth(text: str) -> int:
    """How many brackets are open at once, at most."""
    depth = deepest = 0
    for each in BRACKETS.findall(text):
        depth += 1 if each in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


class _Loader(yaml.CSafeLoader):
    """Refuses a mapping with a key that stands in it twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.constructor.ConstructorError(
                problem=f"{twice[0]} is given twice", problem_mark=node.start_mark
            )
        return super().construct_mapping(node, deep)


def _files(folder: Path, mistakes: list[str]) -> list[Path]:
    """The files of a folder; what else is in it is a mistake, because it would do nothing."""
    if folder.exists() and not folder.is_dir():
        mistakes.append(f"{folder}: is a file: make it a folder with *.yml")
        return []
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix == ".yml":
            found.append(path)
        elif path.name not in BESIDE and not path.name.startswith("."):
            mistakes.append(f"{path}: is not read: name it *.yml, or put it elsewhere")
    return found


def schema() -> dict[str, Any]:
    """The JSON Schema of a file."""
    text = (project_root() / SCHEMA).read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read


def _read(path: Path, known: dict[str, dict[str, Any]], mistakes: list[str]) -> dict[str, Any]:
    """The contents of a file, or nothing where it is not as the schema says.

    What it says of a metric that is `known` already wins, field by field.
    """
    try:
        read = load_yaml(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mistakes.append(f"{path}: {' '.join(str(error).split())}: fix that")
        return {}
    if read is None:
        mistakes.append(f"{path}: is empty: remove it, or begin with area: and metrics:")
        return {}
    if isinstance(read, dict) and isinstance(read.get("metrics"), list):
        read["metrics"] = [_over(known, given) for given in read["metrics"]]
    wrong = sorted(_validator().iter_errors(read), key=lambda error: list(map(str, error.path)))
    for each in wrong:
        said = each.message
        if len(said) > LONGEST_MESSAGE:
            said = f"{said[:LONGEST_MESSAGE]} …"
        mistakes.append(f"{path}: {_place(read, list(each.path))}{said}")
    if not wrong and read["area"] != path.stem:
        mistakes.append(f"{path}: area is {read['area']}: name it {path.stem}, as the file")
    return {} if wrong else read


def _over(known: dict[str, dict[str, Any]], given: Any) -> Any:
    if not isinstance(given, dict) or given.get("id") not in known:
        return given
    before = known[given["id"]]
    return {name: each for name, each in before.items() if name not in OURS} | given


def _place(read: Any, path: list[str | int]) -> str:
    """Where in a file a mistake is, by the id of the metric if it has one."""
    parts = [str(part) for part in path]
    if path[:1] == ["metrics"] and len(path) > 1:
        entry = read["metrics"][path[1]]
        known = isinstance(entry, dict) and isinstance(entry.get("id"), str)
        parts[:2] = [entry["id"] if known else f"metric {int(path[1]) + 1}"]
    return f"{'.'.join(parts)}: " if parts else ""


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema())


def _metric(given: dict[str, Any]) -> Metric:
    renamed = {("companions" if name == "with" else name): each for name, each in given.items()}
    known = {each.name for each in fields(Metric)}
    said: dict[str, Any] = {
        name: tuple(each) if isinstance(each, list) else each
        for name, each in renamed.items()
        if name in known
    }
    return Metric(**said)


def metric(name: str) -> Metric:
    """One metric. Raises PulseError when there is none of this name."""
    known = catalogue().metrics
    if name not in known:
        near = ", ".join(get_close_matches(name.lower(), known))
        there = f"did you mean {near}?" if near else "see `productpulse metric list`"
        raise PulseError(f"{name}: no such metric: {there}")
    return known[name]
