"""Names of the schemas: one per layer, after a prefix if the user wants one.

`PULSE_SCHEMA_PREFIX`, else `schema_prefix` in productpulse.yml, separates the warehouse from
schemas that others have in the same database.
"""

import os
import re

from productpulse.errors import PulseError
from productpulse.paths import SETTINGS
from productpulse.settings import settings

LAYERS = ("raw", "reference", "staging", "intermediate", "marts", "learning", "audit")
VARIABLE = "PULSE_SCHEMA_PREFIX"
# Leaves room for the longest layer in a Postgres name; names that begin with pg_ are reserved.
PATTERN = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,39}")


def schema_prefix() -> str:
    """The prefix of the name of each layer, by default empty.

    Raises PulseError when names with it would need quotes.
    """
    prefix = os.environ.get(VARIABLE)
    origin = VARIABLE
    if prefix is None:
        prefix, origin = settings().schema_prefix, f"schema_prefix in {SETTINGS}"
    if prefix and not PATTERN.fullmatch(prefix):
        raise PulseError(
            f"{origin} is {prefix!r}: it should be up to 40 letters a-z, digits and _,"
            " such as pulse_, and not begin with a digit or pg_"
        )
    return prefix


def schema_of(layer: str) -> str:
    """The name of the schema of one of LAYERS."""
    assert layer in LAYERS, layer
    return schema_prefix() + layer
