"""What is recorded about builds, and what is reported about the last one."""

from collections.abc import Callable

import pytest

from productpulse import builds
from productpulse.builds import Build
from productpulse.database import database_url
from productpulse.lock import hold
from productpulse.paths import project_root
from productpulse.usage import usage

Query = Callable[[str], list[tuple]]
MARTS = ("fct_sales", "fct_visits", "dim_people")


@pytest.fixture
def built(query: Query) -> Query:
    """A database with three marts, a load, and a learned table, which no build makes."""
    query("create schema marts; create schema audit; create table marts.user_clusters ()")
    query("create table audit.loads (load_id text, content_hash text, loaded_at timestamptz)")
    query("comment on table audit.loads is 'made by productpulse'")
    query("insert into audit.loads values ('one', 'x', '2026-01-02 03:00+01')")
    make(query)
    return query


def make(query: Query, *marts: str) -> None:
    """Make marts as dbt does: the new table takes the place of the old one."""
    for mart in marts or MARTS:
        query(
            f"create table marts.{mart}__dbt_tmp (x integer); drop table if exists marts.{mart};"
            f"alter table marts.{mart}__dbt_tmp rename to {mart}"
        )


def last() -> Build:
    found = builds.last(database_url())
    assert found
    return found


def test_a_build_that_passes_tells_when_and_of_what_it_was(built: Query) -> None:
    with builds.recorded(database_url(), '{"week_start":  "sunday"}'):
        make(built)
    found = last()
    assert (found.status, found.variables) == ("passed", '{"week_start": "sunday"}')
    assert found.ended_at and found.started_at < found.ended_at
    assert (found.loads, str(found.last_loaded_at)) == (1, "2026-01-02 02:00:00")
    assert (found.marts, found.stale_marts, found.newer_loads) == (3, 0, 0)
    built("insert into audit.loads values ('two', 'y', now())")
    assert last().newer_loads == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError, "failed"), (KeyboardInterrupt, "interrupted"), (SystemExit, "interrupted")],
)
def test_a_build_that_is_broken_off_leaves_marts_from_before(
    built: Query, error: type[BaseException], status: str
) -> None:
    with pytest.raises(error), builds.recorded(database_url()):
        make(built, "fct_sales")
        raise error
    assert (last().status, last().marts, last().stale_marts) == (status, 3, 2)
    assert not builds.is_built(database_url())


def test_a_build_runs_as_long_as_the_lock_is_held_that_it_began_under(built: Query) -> None:
    url = database_url()
    assert builds.at_work(url) is None
    with hold(url):
        with builds.recorded(url):
            make(built, "dim_people")
            assert builds.at_work(url) is not None
            assert (last().status, last().stale_marts) == ("running", 2)
        assert last().status == "passed"
    built("update audit.builds set status = 'running', ended_at = null")
    assert last().status == "interrupted", "it was killed"
    with hold(url):
        assert last().status == "interrupted", "another one holds the lock"


def test_a_build_is_current_until_loads_vars_or_marts_change(built: Query) -> None:
    url = database_url()
    make(built, "fct_arr_by_period")
    with builds.recorded(url, '{"a": 1, "b": 2}'):
        pass
    assert builds.is_built(url, '{"b": 2, "a": 1}')
    assert not builds.is_built(url, '{"a": 1}')
    assert not builds.is_built(url)
    built("drop table marts.fct_arr_by_period")
    assert not builds.is_built(url, '{"a": 1, "b": 2}')
    make(built, "fct_arr_by_period")
    built("insert into audit.loads values ('two', 'y', now())")
    assert not builds.is_built(url, '{"a": 1, "b": 2}')


def test_the_record_of_an_earlier_version_is_carried_on(built: Query) -> None:
    built("create table audit.builds (fingerprint text, built_at timestamptz)")
    built("comment on table audit.builds is 'made by productpulse'")
    built("insert into audit.builds values ('old', '2026-01-01')")
    assert builds.last(database_url()) is None
    with builds.recorded(database_url()):
        pass
    assert built("select build_id, status, fingerprint = 'old' from audit.builds order by 1") == [
        (1, "passed", True),
        (2, "passed", False),
    ]


def test_who_may_not_read_the_record_is_told_nothing_of_builds(built: Query) -> None:
    with builds.recorded(database_url()):
        pass
    built("create role stranger login password 'strange'")
    try:
        stranger = database_url().set(username="stranger", password="strange")
        assert builds.last(stranger) is None
    finally:
        built("drop role stranger")


def test_only_what_uses_a_changed_var_is_made_again(built: Query) -> None:
    url = database_url()
    make(built, "fct_arr_by_period")
    with builds.recorded(url, '{"mau_window_days": 30}') as parts:
        parts["steps"] = 480
    found = builds.change(url, '{"mau_window_days": 30, "gross_margin_rate": 0.7}')
    assert (found.because, found.steps) == (("gross_margin_rate",), 480)
    assert found.nodes and found.nodes < usage(project_root()).by_node.keys()
    assert "fct_arr_by_period" in found.nodes and "fct_sessions" not in found.nodes
    assert not builds.change(url, '{"mau_window_days": 30, "ltv_cap_months": 60}').nodes, "default"
    # a profile sets the policies
    profile = builds.change(url, '{"mau_window_days": 30, "revenue_profile": "stripe"}')
    assert profile.nodes == usage(project_root()).users_of(
        {"revenue_profile", "mrr_statuses", "fx_policy", "refund_policy", "cancel_policy"}
        | {"discount_policy", "past_due_grace_days"}
    )


@pytest.mark.parametrize(
    "statement",
    [
        "update audit.builds set status = 'failed'",
        "create or replace view marts.fct_sales as select 2 as x",
        "insert into audit.loads values ('two', 'y', now())",
        "create schema raw; create table raw.users (); insert into raw.users default values",
        "create schema raw; create view raw.users as select 1 as user_id",
        "create schema staging; create table staging.anything ()",
    ],
)
def test_what_is_not_sure_makes_everything(built: Query, statement: str) -> None:
    url = database_url()
    with builds.recorded(url):
        pass
    assert builds.change(url).nodes == frozenset()
    if "or replace" in statement:
        built("drop table marts.fct_sales")
    built(statement)
    assert builds.change(url, '{"gross_margin_rate": 0.7}').nodes is None
    assert builds.change(url).nodes is None


@pytest.mark.parametrize(
    ("before", "by_hand"),
    [
        ("create table reference.plans (x int)", "truncate reference.plans"),
        (
            "create view reference.plans as select 1 as x;"
            "create view public.mine as select * from reference.plans",
            "create or replace view reference.plans as select 2 as x",
        ),
    ],
)
def test_what_dbt_by_hand_refills_in_its_place_makes_everything(
    built: Query, before: str, by_hand: str
) -> None:
    built(f"create schema reference; {before}")
    with builds.recorded(database_url()):
        pass
    assert builds.is_built(database_url())
    built(by_hand)
    assert builds.change(database_url()).nodes is None


@pytest.mark.parametrize("var", ["sources", "schema_prefix", "misspelt"])
def test_a_var_on_which_all_depends_makes_everything(built: Query, var: str) -> None:
    with builds.recorded(database_url()):
        pass
    assert builds.change(database_url(), f'{{"{var}": "x"}}').nodes is None


def test_a_changed_seed_is_made_again_with_what_follows(
    built: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database_url()
    with builds.recorded(url):
        pass
    parts = builds.made_of(url)
    other = parts | {"seeds": parts["seeds"] | {"scenarios": "other"}}
    monkeypatch.setattr(builds, "made_of", lambda *_: other)
    nodes = frozenset({"scenarios", "dim_metrics"})
    assert builds.change(url) == builds.Change(nodes, ("scenarios",))
    fewer = parts["seeds"].copy()
    del fewer["scenarios"]
    monkeypatch.setattr(builds, "made_of", lambda *_: parts | {"seeds": fewer})
    assert builds.change(url).nodes is None


@pytest.mark.parametrize(
    ("part", "nodes"),
    [("approvals", {"dim_metrics"}), ("metrics", {"fct_metric_values", "dim_metrics"})],
)
def test_a_changed_catalogue_makes_only_what_tells_of_it(
    built: Query, monkeypatch: pytest.MonkeyPatch, part: str, nodes: set[str]
) -> None:
    url = database_url()
    with builds.recorded(url):
        pass
    parts = builds.made_of(url)
    other = parts | {"catalogue": parts["catalogue"] | {part: "other"}}
    monkeypatch.setattr(builds, "made_of", lambda *_: other)
    assert builds.change(url) == builds.Change(frozenset(nodes), (part,))
    # versions may know of other parts
    monkeypatch.setattr(builds, "made_of", lambda *_: parts | {"catalogue": {}})
    assert builds.change(url).nodes is None
