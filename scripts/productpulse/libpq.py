"""What libpq, through which all clients reach Postgres, reads from the environment.

psycopg2 can tell it only with a connection; the library that comes with it can without.
"""

import ctypes
import os

from psycopg2 import _psycopg

from productpulse.errors import PulseError


class _Option(ctypes.Structure):
    """PQconninfoOption."""

    _fields_ = (
        ("keyword", ctypes.c_char_p),
        ("envvar", ctypes.c_char_p),
        ("compiled", ctypes.c_char_p),
        ("val", ctypes.c_char_p),
        ("label", ctypes.c_char_p),
        ("dispchar", ctypes.c_char_p),
        ("dispsize", ctypes.c_int),
    )


def parameters() -> dict[str, str]:
    """The connection parameters that the `PG*` variables and the service file give, by name.

    Parameters with their default value are left out. A missing service is reported by `connect`,
    not here. Raises PulseError where the libpq of psycopg2 cannot be called from outside.
    """
    try:
        # The handle of psycopg2's extension also finds the functions of libpq.
        library = ctypes.CDLL(_psycopg.__file__)
        read, free = library.PQconndefaults, library.PQconninfoFree
    except (OSError, AttributeError):
        raise PulseError("the PG* variables cannot be read here: set PULSE_DATABASE_URL") from None
    read.restype = ctypes.POINTER(_Option)
    free.argtypes = [ctypes.POINTER(_Option)]
    options = read()
    found = {}
    try:
        for option in options:
            if option.keyword is None:  # An entry without a name ends the list.
                break
            if option.val and option.val != option.compiled:
                found[option.keyword.decode()] = os.fsdecode(option.val)
    finally:
        free(options)
    return {name: found[name] for name in found if name not in ("service", "servicefile")}
