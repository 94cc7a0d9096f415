"""Whether a text is JSON that every database here can read."""

import json
import re
from typing import Any, NoReturn

# \u0000 has no place in a Postgres text, and half of a surrogate pair is no character.
ESCAPES_ALL_READABLE = re.compile(
    r"(?:[^\\]+|\\[^u]|\\u(?!0000|[dD][89a-fA-F])[0-9a-fA-F]{4}"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*"
)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _as_text(number: str) -> Any:
    """The value of a number does not matter here, and a very long one must not stop the parser."""
    return number


_DECODER = json.JSONDecoder(
    parse_constant=_refuse, parse_int=_as_text, parse_float=_as_text, strict=True
)


def what_is_wrong(text: str) -> str | None:
    """Why `text` is not usable JSON; None when it is usable."""
    try:
        _DECODER.decode(text)
    except RecursionError:
        return "is nested too deeply"
    except ValueError:
        return "is not JSON"
    if "\\u" in text and not ESCAPES_ALL_READABLE.fullmatch(text):
        return "has an escaped NUL or half a surrogate pair"
    return None
