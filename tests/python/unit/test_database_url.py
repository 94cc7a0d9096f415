"""Which database is meant, and how its URL is read and written."""

from pathlib import Path

import psycopg2.extensions
import pytest
import yaml
from dbt.config.renderer import ProfileRenderer
from dbt_common.context import set_invocation_context
from sqlalchemy import URL, make_url

from productpulse import database, reporter, server
from productpulse.errors import PulseError
from productpulse.server import record

EMBEDDED = URL.create("postgresql", "pulse", "secret-of-ours", "127.0.0.1", 20000, "productpulse")
HARD = "p@:/%\"'\\ ü+&?#1"
PROFILES = Path(__file__).resolve().parents[3] / "profiles.example.yml"


@pytest.fixture(autouse=True)
def nothing_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable set, and an embedded server that is not really started."""
    for name in (
        *("PULSE_DATABASE_URL", "PULSE_LAKE", "PGHOST", "PGPORT", "PGDATABASE", "PGUSER"),
        *("PGPASSWORD", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGSSLMODE", "PGPASSFILE"),
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULSE_HOME", str(tmp_path))
    monkeypatch.setattr(server, "start", lambda: EMBEDDED)


def test_without_any_variable_the_embedded_server_is_meant() -> None:
    assert database.database_url() == EMBEDDED
    assert not database.is_external()


def test_pg_variables_come_before_the_embedded_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "pg.example.com")
    monkeypatch.setenv("PGUSER", "ann")
    assert database.url_text(database.database_url()) == "postgresql://ann@pg.example.com:5432/ann"
    assert database.is_external()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PGDATABASE", "shop", "postgresql://ann@localhost:5432/shop"),
        ("PGPORT", "5433", "postgresql://ann@localhost:5433/ann"),
        ("PGHOST", "/run/pg", "postgresql://ann@:5432/ann?host=%2Frun%2Fpg"),
    ],
)
def test_each_pg_variable_alone_chooses_an_external_server(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGUSER", "ann")
    monkeypatch.setenv(name, value)
    assert database.url_text(database.database_url()) == expected


def test_user_and_password_alone_choose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGUSER", "ann")
    monkeypatch.setenv("PGPASSWORD", "x")
    assert not database.is_external()


def test_our_url_comes_before_the_pg_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere")
    monkeypatch.setenv("PULSE_DATABASE_URL", "postgres://bob:pw@pg.example.com/shop")
    assert database.url_text(database.database_url()) == (
        "postgresql://bob:pw@pg.example.com:5432/shop"
    )


def test_a_service_file_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "services.conf"
    file.write_text("[prod]\nhost=pg.example.com\nuser=ann\ndbname=shop\nsslmode=require\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    monkeypatch.setenv("PGSERVICE", "prod")
    monkeypatch.setenv("PGHOST", "loses")
    assert database.url_text(database.database_url()) == (
        "postgresql://ann@pg.example.com:5432/shop?sslmode=require"
    )
    monkeypatch.setenv("PGSERVICE", "other")
    with pytest.raises(PulseError, match=r'service "other" not found: check PGSERVICE') as caught:
        database.connect()
    assert "\n" not in str(caught.value)


def test_a_url_has_all_that_the_pg_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGUSER", "ann")
    monkeypatch.setenv("PGPASSWORD", HARD)
    monkeypatch.setenv("PGHOST", "pg.example.com")
    monkeypatch.setenv("PGPORT", "5432")
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGPASSFILE", "/etc/passwords")
    url = database.database_url()
    assert url == URL.create(
        *("postgresql", "ann", HARD, "pg.example.com", 5432, "ann"),
        query={"sslmode": "require", "passfile": "/etc/passwords"},
    )
    assert database.libpq_environment(url)["PGPASSFILE"] == "/etc/passwords"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "not a URL"),
        ("postgresql://u:secret@h:port/db", "not a URL"),
        ("postgresql://u:secret@h:70000/db", "the port 70000"),
        ("mysql://u:secret@h/db", "begins with mysql://"),
    ],
)
def test_a_broken_url_is_one_line_that_keeps_the_password(
    text: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_DATABASE_URL", text)
    with pytest.raises(PulseError, match=says) as caught:
        database.database_url()
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_broken_port_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "tcp")
    with pytest.raises(PulseError, match="PGPORT is 'tcp'"):
        database.database_url()


def test_special_characters_survive_writing_and_reading() -> None:
    url = URL.create("postgresql", "a@b", HARD, "::1", 5433, "my db", {"sslmode": "require"})
    text = database.url_text(url)
    assert " " not in text
    assert make_url(text) == url
    read_by_libpq = psycopg2.extensions.parse_dsn(text)
    assert read_by_libpq == {
        "user": "a@b",
        "password": HARD,
        "host": "::1",
        "port": "5433",
        "dbname": "my db",
        "sslmode": "require",
    }


def test_a_child_process_gets_all_that_the_url_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "would-win-over-PGHOST")
    url = make_url("postgresql://u:p%40@h:5/d?sslmode=require&connect_timeout=3")
    assert database.libpq_environment(url) == {
        "PGHOST": "h",
        "PGPORT": "5",
        "PGUSER": "u",
        "PGPASSWORD": "p@",
        "PGDATABASE": "d",
        "PGSSLMODE": "require",
        "PGCONNECT_TIMEOUT": "3",
    }
    assert "PGSERVICE" not in database.child_environment(url)


def test_each_database_has_a_lake_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database.lake_dir() == tmp_path / "lake"
    lakes = set()
    for text in (
        "//u@h/a",
        "//u@h/b",
        "//u@h:1/a",
        "//u@i/a",
        "//u@h/a%2F..%2F..%2Fb",
        "//u@h/a_b",
    ):
        monkeypatch.setenv("PULSE_DATABASE_URL", "postgresql:" + text)
        assert database.lake_dir().parent == tmp_path
        lakes.add(database.lake_dir())
    assert len(lakes) == 6
    monkeypatch.setenv("PULSE_LAKE", str(tmp_path / "mine"))
    assert database.lake_dir() == tmp_path / "mine"


def test_an_exported_url_of_the_embedded_server_still_means_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        record,
        "read",
        lambda: record.Server(20000, "pulse", "secret-of-ours", "productpulse", "postgres", 18),
    )
    yesterday = EMBEDDED.set(port=20001)
    monkeypatch.setenv("PULSE_DATABASE_URL", database.url_text(yesterday))
    assert not database.is_external()
    assert database.database_url() == EMBEDDED
    assert database.lake_dir() == tmp_path / "lake"
    monkeypatch.setenv("PULSE_DATABASE_URL", database.url_text(yesterday.set(password="another")))
    assert database.is_external()


@pytest.mark.parametrize(
    ("builder", "reader"),
    [
        ("//u:secret@h:5433/d", "//pulse_reporter@h:5433/d"),
        (
            "//u:secret@h/d?sslmode=require&sslkey=secret",
            "//pulse_reporter@h:5432/d?sslmode=require",
        ),
        ("//h/d?password=secret&options=-csecret", "//pulse_reporter@h:5432/d"),
        ("//u@/d?host=%2Frun%2Fpg&passfile=secret", "//pulse_reporter@:5432/d?host=%2Frun%2Fpg"),
    ],
)
def test_the_address_of_the_reporter_has_no_secret_of_the_builder(
    builder: str, reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_DATABASE_URL", "postgresql:" + builder)
    address = reporter.address()
    assert database.url_text(address) == "postgresql:" + reader
    assert "secret" not in str(reporter.fields(address))


def rendered(**environment: str) -> dict:
    set_invocation_context(environment)
    profiles = yaml.safe_load(PROFILES.read_text(encoding="utf-8"))
    return ProfileRenderer({}).render_data(profiles)["productpulse"]["outputs"]["postgres"]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:p@h:5433/d",
        "postgres://u:p@h/d?sslmode=require&application_name=x",
        "postgresql://u:123@h/d",
        "postgresql://u@127.0.0.1/d?options=-c%20a=b@c",
        "postgresql://u:p@[::1]:77/d",
        "postgresql://u:p@[::1]/d",
        "postgresql://u:p@:5433/d?host=%2Frun%2Fpg",
        "postgresql://u:p@/d",
        "postgresql://o%27b%40x:p%40%3A%2F%25%22%5C%20%C3%BC%2B1@h/my%20db",
    ],
)
def test_the_dbt_profile_reads_a_url_as_we_do(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_DATABASE_URL", text)
    ours = database.libpq_environment(database.database_url())
    profile = rendered(PULSE_DATABASE_URL=text)
    assert ours == ours | {
        "PGHOST": profile["host"],
        "PGPORT": str(profile["port"]),
        "PGUSER": profile["user"],
        "PGPASSWORD": profile["password"],
        "PGDATABASE": profile["dbname"],
    }
    assert profile["sslmode"] == ours.get("PGSSLMODE", "prefer")


def test_the_dbt_profile_falls_back_to_pg_variables_and_then_to_the_container() -> None:
    fields = ("host", "port", "user", "password", "dbname")
    container, variables = (
        rendered(),
        rendered(PGHOST="h", PGPORT="6", PGUSER="a b", PGPASSWORD='007%"', PGDATABASE="d"),
    )
    assert [container[f] for f in fields] == ["localhost", 5432, "pulse", "pulse", "productpulse"]
    assert [variables[f] for f in fields] == ["h", 6, "a b", '007%"', "d"]


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ('FATAL:  database "shop" does not exist', "createdb -h h -p 5432 -U u shop"),
        ('FATAL:  password authentication failed for user "u"', "refuses user u"),
        ("fe_sendauth: no password supplied", "refuses user u"),
        ("connection refused\n\tIs the server running?", "nothing answers at h:5432"),
        ('could not translate host name "h" to address: x', "host h is not known"),
        ("SSL error: odd\n", "SSL error: odd"),
    ],
)
def test_a_failed_connection_says_what_to_do(
    said: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise psycopg2.OperationalError(f'connection to server at "h" failed: {said}')

    monkeypatch.setattr(psycopg2, "connect", fail)
    monkeypatch.setenv("PULSE_DATABASE_URL", "postgresql://u:secret@h/shop")
    with pytest.raises(PulseError) as caught:
        database.connect()
    assert advice in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)
