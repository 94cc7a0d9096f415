"""Worlds from YAML, a file or one of the library, checked before anything is simulated."""

import difflib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from productpulse.errors import Exit, PulseError
from productpulse.simulator import catalogue
from productpulse.simulator import world as w

LIBRARY = Path(__file__).parent / "worlds"

# The names of the types of the parameters, for messages.
KINDS = {
    "int": "a whole number",
    "float": "a number",
    "date": "a date such as 2026-06-30",
    "tuple": "a list",
    "string": "a text",
    "literal": "conversion or amount",
    "dataclass": "a section with names and values",
}


@cache
def library() -> dict[str, Path]:
    """The worlds that come with the product, by name."""
    return {path.stem: path for path in sorted(LIBRARY.glob("*.yml"))}


def read_world(given: str) -> dict[str, Any]:
    """The parameters in a world file, or in the library's world of that name; unchecked.

    Raises PulseError when there is no such world or the file is not YAML with names and values.
    """
    path = library().get(given, Path(given))
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        names = ", ".join(library())
        raise _wrong(f"{given}: no such world: give a YAML file or one of {names}") from None
    except UnicodeDecodeError:
        raise _wrong(f"{given}: not text in UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise _wrong(f"{given}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        line = getattr(error, "problem_mark", None)
        at = f" in line {line.line + 1}" if line else ""
        raise _wrong(f"{given}: not YAML{at}: check the indentation and the colons") from None
    if not isinstance(found or {}, dict):
        raise _wrong(
            f"{given}: has no names and values: write them as in {LIBRARY.name}/steady.yml"
        )
    return found or {}


def world(parameters: Mapping[str, Any], source: str | None = None) -> w.World:
    """The world of these parameters, from the file `source` or from the command line.

    Raises PulseError with a line for each that is wrong.
    """
    try:
        made = TypeAdapter(w.World).validate_python(dict(parameters))
    except ValidationError as error:
        lines = [_said(one, source) for one in error.errors(include_url=False)]
        raise _wrong("\n".join(dict.fromkeys(lines))) from None
    if made.first_date < w.FIRST_POSSIBLE_DAY:
        raise _wrong(
            f"{_at('as_of', source)}: {made.as_of} after {made.days:,} days needs a world from"
            f" {made.first_date} on: the first possible day is {w.FIRST_POSSIBLE_DAY}"
        )
    for experiment in made.experiments:
        if experiment.event_name not in catalogue.EVENT_CODE:
            raise _wrong(
                f"{_at('experiments', source)}: no event is called {experiment.event_name}:"
                f" {_nearest(experiment.event_name, list(catalogue.EVENT_CODE))}"
            )
    return made


def with_dirt(parameters: Mapping[str, Any], names: str) -> dict[str, Any]:
    """The parameters with only some kinds of dirt: `all`, `none`, kinds separated by commas, or
    kinds to leave out, each with a minus. Raises PulseError for an unknown kind."""
    kinds = [field.name for field in fields(w.Dirt)]
    words = [word.strip() for word in names.split(",") if word.strip()]
    if words == ["all"]:
        return dict(parameters)
    wanted = [word.removeprefix("-") for word in words if word != "none"]
    for word in wanted:
        if word not in kinds:
            raise _wrong(f"no dirt is called {word!r}: {_nearest(word, kinds)}")
    is_without = [word.startswith("-") for word in words]
    if any(is_without) and not all(is_without):
        raise _wrong(
            f"{names!r}: give either kinds to include or, with a minus, kinds to leave out"
        )
    off = wanted if any(is_without) else [kind for kind in kinds if kind not in wanted]
    dirt = dict(parameters.get("dirt") or {}) | dict.fromkeys(off, 0.0)
    return dict(parameters) | {"dirt": dirt}


def _wrong(message: str) -> PulseError:
    return PulseError(message, Exit.USAGE)


def _at(place: str, source: str | None) -> str:
    """Where a parameter was given."""
    return f"{source}: {place}" if source else f"--{place.replace('_', '-')}"


def _said(error: Any, source: str | None) -> str:
    """One error of pydantic in our words: where, what, and what to do."""
    place = [str(part) for part in error["loc"]]
    where, kind, context = _at(".".join(place), source), error["type"], error.get("ctx", {})
    if kind == "unexpected_keyword_argument":
        return f"{where}: no such parameter: {_nearest(place[-1], _names(place[:-1]))}"
    if kind in ("missing", "missing_argument"):
        return f"{where}: is missing: add it"
    bounds = {
        "greater_than_equal": "at least {ge:g}",
        "greater_than": "more than {gt:g}",
        "less_than_equal": "at most {le:g}",
        "less_than": "less than {lt:g}",
        "too_short": "a list of {min_length} or more",
        "too_long": "a list of at most {max_length}",
    }
    shown = repr(error["input"])[:40]
    if kind in bounds:
        numbers = {name: v for name, v in context.items() if isinstance(v, int | float)}
        bound = bounds[kind].format(**(numbers or context))
        return f"{where}: {shown} must be {bound}"
    wanted = next((said for start, said in KINDS.items() if kind.startswith(start)), None)
    return f"{where}: {shown} is not {wanted or 'a possible value'}"


def _names(place: list[str]) -> list[str]:
    """The possible names at a place in a world file."""
    if not place:
        return [field.name for field in fields(w.World)]
    if place[0] == "experiments":
        return [field.name for field in fields(w.Variant if "variants" in place else w.Experiment)]
    sections = {field.name: field for field in fields(w.World)}
    section = sections.get(place[0])
    default = section.default_factory() if section and callable(section.default_factory) else None
    return [field.name for field in fields(default)] if default is not None else []


def _nearest(word: str, names: list[str]) -> str:
    near = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(names)}"


def as_date(text: str, option: str) -> date:
    """A date from the command line. Raises PulseError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(f"{option} {text!r}: is not a date such as {w.DEFAULT_AS_OF}") from None
