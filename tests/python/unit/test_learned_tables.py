"""Tables of learned results have their own schema and are replaced as a whole or not at all."""

from collections.abc import Callable
from contextlib import closing
from datetime import date

import pandas as pd
import pytest
from typer.testing import CliRunner

from productpulse import lock, summary
from productpulse.cli import app
from productpulse.database import connect
from productpulse.errors import Exit, PulseError
from productpulse.learning import store
from productpulse.learning.clusters import USER_CLUSTERS
from productpulse.learning.tables import AS_OF, Column, Table, conform

Query = Callable[[str], list[tuple]]
OTHER = Table("others", "One row per other.", ("name",), {"name": Column("text", "Its name.")})


def users(*names: str) -> pd.DataFrame:
    return pd.DataFrame({
        "user_id": list(names),
        "cluster_number": range(len(names)),
        "cluster_name": "Power",
        "as_of_date": date(2026, 7, 1),
    })  # fmt: skip


def write(*learned: tuple[Table, pd.DataFrame]) -> None:
    with store.open_store() as opened:
        store.write(opened, list(learned))


def test_tables_have_the_declared_types_and_say_what_they_hold(query: Query) -> None:
    write((USER_CLUSTERS, users("a", "b")))
    assert query(
        "select column_name, data_type, is_nullable, col_description("
        "'learning.user_clusters'::regclass, ordinal_position) from information_schema.columns"
        " where table_schema = 'learning' order by ordinal_position"
    ) == [
        (name, column.data_type, "NO", column.description)
        for name, column in USER_CLUSTERS.columns.items()
    ]
    assert summary.learned() == [("user_clusters", USER_CLUSTERS.description)]
    with pytest.raises(Exception, match="duplicate key"):
        query("insert into learning.user_clusters select * from learning.user_clusters")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (users("a").drop(columns="cluster_name"), "the columns differ by cluster_name"),
        (users("a").assign(more=1), "the columns differ by more"),
        (users("a").assign(cluster_number="1"), "cluster_number is string and should be bigint"),
        (users("a").assign(cluster_number=1.5), "is floating and should be bigint"),
        (users("a").assign(as_of_date="2026-07-01"), "as_of_date is string and should be date"),
        (users("a", None), "user_id lacks a value"),  # type: ignore[arg-type]
        (users("a", "a"), "several rows have the same user_id"),
    ],
)
def test_rows_that_are_not_what_is_declared_are_refused(rows: pd.DataFrame, says: str) -> None:
    with pytest.raises(PulseError, match=says):
        conform(USER_CLUSTERS, rows)


def test_a_write_that_fails_leaves_the_rows_of_before_in_every_table(query: Query) -> None:
    others = pd.DataFrame({"name": ["x"]})
    write((USER_CLUSTERS, users("a")), (OTHER, others))
    query("alter table learning.others add check (name = 'x')")
    with pytest.raises(Exception, match="violates check constraint"):
        write((USER_CLUSTERS, users("b")), (OTHER, pd.DataFrame({"name": ["y"]})))
    assert query("select user_id from learning.user_clusters") == [("a",)]
    assert query("select name from learning.others") == [("x",)]
    with pytest.raises(PulseError, match="lacks a value"):
        write((USER_CLUSTERS, users("b")), (OTHER, pd.DataFrame({"name": [None]})))
    assert query("select user_id from learning.user_clusters") == [("a",)]


def test_who_reads_while_it_is_written_sees_the_rows_of_before(
    query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    write((USER_CLUSTERS, users("a", "b")))
    seen = []
    let_read = store._let_reporter_read

    def look(*arguments: object) -> None:
        let_read(*arguments)  # type: ignore[arg-type]
        seen.extend(
            query("set statement_timeout to '5s'; select user_id from learning.user_clusters")
        )

    monkeypatch.setattr(store, "_let_reporter_read", look)
    write((USER_CLUSTERS, users("c")))
    assert sorted(seen) == [("a",), ("b",)]
    assert query("select user_id from learning.user_clusters") == [("c",)]


def test_nothing_is_learned_while_somebody_loads_or_builds(query: Query) -> None:
    with closing(connect()) as other:
        other.cursor().execute("select pg_advisory_lock(%s)", [lock.NUMBER])
        with pytest.raises(PulseError, match="another load or build is running"):
            write((USER_CLUSTERS, users("a")))
    assert query("select to_regnamespace('learning')") == [(None,)]


def test_views_of_others_stay_and_see_the_new_rows(query: Query) -> None:
    write((USER_CLUSTERS, users("a")))
    query("create view public.mine as select user_id from learning.user_clusters")
    write((USER_CLUSTERS, users("b")))
    assert query("select user_id from public.mine") == [("b",)]


def test_a_table_of_an_older_version_is_replaced_unless_others_depend_on_it(query: Query) -> None:
    older = Table(USER_CLUSTERS.name, "One row per user.", ("user_id",), {
        "user_id": Column("text", "User."), **AS_OF
    })  # fmt: skip
    rows = users("a")[["user_id", "as_of_date"]]
    write((older, rows))
    query("create view public.mine as select user_id from learning.user_clusters")
    with pytest.raises(PulseError, match=r"older version, and others depend .*\(view mine") as no:
        write((USER_CLUSTERS, users("b")))
    assert "\n" not in str(no.value)
    assert query("select user_id from public.mine") == [("a",)]
    query("drop view public.mine")
    write((USER_CLUSTERS, users("b")))
    assert query("select cluster_name from learning.user_clusters") == [("Power",)]


def test_a_table_of_somebody_else_is_not_touched(query: Query) -> None:
    query("create schema learning; create table learning.user_clusters as select 1 as x")
    with pytest.raises(PulseError, match=r"learning\.user_clusters: not made by productpulse"):
        write((USER_CLUSTERS, users("a")))
    assert query("select x from learning.user_clusters") == [(1,)]
    assert summary.learned() == []


def test_what_earlier_versions_wrote_among_the_marts_goes_if_it_is_ours_and_not_used(
    query: Query, capfd: pytest.CaptureFixture[str]
) -> None:
    query("create schema marts; create table marts.user_clusters (x int)")
    query("create table marts.others (x int); create table marts.churn_model_scores (x int)")
    for name in ("user_clusters", "churn_model_scores"):
        query(f"comment on table marts.{name} is E'One row.\\nmade by productpulse'")
    query("create view public.mine as select * from marts.user_clusters")
    write((USER_CLUSTERS, users("a")), (OTHER, pd.DataFrame({"name": ["x"]})))
    assert "marts.user_clusters has the columns of an older version" in capfd.readouterr().err
    query("drop view public.mine")
    write((USER_CLUSTERS, users("a")), (OTHER, pd.DataFrame({"name": ["x"]})))
    left = "select relname from pg_class where relnamespace = 'marts'::regnamespace order by 1"
    assert query(left) == [("churn_model_scores",), ("others",)]
    assert capfd.readouterr().err == ""


def test_the_reporter_reads_them_and_the_rights_of_a_schema_of_others_stay(
    query: Query, capfd: pytest.CaptureFixture[str]
) -> None:
    query(
        "do $$ begin create role pulse_reporter; exception when duplicate_object then null; end $$"
    )
    ask = "set role pulse_reporter; select user_id from learning.user_clusters"
    query("create schema learning")
    write((USER_CLUSTERS, users("a")))
    (told,) = capfd.readouterr().err.splitlines()
    with pytest.raises(Exception, match="permission denied for schema learning"):
        query(ask)
    query(told.split("its owner says: ")[1])
    assert query(ask) == [("a",)]
    query("drop schema learning cascade")
    write((USER_CLUSTERS, users("b")))
    assert query(ask) == [("b",)]
    assert capfd.readouterr().err == ""


def test_a_reset_removes_them(query: Query) -> None:
    write((USER_CLUSTERS, users("a")))
    told = CliRunner().invoke(app, ["reset", "--yes"])
    assert told.exit_code == Exit.OK, told.exception
    assert "learning (1): user_clusters" in told.stdout
    assert query("select to_regnamespace('learning')") == [(None,)]
