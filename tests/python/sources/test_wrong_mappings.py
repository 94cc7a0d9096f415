"""A wrong mapping gives one line that names it, before anything is built."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sources.conftest import Dbt

EXISTING = """
create schema app;
create table app.people (
    id int, "Plan" text, staff int, since text, price numeric, joined timestamp, born date
);
insert into app.people values
    (1, 'pro', 1, '2024-01-01', 1.5, '2024-01-01 12:00', '2024-01-02'),
    (2, null, 0, '', 2, null, null);
"""
GOOD = {
    "relation": "app.people",
    "columns": {
        "user_id": "id",
        "role": '"Plan"',
        "is_internal": "staff = 1",
        "created_at": "joined",
        "deleted_at": "born",
        "country": None,
    },
    "where": "id < 2 -- the first",
}


def people(**columns: Any) -> dict[str, Any]:
    """The good mapping with other columns."""
    kept = GOOD["columns"]
    return {"users": {**GOOD, "columns": kept | columns}}


WRONG = {
    "'['users']' is not a mapping of raw tables": ["users"],
    "sources, people: there is no such raw table; there are accounts": {"people": "app.people"},
    "sources, users: write a relation such as analytics.users": {"users": 7},
    "sources, users: there is no 'colums'": {"users": {"relation": "app.people", "colums": {}}},
    "the raw table has no column uid": people(uid="id"),
    "there is no relation app.missing in this database": {"users": "app.missing"},
    "'people' is not the name of a relation with its schema": {"users": "people"},
    "'app.people; drop schema app' is not the name": {"users": "app.people; drop schema app"},
    "app.people has no column user_id, which must be there": {"users": "app.people"},
    "app.people has no column nothing to be role": people(role="nothing"),
    "app.people has no column plan to be role; it has id, Plan, staff": people(role='"plan"'),
    "created_at is text there and must be timestamptz": people(created_at="since"),
    "is_internal is integer there and must be boolean": people(is_internal="staff"),
    "function nonsense(integer) does not exist": people(role="nonsense(id)"),
    "app.people has none of the columns account_id, user_id": {
        "subscriptions": {
            "relation": "app.people",
            "columns": {"subscription_id": "id", "created_at": "joined"},
        }
    },
    "amount is numeric there and must be bigint": {
        "payments": {
            "relation": "app.people",
            "columns": dict.fromkeys(["payment_id", "kind", "status", "currency"], "id")
            | {"attempted_at": "joined", "amount": "price"},
        }
    },
}


def test_wrong_mappings_are_one_line_and_a_right_one_is_a_view(
    new_dbt: Callable[[str], Dbt], tmp_path: Path
) -> None:
    dbt = new_dbt("mappings")
    dbt.sql(EXISTING)

    def prepare(sources: Any) -> str:
        return dbt("run-operation", "default__prepare_raw", sources=sources)

    for expected, sources in WRONG.items():
        said = prepare(sources)
        assert expected in said, said
    views = "select count(*) from information_schema.views where table_schema = 'raw'"
    assert dbt.warehouse.rows(views) == [(0,)]

    assert not prepare({})  # does not exist yet: empty tables
    dbt.sql("create view app.everybody as select user_id from raw.users")
    assert "view app.everybody depends on raw.users" in prepare(people())
    dbt.sql("drop view app.everybody")
    assert not prepare(people())
    listed = "user_id, role, is_internal, created_at at time zone 'UTC', deleted_at::date, country"
    found = dbt.warehouse.rows(f"select {listed}, load_id from raw.users")
    assert [(*row[:3], str(row[3]), str(row[4]), *row[5:]) for row in found] == [
        ("1", "pro", True, "2024-01-01 12:00:00", "2024-01-02", None, None)
    ]

    (tmp_path / "users.csv").write_text("user_id,created_at\n7,2024-01-01\n")
    done = dbt.warehouse.command("load", tmp_path, check=False)
    assert done.returncode and "raw.users is a view of another relation" in done.stderr

    # from the mapping to loading and back
    assert not prepare({})
    assert dbt.warehouse.rows("select count(*) from raw.users") == [(0,)]
    dbt.sql("insert into raw.users (user_id) values ('loaded')")
    assert "raw.users holds rows that were loaded" in prepare(people())
    assert dbt.warehouse.rows("select user_id from raw.users") == [("loaded",)]
    assert dbt.warehouse.rows("select count(*) from app.people") == [(2,)]

    assert not dbt("run-operation", "refuse_mixing", sources=people())
    dbt.sql("insert into audit.loads (origin) values ('simulated')")
    said = dbt("run-operation", "refuse_mixing", sources=people())
    assert "your own relations would be read beside the simulated company" in said
    assert not dbt("run-operation", "refuse_mixing")


def test_views_of_somebody_else_named_as_raw_tables_stay(new_dbt: Callable[[str], Dbt]) -> None:
    dbt = new_dbt("own_views")
    dbt.sql(
        EXISTING + "create schema raw; create view raw.users as select id::text as user_id,"
        " null as account_id, null as email, null as full_name, null as role, null as country,"
        " null as acquisition_channel, false as is_internal, joined at time zone 'UTC' as"
        " created_at, null::timestamptz as deleted_at, null::timestamptz as updated_at,"
        " null::timestamptz as loaded_at, null as"
        " load_id from app.people"
    )
    definition = "select pg_get_viewdef('raw.users'::regclass)"
    before = dbt.warehouse.rows(definition)
    assert not dbt("run-operation", "default__prepare_raw")
    assert dbt.warehouse.rows(definition) == before


def test_a_number_that_must_be_there_and_is_not_is_quarantined(
    new_dbt: Callable[[str], Dbt],
) -> None:
    """A tiered price has no unit price: if accepted, the subscription would be worth nothing."""
    dbt = new_dbt("missing_numbers")
    dbt.sql(
        "create schema app; create table app.states as"
        " select change_id, 's' as subscription_id, timestamptz '2024-01-01' as changed_at,"
        " 'active' as status, 'p' as plan_id, 'month' as billing_interval, quantity, unit_amount,"
        " discount_percent, 'USD' as currency from (values ('a', 2, 100, null::numeric),"
        " ('b', 2, null, 0), ('c', null, 100, 0), ('d', 2, 100, 101), ('e', 2, -1, 0))"
        " as listed (change_id, quantity, unit_amount, discount_percent)"
    )
    sources = {"subscription_changes": {"relation": "app.states"}}
    dbt.build("+base_billing__subscription_changes", sources=sources)
    found = dbt.warehouse.rows(
        "select change_id, rejection_reason from staging.base_billing__subscription_changes"
    )
    assert sorted(found) == [
        ("a", None),
        ("b", "out_of_range_unit_amount"),
        ("c", "out_of_range_quantity"),
        ("d", "out_of_range_discount_percent"),
        ("e", "out_of_range_unit_amount"),
    ]
