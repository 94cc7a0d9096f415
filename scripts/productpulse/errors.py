"""Errors that a user can cause, and the exit codes of the command line."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes. 2 means a wrong command line, as in most programs."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PARTLY_LOADED = 3
    TOO_FEW = 4
    INTERRUPTED = 130


# What a reader of the marts is told before there are any.
NOT_BUILT = "nothing is built yet: run `productpulse build`"


class PulseError(Exception):
    """An error that the user can fix.

    The message is one line that says what, where, and what to do.
    """

    def __init__(self, message: str, exit_code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code
