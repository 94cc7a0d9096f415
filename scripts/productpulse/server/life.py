"""The life of the embedded server: start, status, stop and removal."""

import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg2.extensions import encrypt_password
from sqlalchemy import URL

from productpulse.console import step
from productpulse.database import connect
from productpulse.errors import PulseError
from productpulse.paths import state_dir
from productpulse.reporter import ROLE
from productpulse.server import create, process, programs, record, root, settings
from productpulse.server.record import HOST, Server
from productpulse.server.root import Account

ORPHAN_SECONDS = 30
"""Time for the backends of a killed server to notice that it is gone."""


@dataclass(frozen=True)
class Status:
    """What `productpulse db status` shows. Without a server: not running, and the rest is None."""

    running: bool
    host: str | None = None
    port: int | None = None
    user: str | None = None
    database: str | None = None
    major: int | None = None
    data_dir: str | None = None
    log: str | None = None


def start() -> URL:
    """Start the server unless it runs; the first time, create it. Returns its connection URL.

    Raises PulseError when it cannot be created or started, with the reason Postgres gave.
    """
    with record.locked():
        server = record.read()
        answer = process.answer(server) if server else "none"
        if server is None or answer != "ready":
            with step("starting the embedded Postgres"):
                server = _start(server, answer)
        return server.url


def reporter() -> URL:
    """The reporter's URL; the reporter gets a login with a random password if necessary.

    Starts the server like `start`. Raises PulseError when that fails.
    """
    start()
    with record.locked():
        server = record.read()
        assert server
        if not server.reporter_password or not _admits(server.reporter_url):
            server = _with_reporter(server)
        return server.reporter_url


def stop() -> bool:
    """Stop the server, waiting until it is down. Returns whether it was running."""
    with record.locked():
        server = record.read()
        return server is not None and process.end(record.data_dir(server))


def status() -> Status:
    """Look at the server without changing anything."""
    server = record.read()
    if server is None:
        return Status(running=False)
    return Status(
        running=process.answer(server) == "ready",
        host=HOST,
        port=server.port,
        user=server.user,
        database=server.database,
        major=server.major,
        data_dir=str(record.data_dir(server)),
        log=str(record.log()),
    )


def destroy() -> bool:
    """Stop the server and remove all its data. Returns whether there was anything to remove."""
    with record.locked():
        try:
            server = record.read()
        except PulseError:
            server = None  # An unreadable record must not stop its owner from removing everything.
        data = state_dir() / (
            server.data_dir if server else create.default_data_dir(root.account(None))
        )
        existed = data.exists() or record.path().exists()
        if data.exists():
            # No checkpoint: it would write data that are removed next.
            process.end(data, signal.SIGQUIT)
            shutil.rmtree(data)
        for leftover in (record.path(), record.log(), record.log_before()):
            leftover.unlink(missing_ok=True)
        return existed


def owns(url: URL) -> bool:
    """Whether `url` leads to the embedded server. Its random password proves it; the port in a URL
    that was exported earlier may be out of date."""
    try:
        server = record.read()
    except (PulseError, OSError):
        return False
    if server is None:
        return False
    mine = (server.user, server.password, server.database)
    return (url.username, url.password, url.database) == mine


def _start(server: Server | None, answer: str) -> Server:
    deadline = time.monotonic() + process.START_SECONDS
    while server and answer == "busy" and time.monotonic() < deadline:
        time.sleep(0.2)
        answer = process.answer(server)
    if server and answer == "ready":
        return server

    account = root.account(record.data_dir(server) if server else None)
    server = server or create.new(account)
    data = record.data_dir(server)
    if (data / "PG_VERSION").exists():
        if not record.path().exists():
            raise PulseError(
                f"{data} holds a database, but {record.path()} with its password is gone:"
                " restore it, or start again from nothing with `productpulse db remove`"
            )
        # Even if a newer version is installed: data need the version that created them.
        server = replace(server, major=int((data / "PG_VERSION").read_text()))
        binaries = programs.binaries(server.major, account)
    else:
        binaries = programs.binaries(server.major, account)
        create.initialise(server, binaries, account)

    if process.postmaster(data) is None and sys.platform == "linux":
        process.end_orphans(data)
        # Postgres does not start while another process has the id that it left behind. Removing
        # the file is safe: Postgres also looks for shared memory that is still in use.
        (data / "postmaster.pid").unlink(missing_ok=True)
    return _launch(server, binaries, account)


def _launch(server: Server, binaries: Path, account: Account | None) -> Server:
    data = record.data_dir(server)
    if record.log().exists():
        record.log().replace(record.log_before())
    deadline = time.monotonic() + ORPHAN_SECONDS
    while True:
        server = replace(server, port=_free_port(server.port))
        file = data / "productpulse.conf"
        file.write_text(settings.text(server), encoding="utf-8")
        root.give_to(file, account)
        record.write(server)
        with record.log().open("ab") as log:
            record.log().chmod(0o600)  # The log quotes statements.
            root.give_to_owner_of_state(record.log())
            offset = log.tell()
            # The environment gives the data directory: pg_ctl puts arguments into a shell line.
            done = subprocess.run(
                [
                    binaries / "bin" / "pg_ctl",
                    "start",
                    "-w",
                    "-s",
                    "-t",
                    str(process.START_SECONDS),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **root.surroundings(account, PGDATA=str(data)),
            )
        if done.returncode == 0:
            return server
        with record.log().open("rb") as written:
            written.seek(offset)
            said = written.read().decode(errors="replace")
        gone_soon = "shared memory block" in said or "Address already in use" in said
        if not gone_soon or time.monotonic() > deadline:
            raise PulseError(
                f"the embedded Postgres did not start: {programs.reason(said)} (see {record.log()})"
            )
        time.sleep(0.5)


def _free_port(wanted: int) -> int:
    """`wanted` if it is free, else another port below the range that the system uses for outgoing
    connections, so that it stays free."""
    for port in (wanted, *random.sample(range(15432, 32768), 50)):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                if port:
                    return port
    raise PulseError(f"no free port on {HOST}: check that networking is on")


def _admits(url: URL) -> bool:
    """Whether the server lets this user in; it does not when the role was dropped or changed."""
    try:
        connect(url).close()
    except PulseError as error:
        if "password" not in str(error.__cause__) and "log in" not in str(error.__cause__):
            raise
        return False
    return True


def _with_reporter(server: Server) -> Server:
    """Give the reporter a login and a new password, and store it in the record."""
    server = replace(server, reporter_password=secrets.token_urlsafe(24))
    with closing(connect(server.url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("select exists (select from pg_roles where rolname = %s)", [ROLE])
        verb = "alter" if cursor.fetchall()[0][0] else "create"
        secret = encrypt_password(  # So that the password is in no statement log.
            server.reporter_password, ROLE, scope=connection, algorithm="scram-sha-256"
        )
        cursor.execute(f"{verb} role {ROLE} login password %s", [secret])
        record.write(server)
    return server
