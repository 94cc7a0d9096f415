"""What `load.yml` states about the files beside it that the files themselves cannot say."""

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from productpulse.errors import PulseError
from productpulse.raw_schema import Table

FILE_NAME = "load.yml"
KEYS = ("amounts", "timestamps", "delimiter", "decimal")
AMOUNTS = ("minor", "major")
# Ticks per second of numbers that count from 1970.
EPOCHS = {"epoch_seconds": 1, "epoch_milliseconds": 10**3, "epoch_microseconds": 10**6}
DELIMITERS = {",": ",", ";": ";", "|": "|", "\t": "\t", "tab": "\t"}
DECIMALS = (".", ",")
SOME_MOMENT = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Statement:
    """What is stated about the files of one table; None or empty where nothing is stated.

    `amounts`: whether money is in minor or in major units. `timestamps`: by column, one of
    EPOCHS or a form of Python's strptime. `delimiter`: one character. `decimal`: the decimal point.
    """

    amounts: str | None = None
    timestamps: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    decimal: str = "."

    def as_text(self) -> str:
        """The same text for the same statement; empty for none."""
        return "" if self == NOTHING else json.dumps(vars(self), sort_keys=True)


NOTHING = Statement()


def read_statements(directory: Path, tables: Mapping[str, Table]) -> dict[str, Statement]:
    """The statements in `directory` by table. Raises PulseError for what cannot be understood."""
    path = directory / FILE_NAME
    if (directory / "load.yaml").exists():
        raise PulseError(f"{directory / 'load.yaml'}: only {FILE_NAME} is read: rename it")
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise PulseError(f"{path}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise PulseError(
            f"{path}: {where}not YAML in UTF-8: write a table, and below it key: value"
        ) from None
    try:
        return {
            name: _statement(tables[name], given)
            for name, given in _mapping(said, "the file").items()
            if _is_one_of(name, list(tables), "table")
        }
    except ValueError as wrong:
        raise PulseError(f"{path}: {wrong}") from None


def _statement(table: Table, given: Any) -> Statement:
    said: dict[str, Any] = {}
    try:
        for key, value in _mapping(given, "a table").items():
            _is_one_of(key, list(KEYS), "key")
            said[key] = _READ[key](table, value)
    except ValueError as wrong:
        raise ValueError(f"{table.name}: {wrong}") from None
    return Statement(**said)


def _amounts(table: Table, value: Any) -> str:
    if not any(column.is_money for column in table.file_columns):
        raise ValueError("amounts: this table has none: remove it")
    return _choice("amounts", value, AMOUNTS)


def _timestamps(table: Table, value: Any) -> dict[str, str]:
    columns = [c.name for c in table.file_columns if c.data_type == "timestamptz"]
    if not isinstance(value, dict):
        return dict.fromkeys(columns, _form(value))
    for name in value:
        _is_one_of(name, columns, "timestamp")
    return {name: _form(form) for name, form in value.items()}


def _form(value: Any) -> str:
    if value in EPOCHS:
        return str(value)
    try:
        read = datetime.strptime(SOME_MOMENT.strftime(value), value)
        is_whole = read.date() == SOME_MOMENT.date()
    except (TypeError, ValueError):
        is_whole = False
    if not is_whole:
        forms = ", ".join(EPOCHS)
        raise ValueError(
            f"timestamps: {value!r} is not a date format: write one such as '%d.%m.%Y', or {forms}"
        )
    return str(value)


def _delimiter(_: Table, value: Any) -> str:
    return DELIMITERS[_choice("delimiter", value, tuple(DELIMITERS))]


def _decimal(_: Table, value: Any) -> str:
    return _choice("decimal", value, DECIMALS)


_READ: dict[str, Callable[[Table, Any], Any]] = {
    "amounts": _amounts,
    "timestamps": _timestamps,
    "delimiter": _delimiter,
    "decimal": _decimal,
}


def _choice(key: str, value: Any, choices: tuple[str, ...]) -> str:
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{key}: {value!r} is not one of {listed}")
    return str(value)


def _mapping(given: Any, what: str) -> dict[Any, Any]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ValueError(f"{what} holds {given!r}: write lines of key: value")
    return given


def _is_one_of(name: Any, names: list[str], what: str) -> bool:
    if name not in names:
        near = difflib.get_close_matches(str(name), names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        raise ValueError(f"{what} {name!r} is unknown: {hint}")
    return True
