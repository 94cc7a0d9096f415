"""An existing table is read incrementally by its column, with the result of a full refresh."""

from collections.abc import Callable

from incremental.test_incremental_equals_full_refresh import contents, rebuilt, twin
from warehouse import Warehouse

from sources.conftest import Dbt, on

EXISTING = """
create schema app;
create table app.people (id text, since timestamptz);
insert into app.people select 'u' || n, '2024-01-01' from generate_series(1, 4) as n;
create table app.devices (device text, person text, seen timestamptz);
insert into app.devices values ('d1', 'u1', '2024-01-03');
create table app.log (
    id text, person text, device text, what text, at timestamptz, synced_at timestamptz
);
insert into app.log
select 'e' || n, 'u' || n % 3 + 1, null, 'look',
    timestamptz '2024-01-01 10:00' + n * interval '7 hours',
    timestamptz '2024-01-11' + n * interval '1 second'
from generate_series(1, 30) as n;
insert into app.log values ('a1', null, 'd1', 'look', '2024-01-02 09:00', '2024-01-11 00:00:31');
"""
SOURCES = {
    "users": {"relation": "app.people", "columns": {"user_id": "id", "created_at": "since"}},
    "user_aliases": {
        "relation": "app.devices",
        "columns": {"anonymous_id": "device", "user_id": "person", "linked_at": "seen"},
    },
    "events": {
        "relation": "app.log",
        "columns": {
            "event_id": "id",
            "user_id": "person",
            "anonymous_id": "device",
            "event_name": "what",
            "occurred_at": "at",
        },
        "loaded_at": "synced_at",
    },
}
SELECTED = ("+int_activity__user_days", "+int_activity__sessions", "+rows_by_load")


def assert_equals_full_refresh(warehouse: Warehouse, dbt: Dbt, when: str) -> None:
    fresh = on(twin(warehouse), dbt.manifest)
    fresh.build(*SELECTED, sources=SOURCES, options=("--full-refresh",))
    expected, found = contents(fresh.warehouse, "postgres"), contents(warehouse, "postgres")
    assert found == expected, when
    assert found["intermediate.int_activity__user_days"], when


def test_new_rows_by_their_column_equal_a_full_refresh(new_dbt: Callable[[str], Dbt]) -> None:
    dbt = new_dbt("mapped_incremental")
    warehouse = dbt.warehouse
    dbt.sql(EXISTING)
    dbt.build(*SELECTED, sources=SOURCES)
    assert rebuilt(warehouse, "postgres")

    # later rows: of an old day, of a known device, twice delivered; and a device that is known now
    dbt.sql(
        "insert into app.log values"
        " ('n1', 'u4', null, 'look', '2024-01-01 03:00', '2024-01-12'),"
        " ('n2', null, 'd2', 'look', '2024-01-04 03:00', '2024-01-12'),"
        " ('e5', 'u3', null, 'look', '2024-01-02 21:00', '2024-01-12 00:00:01'),"
        " ('n3', 'u1', null, 'look', '2024-01-11 21:00', '2024-01-12 00:00:02');"
        "insert into app.devices values ('d2', 'u2', '2024-01-05')"
    )
    dbt.build(*SELECTED, sources=SOURCES)
    assert not rebuilt(warehouse, "postgres")
    assert_equals_full_refresh(warehouse, dbt, "rows were added")

    # a row from before other rows already read: noticed by the number of rows
    dbt.sql(
        "insert into app.log values ('n4', 'u4', null, 'look', '2024-01-06', '2024-01-11 12:00')"
    )
    dbt.build(*SELECTED, sources=SOURCES)
    assert rebuilt(warehouse, "postgres")
    assert_equals_full_refresh(warehouse, dbt, "a row came late")

    # a row that does not say when it came
    dbt.sql("update app.log set synced_at = null where id = 'e1'")
    for _ in range(2):
        dbt.sql("update app.log set person = 'u4' where id = 'e1'")
        dbt.build(*SELECTED, sources=SOURCES)
        assert rebuilt(warehouse, "postgres")
    assert_equals_full_refresh(warehouse, dbt, "a row has no time")
