"""The same world in another form: what must follow for every cell of every mart."""

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from marts.test_engines_agree import typed
from marts.test_marts_agree_with_the_oracle import MARTS, by_key
from oracle import Reference
from warehouse import Warehouse

from productpulse.database import connect
from productpulse.paths import project_root

from . import relations
from .conftest import Build
from .relations import Row, key_of, without
from .variants import SEEDS, TIMES, WEEKS, WEEKS_OF_YEARS, renamed, shifted, variants

NOT_COMPARED = (*relations.OF_LOADS, *relations.OF_CATALOGUE)
Marts = dict[str, list[Row]]
Told = Callable[[str], Marts]


def years_earlier(rows: list[Row]) -> list[Row]:
    return shifted(rows, -WEEKS_OF_YEARS)


RETOLD: dict[str, Callable[[list[Row]], list[Row]]] = {
    "shuffled": list,
    "in_batches": list,
    "delivered_twice": list,
    "renamed": renamed,
    "years_earlier": years_earlier,
    "elsewhere": list,
}


@pytest.fixture(scope="session")
def told(build: Build, in_order: Warehouse, reference: Reference) -> Told:
    """All marts of a variant, built once."""
    known = variants(reference)

    @cache
    def answer(name: str) -> Marts:
        made = in_order if name == "plain" else build(name, known[name])
        return contents(made, "duckdb")

    return answer


def contents(warehouse: Warehouse, target: str) -> Marts:
    names = (name for name in warehouse.tables(target=target) if name not in NOT_COMPARED)
    return {name: warehouse.table(name, target) for name in names}


def differences(found: Marts, expected: Marts) -> dict[str, Any]:
    """Missing and extra rows by mart; nothing when everything is equal, including types."""
    assert found.keys() == expected.keys()
    wrong = {}
    for mart, rows in expected.items():
        wanted, given = (Counter(tuple(typed(row)) for row in each) for each in (rows, found[mart]))
        if wanted != given:
            wrong[mart] = {"missing": [*(wanted - given)][:2], "extra": [*(given - wanted)][:2]}
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("variant", RETOLD)
def test_told_otherwise_every_mart_says_the_same(variant: str, told: Told) -> None:
    expected = {mart: RETOLD[variant](rows) for mart, rows in told("plain").items()}
    assert differences(told(variant), expected) == {}


@pytest.mark.slow
def test_no_setting_of_a_session_changes_a_mart_on_postgres(
    build: Build, told: Told, reference: Reference, new_warehouse: Callable[[str], Warehouse]
) -> None:
    """Zone, date style and locale of the database, and zone of the client."""
    # the one that is built below: a database is made once by its name
    warehouse = new_warehouse("property_elsewhere_on_postgres")
    with closing(connect(warehouse.url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        # a locale with other conventions, if the server has one
        cursor.execute(
            "select collcollate from pg_collation where collprovider = 'c' "
            "and collcollate !~* '^(c|posix|en)' order by 1 limit 1"
        )
        settings = {
            "timezone": "Pacific/Chatham",
            "datestyle": "SQL, DMY",
            "intervalstyle": "sql_standard",
        } | {f"lc_{kind}": name for (name,) in cursor for kind in ("numeric", "monetary", "time")}
        for setting, value in settings.items():
            cursor.execute(f"alter database {warehouse.url.database} set {setting} = %s", (value,))
    made = build("elsewhere_on_postgres", variants(reference)["elsewhere"], "postgres")
    assert made.rows("show timezone") == [("Pacific/Chatham",)]
    # the driver sets ISO and does not change the order of day and month
    assert made.rows("show datestyle") == [("ISO, DMY",)]
    assert differences(contents(made, "postgres"), told("plain")) == {}


@pytest.mark.slow
def test_money_times_k_is_money_times_k(told: Told) -> None:
    grown = 0
    for mart, rows in told("whole").items():
        found = by_key(told("money_times")[mart], key_of(mart))
        expected = by_key(rows, key_of(mart))
        assert found.keys() == expected.keys(), mart
        for key, row in expected.items():
            for column, value in without(mart, row, relations.QUOTES_OF_MONEY).items():
                if value is not None and relations.is_money(mart, column):
                    roundings = relations.ROUNDED_MONEY.get(mart, {}).get(column, 0)
                    off_by = abs(found[key][column] - TIMES * value)
                    assert 200 * off_by <= (TIMES + 1) * roundings, (mart, key, column)
                    grown += value != 0
                else:
                    assert found[key][column] == value, (mart, key, column)
    assert grown > 1000


@pytest.mark.slow
def test_weeks_later_days_and_weeks_are_the_same(told: Told) -> None:
    def moving(marts: Marts, by: timedelta) -> Marts:
        return {
            mart: shifted(
                [row for row in rows if row.get("period_grain") in relations.GRAINS_THAT_MOVE], by
            )
            for mart, rows in marts.items()
            if mart not in relations.OF_MONTHS
        }

    assert differences(moving(told("weeks_later"), timedelta()), moving(told("whole"), WEEKS)) == {}


@pytest.mark.slow
def test_disjoint_worlds_add_up(told: Told) -> None:
    together = told("plain")
    alone = [told(f"alone_{prefix}") for prefix in SEEDS]
    shared = 0
    for mart, rows in together.items():
        parts = [by_key(marts[mart], key_of(mart)) for marts in alone]
        if mart in relations.SAME_IN_EVERY_WORLD:
            assert differences({mart: alone[0][mart]}, {mart: rows}) == {}
            continue
        whole = by_key(rows, key_of(mart))
        assert whole.keys() >= parts[0].keys() | parts[1].keys(), mart
        for key, row in whole.items():
            has_it = [part[key] for part in parts if key in part]
            if len(has_it) == 1:
                assert without(mart, row, relations.COMPARED_WITH_ALL) == without(
                    mart, has_it[0], relations.COMPARED_WITH_ALL
                ), (mart, key)
                continue
            for column, value in row.items():
                if relations.is_a_count(mart, column, value):
                    total = sum(part[column] or 0 for part in has_it)
                    assert value == total, (mart, key, column)
                    shared += len(has_it) == 2
    assert shared > 1000


@pytest.mark.slow
def test_a_user_who_does_nothing_counts_where_they_must_and_nowhere_else(told: Told) -> None:
    counted = set()
    for mart, rows in told("plain").items():
        expected, found = by_key(rows, key_of(mart)), by_key(told("one_more")[mart], key_of(mart))
        counts = relations.COUNTS_THE_USER.get(mart, ())
        assert found.keys() >= expected.keys(), mart
        assert mart in relations.COUNTS_THE_USER or found.keys() == expected.keys(), mart
        for key, row in found.items():
            before = expected.get(key, dict.fromkeys(counts, 0))
            grown = {column for column in counts if row[column] != before[column]}
            assert all(row[column] == before[column] + 1 for column in grown), (mart, key)
            if grown or key not in expected:
                counted.add(mart)
            same = without(
                mart, row, relations.COUNTS_THE_USER, relations.FOLLOWS_FROM_COUNTING_THE_USER
            )
            if key in expected:
                assert same.items() <= before.items(), (mart, key)
    assert counted == relations.COUNTS_THE_USER.keys()


def test_another_type_and_a_row_too_many_are_differences() -> None:
    expected: Marts = {"mart": [{"users": 1}]}
    assert differences({"mart": [{"users": 1}]}, expected) == {}
    assert differences({"mart": [{"users": 1.0}]}, expected).keys() == {"mart"}
    assert differences({"mart": [{"users": 1}, {"users": 1}]}, expected).keys() == {"mart"}


def test_the_relations_know_every_mart() -> None:
    models = {path.stem for path in (project_root() / "models" / "marts").glob("*/*.sql")}
    assert {*MARTS, *relations.OF_NO_ORACLE, *relations.OF_CATALOGUE} == models
    named = [
        *relations.ROUNDED_MONEY,
        *relations.QUOTES_OF_MONEY,
        *relations.PRICE_LISTS,
        *relations.MONETARY_VALUE_IS_MONEY,
        *relations.OF_MONTHS,
        *relations.COMPARED_WITH_ALL,
        *relations.NOT_ADDITIVE,
        *relations.SAME_IN_EVERY_WORLD,
        *NOT_COMPARED,
        *relations.COUNTS_THE_USER,
        *relations.FOLLOWS_FROM_COUNTING_THE_USER,
    ]
    assert set(named) <= models
