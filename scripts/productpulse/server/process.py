"""The process of the embedded server: whether it runs, and how it is ended."""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

import psycopg2

from productpulse.console import step
from productpulse.errors import PulseError
from productpulse.server import record
from productpulse.server.record import HOST, Server

START_SECONDS = 600
"""Time for recovery after a crash, which replays up to `max_wal_size` of log."""


def answer(server: Server) -> Literal["ready", "busy", "none"]:
    """Ask the server itself: whatever listens on the port, only ours knows the password."""
    if postmaster(record.data_dir(server)) is None:
        return "none"
    try:
        connection = psycopg2.connect(
            host=HOST,
            port=server.port,
            user=server.user,
            password=server.password,
            dbname="postgres",
            connect_timeout=10,
            sslmode="disable",
            gssencmode="disable",
        )
    except psycopg2.OperationalError as error:
        said = str(error)
        if "too many clients" in said or "remaining connection slots" in said:
            return "ready"
        # "... is starting up", "... is shutting down"; no answer in time means a busy machine.
        return "busy" if "the database system is" in said or "timeout" in said else "none"
    connection.close()
    return "ready"


def postmaster(data: Path) -> int | None:
    """The process that serves `data`, if it lives.

    The process id in an old postmaster.pid may now belong to another process, or to a zombie that
    is never reaped, as in some containers; on Linux the working directory tells which it is.
    """
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError, PermissionError):
        return None
    if sys.platform == "linux":
        try:
            return pid if Path(f"/proc/{pid}/cwd").samefile(data) else None
        except OSError:
            return None
    return pid


def end_orphans(data: Path) -> None:
    """End the backends that a killed server left behind: they would first finish their statement,
    which may take hours, and no server can start before. Recovery is needed in any case."""
    for cwd in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            name = (cwd.parent / "comm").read_text()
            if name.startswith("postgres") and cwd.samefile(data):
                os.kill(int(cwd.parent.name), signal.SIGQUIT)


def end(data: Path, how: signal.Signals = signal.SIGINT) -> bool:
    """End the process; by default with Postgres' fast shutdown: roll back, checkpoint, end."""
    pid = postmaster(data)
    if pid is None:
        return False
    with step("stopping the embedded Postgres"):
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        deadline = time.monotonic() + START_SECONDS
        while postmaster(data) == pid:
            if time.monotonic() > deadline:
                raise PulseError(f"the embedded Postgres (process {pid}) does not stop: try again")
            time.sleep(0.05)
    return True
