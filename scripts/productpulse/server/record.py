"""The embedded server as `server.json` in the state directory describes it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import URL

from productpulse.errors import PulseError
from productpulse.paths import state_dir
from productpulse.reporter import ROLE
from productpulse.server import root

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """An embedded server.

    `data_dir` is relative to the state directory when it lies inside: a project can be moved.
    `user` owns everything; the reporter, who reads marts, gets a password when it is first needed.
    """

    port: int
    user: str
    password: str
    database: str
    data_dir: str
    major: int
    reporter_password: str = ""

    @property
    def url(self) -> URL:
        return URL.create("postgresql", self.user, self.password, HOST, self.port, self.database)

    @property
    def reporter_url(self) -> URL:
        # The server has no TLS and would refuse a client that is set to require it.
        query = {"sslmode": "disable"}
        return self.url.set(username=ROLE, password=self.reporter_password, query=query)


def path() -> Path:
    """The path of the record."""
    return state_dir() / "server.json"


def log() -> Path:
    """The log of the server since its last start."""
    return state_dir() / "server.log"


def log_before() -> Path:
    """The log before that."""
    return state_dir() / "server.log.before"


def data_dir(server: Server) -> Path:
    """The path of the server's data."""
    return state_dir() / server.data_dir


def read() -> Server | None:
    """The server on record, if any. Raises PulseError for a record that cannot be read."""
    try:
        return Server(**json.loads(path().read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise _not_ours() from error
    except (ValueError, TypeError) as error:
        raise PulseError(
            f"{path()} is damaged: restore it from a copy, or start again from nothing with"
            " `productpulse db remove`"
        ) from error


def write(server: Server) -> None:
    """Write the record, in one step."""
    draft = path().with_suffix(".json.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(server), file, indent=2)
    root.give_to_owner_of_state(draft)
    draft.replace(path())


def _not_ours() -> PulseError:
    folder = os.environ.get("PULSE_HOME") or ".pulse"
    with suppress(PulseError, OSError):
        folder = str(state_dir())
    return PulseError(
        f"{folder} belongs to another user: run as that user, make it yours with chown -R,"
        " or choose another folder with PULSE_HOME"
    )


@contextmanager
def locked() -> Iterator[None]:
    """One process at a time; an error of the operating system becomes one line."""
    try:
        import fcntl
    except ImportError as error:
        raise PulseError(
            "the embedded Postgres runs only on Linux and macOS: set PULSE_DATABASE_URL to another"
        ) from error
    try:
        lock = state_dir() / "server.lock"
        with lock.open("a") as handle:
            root.give_to_owner_of_state(lock)
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
    except PermissionError as error:
        if not root.is_root():
            raise _not_ours() from error
        raise PulseError(f"embedded Postgres: {error}") from error
    except OSError as error:
        raise PulseError(f"embedded Postgres: {error}") from error
