"""One load or build at a time; what a dead one left running is ended.

The lock ends with the connection that took it, so it never outlives a dead process. The work is
done on other connections, which may live longer: a statement goes on after the program that sent it
is gone. Taking or returning the lock therefore ends them first; their names identify them.
"""

import select
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from sqlalchemy import URL

from productpulse.console import warn
from productpulse.database import BUILDER, LEARNER, LOADER, connect, first_line
from productpulse.errors import PulseError

NUMBER = int.from_bytes(b"pp work", "big")
ENDING_SECONDS = 60
LOOK_SECONDS = 0.2

HOLDER = f"""
from pg_locks as l
join pg_stat_activity as a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and a.datname = current_database()
    and l.classid = ({NUMBER}::bigint >> 32)::oid and l.objid = ({NUMBER}::bigint & 4294967295)::oid
"""

_held: dict[URL, "Lock"] = {}


class Lock:
    """The right to load and build in a database while its connection lives."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.loss = ""
        """Why the lock was lost, in one line; empty while it is held."""

    @contextmanager
    def watched(self, when_lost: Callable[[], None]) -> Iterator[None]:
        """While the block runs, call `when_lost`, from a thread, as soon as the lock is lost."""
        is_over = Event()

        def watch() -> None:
            while not is_over.is_set():
                if self._is_lost():
                    when_lost()
                    return

        watcher = Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            is_over.set()
            watcher.join()

    def _is_lost(self) -> bool:
        """Listen for a moment: unasked, the server sends only its end or notices."""
        if not select.select([self._connection], [], [], LOOK_SECONDS)[0]:
            return False
        try:
            self._connection.cursor().execute("select 1")
        except psycopg2.Error as error:
            self.loss = first_line(error)
        return bool(self.loss)


@contextmanager
def hold(url: URL) -> Iterator[Lock]:
    """Be the only one who loads or builds in the database; nested blocks do nothing more.

    Raises PulseError when another load or build runs.
    """
    if url in _held:
        yield _held[url]
        return
    with closing(connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("set idle_session_timeout to 0")
            _take(cursor)
            _end_leftovers(cursor)
        _held[url] = Lock(connection)
        try:
            yield _held[url]
        finally:
            del _held[url]
            # The server notices a closed connection only after a while.
            with suppress(psycopg2.Error, PulseError), connection.cursor() as cursor:
                _end_workers(cursor, look_again_after=0.02)
                cursor.execute("select pg_advisory_unlock_all()")


def taken_at(cursor: Cursor) -> datetime | None:
    """Since when a load or build runs in the database; None when none does."""
    # Other users cannot see when the holder's connection started.
    cursor.execute(f"select coalesce(a.backend_start, to_timestamp(0)) {HOLDER}")
    found = cursor.fetchall()
    return found[0][0] if found else None


@contextmanager
def hold_lake(folder: Path) -> Iterator[None]:
    """Be the only one who loads into the lake or builds from it; `folder` is made if necessary.

    Raises PulseError when another does, and OSError when `folder` cannot be written.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    # Where files cannot be locked, a marker file is no substitute: it would outlive its process.
    lock = FileLock(folder / ".lock", blocking=False, fallback_to_soft=False)
    try:
        held = lock.acquire()
    except Timeout:
        raise PulseError(
            f"another load or build is running on {folder}: try again when it ends"
        ) from None
    with held:
        yield


def _take(cursor: Cursor) -> None:
    cursor.execute("select pg_try_advisory_lock(%s)", [NUMBER])
    if cursor.fetchall() == [(True,)]:
        return
    cursor.execute(f"select a.pid, date_trunc('second', a.backend_start)::text {HOLDER}")
    owner = "".join(f" since {since}, on the connection {pid}" for pid, since in cursor.fetchall())
    raise PulseError(
        f"another load or build is running on this database{owner}: try again when it ends"
    )


def _end_leftovers(cursor: Cursor) -> None:
    """End what a load or build that lost the lock still has running, and report it."""
    # It may go on for a moment, until it notices that it has lost the lock.
    if count := _end_workers(cursor, look_again_after=5 * LOOK_SECONDS):
        warn(
            "a load or build before this one died or lost its connection; what it still had"
            f" running was ended ({count} connections)"
        )


def _end_workers(cursor: Cursor, look_again_after: float) -> int:
    """End all work under the lock and wait until it is gone; returns the number of connections."""
    ended: set[int] = set()
    deadline = time.monotonic() + ENDING_SECONDS
    while working := _terminate(cursor):
        ended |= working
        if time.monotonic() > deadline:
            raise PulseError(
                "a load or build that died is still working on the connections"
                f" {', '.join(map(str, sorted(working)))}, which do not end: try again later"
            )
        time.sleep(look_again_after)
    return len(ended)


def _terminate(cursor: Cursor) -> set[int]:
    cursor.execute(
        "select pid, pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and application_name in %s",
        [(LOADER, BUILDER, LEARNER)],
    )
    return {pid for pid, _ in cursor.fetchall()}
