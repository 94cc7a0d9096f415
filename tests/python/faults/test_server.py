"""The life of the embedded Postgres, and what may happen to it."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
import sqlalchemy

import productpulse
from productpulse import database, server
from productpulse.errors import PulseError
from productpulse.server import life, programs, record, root, settings

PACKAGES = os.pathsep.join(
    str(Path(str(m.__file__)).parents[1]) for m in (productpulse, sqlalchemy)
)
"""The path on which another Python finds everything it needs."""
IS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not IS_ROOT, reason="needs root to become another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own folders are closed to other users."""
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="pulse-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A separate state directory; its server ends with the test."""
    yield from use(folder / "state", monkeypatch)


def use(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in [n for n in os.environ if n.startswith(("PG", "PULSE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PULSE_HOME", str(home))
    try:
        yield home
    finally:
        monkeypatch.setenv("PULSE_HOME", str(home))
        with suppress(PulseError):
            server.destroy()


def ask(query: str, *, commit: bool = True) -> list[tuple]:
    with closing(database.connect(server.start())) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        rows = cursor.fetchall() if cursor.description else []
        if commit:
            connection.commit()
        return rows


def postmaster(home: Path) -> int:
    data_dir = home / json.loads((home / "server.json").read_text())["data_dir"]
    return int((data_dir / "postmaster.pid").read_text().split()[0])


def command(
    *arguments: str, home: Path, user: str | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run `productpulse …` in a new process, as `user` when that is given."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PULSE_"))}
    environment |= {"PULSE_HOME": str(home), "PYTHONPATH": PACKAGES, **more}
    entry = pwd.getpwnam(user) if user else None
    python = python_for(user) if user else sys.executable
    return subprocess.run(
        [python, "-m", "productpulse.cli", *arguments],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
    )


def test_it_starts_asks_for_a_password_and_is_crash_safe(home: Path) -> None:
    url = server.start()
    assert server.status().running
    assert ask("select current_database(), current_user, lower('É')") == [
        ("productpulse", "pulse", "é" if (server.status().major or 0) >= 17 else "É")
    ]
    for setting, value in {"fsync": "on", "full_page_writes": "on", "timezone": "UTC"}.items():
        assert ask(f"show {setting}") == [(value,)]
    with pytest.raises(PulseError, match="refuses user pulse"):
        database.connect(url.set(password="guess"))
    assert (home / "server.json").stat().st_mode & 0o077 == 0


def test_the_reporter_has_a_login_and_a_password_of_its_own(home: Path) -> None:
    """Also on a server that was made without the reporter, and after the role was changed."""
    url = server.start()
    record = json.loads((home / "server.json").read_text())
    del record["reporter_password"]
    (home / "server.json").write_text(json.dumps(record))
    (home / "server.json").chmod(0o600)
    ask("create role pulse_reporter nologin")
    told = {command("db", "url", "--reporter", home=home).stdout.strip() for _ in range(2)}
    reporter = sqlalchemy.make_url(told.pop())
    assert not told, "another password each time"
    assert reporter.password and reporter.password != url.password
    assert (home / "server.json").stat().st_mode & 0o077 == 0
    ask("create table mine as select 1 as x")
    with (
        closing(database.connect(reporter)) as connection,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        connection.cursor().execute("select * from mine")
    for change in ("drop role pulse_reporter", "alter role pulse_reporter password 'other'"):
        ask(change)
        database.connect(server.reporter()).close()
    assert not server.owns(reporter), "whoever has that address does not build"


def test_a_second_start_does_nothing_and_says_nothing(
    home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url, process = server.start(), postmaster(home)
    capfd.readouterr()
    assert server.start() == url
    assert postmaster(home) == process
    assert capfd.readouterr() == ("", "")


def test_stopping_and_starting_again_keeps_address_and_rows(home: Path) -> None:
    url = server.start()
    ask("create table kept as select 1 as x")
    assert server.stop()
    assert not server.status().running
    assert not server.stop()
    assert server.start() == url
    assert ask("select x from kept") == [(1,)]


def test_it_lives_in_a_session_of_its_own(home: Path) -> None:
    server.start()
    assert os.getsid(postmaster(home)) != os.getsid(0)


def test_status_does_not_start_it(home: Path) -> None:
    assert server.status() == server.Status(running=False)
    assert command("db", "status", home=home).returncode == 1
    assert not (home / "postgres").exists()


def test_removing_leaves_nothing(home: Path) -> None:
    server.start()
    server.stop()
    server.start()
    assert server.destroy()
    assert [path.name for path in home.iterdir()] == ["server.lock"]
    assert not server.destroy()


def test_after_kill_9_committed_rows_are_there_and_no_others(home: Path) -> None:
    server.start()
    ask("create table kept as select 1 as x")
    ask("insert into kept values (2)", commit=False)
    os.kill(postmaster(home), signal.SIGKILL)
    assert ask("select x from kept") == [(1,)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere one has to wait for them")
def test_after_kill_9_a_statement_that_still_runs_does_not_keep_it_from_starting(
    home: Path,
) -> None:
    with closing(database.connect(server.start())) as connection:
        cursor = connection.cursor()
        cursor.execute("create table kept as select 1 as x")
        connection.commit()
        cursor.execute("insert into kept values (2)")
        busy = Thread(target=run_until_it_breaks, args=(connection,))
        busy.start()
        while (
            ask("select 1 from pg_stat_activity where query like 'do %' and state = 'active'") == []
        ):
            pass
        os.kill(postmaster(home), signal.SIGKILL)
        assert ask("select x from kept") == [(1,)]
        busy.join()


def run_until_it_breaks(connection: Any) -> None:
    minutes = "do 'begin for i in 1..2000000000 loop perform i; end loop; end'"
    with suppress(psycopg2.OperationalError), connection.cursor() as cursor:
        cursor.execute(minutes)
        connection.commit()


def test_a_leftover_process_id_that_now_belongs_to_another_does_not_matter(home: Path) -> None:
    server.start()
    ask("create table kept as select 1 as x")
    os.kill(postmaster(home), signal.SIGKILL)
    file = home / "postgres" / "postmaster.pid"
    file.write_text(file.read_text().replace(file.read_text().split()[0], str(os.getpid()), 1))
    assert not server.stop()
    assert ask("select x from kept") == [(1,)]


def test_when_its_port_is_taken_it_takes_another(home: Path) -> None:
    url = server.start()
    ask("create table kept as select 1 as x")
    server.stop()
    with closing(socket.socket()) as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind((record.HOST, url.port))
        squatter.listen()
        moved = server.start()
        assert moved.port != url.port
        assert ask("select x from kept") == [(1,)]
    assert server.start() == moved


def test_a_port_lost_at_the_last_moment_is_replaced(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.socket()) as squatter:
        squatter.bind((record.HOST, 0))
        squatter.listen()
        taken = squatter.getsockname()[1]
        free = life._free_port
        offers = iter([taken])
        monkeypatch.setattr(life, "_free_port", lambda wanted: next(offers, None) or free(wanted))
        assert server.start().port != taken
        assert ask("select 1") == [(1,)]


def test_a_path_with_spaces_quotes_and_letters_and_an_unknown_locale_will_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in use(folder / "my 'state' $HOME `x` ü", monkeypatch):
        odd = {"LANG": "xx_YY.UTF-8", "LC_ALL": "xx_YY.UTF-8"}
        done = command("db", "url", home=home, **odd)
        assert done.returncode == 0, done.stderr
        assert done.stdout == database.url_text(server.start()) + "\n"
        assert ask("select upper('ü')")


def test_processes_that_start_it_at_once_get_the_same_server(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": PACKAGES}
    program = [sys.executable, "-m", "productpulse.cli", "db", "url"]
    together = [
        subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    urls = {process.communicate()[0] for process in together}
    assert urls == {database.url_text(server.start()) + "\n"}


def test_an_interrupted_creation_leaves_nothing_half_done(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = programs.run

    def interrupted(program: Path, *arguments: str, **more: Any) -> None:
        if program.name == "postgres":
            raise KeyboardInterrupt
        run(program, *arguments, **more)

    with monkeypatch.context() as during:
        during.setattr(programs, "run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            server.start()
    assert not (home / "postgres").exists()
    assert not (home / "postgres.new").exists()
    (home / "postgres.new").mkdir()  # As a kill -9 would leave it.
    (home / "postgres.new" / "data").touch()
    assert ask("select 1") == [(1,)]


def test_a_start_that_fails_says_why_in_one_line(home: Path) -> None:
    server.start()
    server.stop()
    (home / "postgres" / "postgresql.auto.conf").write_text("work_mem = 'lots'\n")
    with pytest.raises(
        PulseError, match=r"did not start: configuration file .* contains errors"
    ) as caught:
        server.start()
    assert "\n" not in str(caught.value)


def test_data_stay_with_the_version_that_made_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = sorted(programs.installs())
    if len(installed) < 2:
        pytest.skip("only one version of Postgres in the package")
    with monkeypatch.context() as earlier:
        earlier.setattr(programs, "newest", lambda: installed[0])
        server.start()
        ask("create table kept as select 1 as x")
        server.stop()
    assert programs.newest() == installed[-1]
    assert ask("select x, current_setting('server_version_num') from kept")[0][1].startswith(
        str(installed[0])
    )
    server.stop()
    monkeypatch.setattr(programs, "installs", lambda: {installed[-1] + 1: home})
    with pytest.raises(PulseError, match=f"needs Postgres {installed[0]}, which is not installed"):
        server.start()


def test_a_lost_or_damaged_record_is_one_line_and_removing_starts_afresh(home: Path) -> None:
    server.start()
    server.stop()
    (home / "server.json").write_text("{")
    with pytest.raises(PulseError, match="is damaged"):
        server.start()
    (home / "server.json").unlink()
    with pytest.raises(PulseError, match="its password is gone"):
        server.start()
    assert server.destroy()
    assert ask("select 1") == [(1,)]


def test_a_database_that_is_not_there_is_one_line(home: Path) -> None:
    with pytest.raises(PulseError, match="create it with `createdb"):
        database.connect(server.start().set(database="absent"))
    with pytest.raises(PulseError, match=r"nothing answers at 127\.0\.0\.1:1"):
        database.connect(server.start().set(port=1))


def test_the_command_line_serves_psql_and_the_shell(home: Path) -> None:
    asked = command("db", "psql", "-Atc", "select 40 + 2", home=home, PGHOST="")
    assert (asked.returncode, asked.stdout) == (0, "42\n"), asked.stderr
    exported = command("db", "env", home=home).stdout
    url = server.start()
    assert f"export PGPORT={url.port}\n" in exported
    assert f"export PGPASSWORD={url.password}\n" in exported
    state = command("db", "status", "--json", home=home)
    assert (state.returncode, json.loads(state.stdout)["running"]) == (0, True)
    assert str(url.password) not in state.stdout
    assert command("db", "remove", home=home).returncode == 1
    assert command("db", "stop", home=home).returncode == 0
    assert not server.status().running


def test_a_server_of_somebody_else_is_left_alone(home: Path) -> None:
    server.start()
    ask("create role ann login superuser password 'pw'")
    url = database.url_text(server.start().set(username="ann", password="pw"))

    def elsewhere(verb: str) -> subprocess.CompletedProcess[str]:
        return command("db", verb, home=home / "elsewhere", PULSE_DATABASE_URL=url)

    assert elsewhere("status").returncode == 0
    for verb, code in {"start": 0, "stop": 0, "remove": 1}.items():
        done = elsewhere(verb)
        assert (done.returncode, "is not the embedded Postgres" in done.stderr) == (code, True)
    assert elsewhere("url").stdout == url + "\n"
    assert server.status().running


@pytest.mark.parametrize(("free", "kind"), [(64 * settings.MB, "mmap"), (4 * settings.GB, "posix")])
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/shm")
def test_little_shared_memory_in_a_container_is_not_used(
    free: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=free, f_frsize=1))
    assert settings._dynamic_shared_memory() == kind


@pytest.mark.parametrize(("memory", "buffers"), [(0.5, 128), (4, 512), (64, 1024)])
def test_shared_buffers_follow_the_memory_within_bounds(
    memory: float, buffers: int, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "_memory_bytes", lambda: int(memory * settings.GB))
    some = record.Server(1, "pulse", "", "productpulse", "postgres", 18)
    assert f"shared_buffers = {buffers}MB\n" in settings.text(some)


@only_root
def test_a_state_directory_that_only_root_reaches_keeps_its_data_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root, "SYSTEM_DIR", folder / "var")
    (folder / "root").mkdir(mode=0o700)
    for home in use(folder / "root" / "state", monkeypatch):
        ask("create table kept as select 1 as x")
        assert Path(server.status().data_dir or "").parent == folder / "var"
        assert not (home / "postgres").exists()
        assert (folder / "root").stat().st_mode & 0o777 == 0o700
        server.stop()
        assert ask("select x from kept") == [(1,)]
        (home / "server.json").unlink()
        assert server.destroy()
        assert list((folder / "var").iterdir()) == []


@only_root
def test_programs_that_only_root_reaches_are_copied_once(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root, "SYSTEM_DIR", folder / "var")
    real = next(iter(programs.installs().values())).parent
    hidden = folder / "root" / "site-packages"
    hidden.mkdir(parents=True)
    for name in (real.name, f"{real.name}.libs"):
        if real.with_name(name).exists():
            (hidden / name).symlink_to(real.with_name(name))
    (folder / "root").chmod(0o700)
    monkeypatch.setattr(
        programs,
        "installs",
        lambda installs=programs.installs(): {  # noqa: B008
            major: hidden / real.name / install.name for major, install in installs.items()
        },
    )
    assert ask("select 1") == [(1,)]
    (copied,) = (folder / "var").iterdir()
    inode = copied.stat().st_ino
    server.stop()
    assert ask("select 1") == [(1,)]
    assert [path.stat().st_ino for path in (folder / "var").iterdir()] == [inode]


@only_root
def test_an_ordinary_user_runs_it_and_root_may_visit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in use(folder / "state", monkeypatch):
        home.mkdir()
        shutil.chown(home, "nobody")
        own = command("db", "url", home=home, user="nobody")
        assert own.returncode == 0, own.stderr
        assert (home / "postgres").owner() == "nobody"
        assert database.url_text(server.start()) + "\n" == own.stdout
        server.stop()
        server.start()  # By root, on behalf of the owner of the data.
        again = command("db", "psql", "-Atc", "select 1", home=home, user="nobody")
        assert (again.returncode, again.stdout) == (0, "1\n"), again.stderr
        stopped = command("db", "stop", home=home, user="nobody")
        assert stopped.returncode == 0, stopped.stderr
        assert not server.status().running


@only_root
def test_an_ordinary_user_is_told_in_one_line_that_root_came_first(home: Path) -> None:
    server.start()
    for verb in ("start", "stop", "status", "url"):
        done = command("db", verb, home=home, user="nobody")
        assert done.returncode == 1
        assert done.stdout == ""
        assert "belongs to another user" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert server.status().running


def python_for(user: str) -> str:
    """A Python that `user` can run: ours may lie in root's home. Skips the test without one."""
    version = "python{}.{}".format(*sys.version_info)
    entry = pwd.getpwnam(user)
    for python in (sys.executable, shutil.which(version, path="/usr/local/bin:/usr/bin")):
        with suppress(PermissionError):
            if (
                python
                and not subprocess.run(
                    [python, "-c", "import productpulse.cli"],
                    env={"PYTHONPATH": PACKAGES},
                    cwd="/",
                    user=entry.pw_uid,
                    group=entry.pw_gid,
                    extra_groups=[],
                    check=False,
                    capture_output=True,
                ).returncode
            ):
                return python
    pytest.skip(f"{user} can reach no Python {version}")
