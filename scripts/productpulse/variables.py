"""The parameters of a build, checked before anything is done, by the rules of the dbt project."""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn
from zoneinfo import available_timezones

import yaml
from jinja2 import Environment

from productpulse.errors import Exit, PulseError
from productpulse.paths import SETTINGS, own_folder, project_root
from productpulse.schemas import VARIABLE, schema_prefix
from productpulse.settings import settings_vars

EXAMPLE = """'{"as_of_date": "2026-06-30"}'"""


def parse_variables(text: str | None) -> dict[str, Any]:
    """The variables in the JSON object of `--vars`, checked; none when it is not given.

    Those of productpulse.yml are checked too.

    Raises PulseError with one line when it is not JSON, or when a name or value is wrong.
    """
    try:
        given = json.loads(text) if text else {}
    except ValueError as error:
        raise PulseError(
            f"--vars is not JSON ({error}): write it like {EXAMPLE}", Exit.USAGE
        ) from None
    if not isinstance(given, dict):
        raise PulseError("--vars must be a JSON object of names and values", Exit.USAGE)
    check_variables(given)
    if folder := own_folder():
        try:
            check_variables(settings_vars())
        except PulseError as error:
            raise PulseError(f"{folder / SETTINGS}: {error}") from None
    return given


def check_variables(given: dict[str, Any]) -> None:
    """Raise PulseError unless each name is a parameter and each value is valid.

    The project's macro `check_vars` decides, run without dbt and without a database.
    """
    defaults = yaml.safe_load((project_root() / "dbt_project.yml").read_text("utf-8"))["vars"]
    files = sorted((project_root() / "macros" / "parameters").glob("*.sql"))
    macros: dict[str, Callable[..., Any]] = {}
    environment = Environment(extensions=["jinja2.ext.do"])
    environment.globals |= {
        # Each macro knows all others, as in dbt.
        **{file.stem: _later(macros, file.stem) for file in files},
        "var": (defaults | given).__getitem__,
        "return": _return,
        "exceptions": {"raise_compiler_error": _refuse},
        "timezone_is_known": _timezone_is_known,
        "modules": {"re": re},
        "execute": True,
        "invocation_args_dict": {"vars": given},
    }
    for file in files:
        template = environment.from_string(file.read_text("utf-8"))
        macros[file.stem] = getattr(template.module, file.stem)
    _later(macros, "check_vars")()
    prefix = given.get("schema_prefix")
    if prefix not in (None, schema_prefix()):
        _refuse(
            f"--vars has schema_prefix {prefix!r}, but {VARIABLE} is {schema_prefix()!r}:"
            f" set {VARIABLE}, which all commands read"
        )


class _Returned(Exception):
    """A value other than text that a macro returns."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _return(value: Any) -> NoReturn:
    raise _Returned(value)


def _later(macros: dict[str, Callable[..., Any]], name: str) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        try:
            return macros[name](*arguments)
        except _Returned as returned:
            return returned.value

    return call


def _refuse(message: str) -> NoReturn:
    raise PulseError(message, Exit.USAGE)


def _timezone_is_known(name: str) -> bool:
    """Whether the time zone exists; where Python has no list, the engine checks it later."""
    known = available_timezones()
    return name in known or not known
