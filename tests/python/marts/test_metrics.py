"""The catalogue in the warehouse: every number of the tall table is the cell of its mart."""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from oracle.clock import ONE_DAY
from warehouse import ENGINES, OWN_FOLDER, copy_warehouse

from productpulse.catalogue.check import checked
from productpulse.catalogue.query import reproducing
from productpulse.catalogue.read import Metric

from .conftest import Answered

Row = dict[str, Any]
MONTHS = {"month": 1, "quarter": 3, "fiscal_year": 12}
# Metric, grain, date, name and value of the segment.
Place = tuple[str, str, date, str, str]


def months_before(day: date, months: int) -> date:
    """The same day some months earlier, or the last day of a shorter month."""
    number = day.year * 12 + day.month - 1 - months
    year, month = divmod(number, 12)
    next_first = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (next_first - ONE_DAY).day
    return date(year, month + 1, min(day.day, last))


def before(day: date, grain: str) -> date:
    """First date of the period before."""
    if grain in MONTHS:
        return months_before(day, MONTHS[grain])
    return day - timedelta(days=7 if grain == "week" else 1)


def a_year_before(day: date, grain: str) -> date:
    """First date of the same period a year before."""
    return day - timedelta(weeks=52) if grain == "week" else months_before(day, 12)


def number(value: Any) -> float | None:
    return None if value is None else float(value)


def cells(metric: Metric, rows: list[Row]) -> Iterator[tuple[Place, Row]]:
    """What the tall table should hold of a metric, read off the rows of its mart."""
    assert metric.date
    parts: tuple[dict[str, str] | None, ...] = metric.segments or (None,)
    if metric.aggregate and metric.segments:
        parts = (None, *metric.segments)
    for part in parts:
        groups: dict[Place, list[Row]] = defaultdict(list)
        for row in rows:
            if row[metric.date] is None or any(row[k] != v for k, v in metric.where.items()):
                continue
            grain = metric.grain if isinstance(metric.grain, str) else None
            if isinstance(metric.grain, dict):
                grain = row[metric.grain["column"]]
            segment = ("all", "all")
            if part and "name" in part:
                value = row[part["column"]]
                segment = (part["name"], "none" if value is None else str(value))
            elif part:
                segment = (row[part["name_column"]], row[part["value_column"]])
            groups[metric.id, str(grain), row[metric.date], *segment].append(row)
        for place, group in groups.items():
            first = group[0]
            if metric.aggregate == "count":
                value = float(len(group))
            elif metric.aggregate == "sum":
                held = [
                    Decimal(str(row[metric.value]))
                    for row in group
                    if row[metric.value] is not None
                ]
                value = float(sum(held)) if held else None
            else:
                assert len(group) == 1, f"{place} is not one cell"
                value = number(first[metric.value])
            yield (
                place,
                {
                    "value": value,
                    "numerator": number(first.get(metric.numerator)),
                    "denominator": number(first.get(metric.denominator)),
                    "is_complete": first[metric.complete]
                    if metric.complete
                    else place[2] <= first["as_of_date"],
                },
            )


@pytest.fixture(scope="module")
def expected(answered: Answered) -> dict[Place, Row]:
    """Every row of the tall table, from the marts, with what it is compared with."""
    held = checked().metrics.values()
    marts = {metric.mart: answered.warehouse.table(metric.mart) for metric in held if metric.date}
    for rows in marts.values():
        for row in rows:
            row.setdefault("as_of_date", answered.company.as_of)
    found: dict[Place, Row] = {}
    for metric in held:
        if metric.date:
            found.update(cells(metric, marts[metric.mart]))
    for (name, grain, day, *segment), row in found.items():
        for column, other in (
            ("previous_value", before(day, grain)),
            ("year_ago_value", a_year_before(day, grain)),
        ):
            then = found.get((name, grain, other, *segment))
            is_fair = row["is_complete"] and then and then["is_complete"]
            row[column] = then["value"] if then and is_fair else None
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_every_number_of_the_tall_table_is_the_cell_of_its_mart(
    answered: Answered, expected: dict[Place, Row], engine: str
) -> None:
    seen = {}
    for row in answered.warehouse.table("fct_metric_values", engine):
        place = (row["metric_name"], row["period_grain"], row["date"])
        seen[*place, row["segment_name"], row["segment_value"]] = row
    assert sorted(seen.keys() - expected.keys())[:5] == [], "rows too many"
    assert sorted(expected.keys() - seen.keys())[:5] == [], "rows missing"
    wrong = [
        (place, column, seen[place][column], wanted)
        for place, row in expected.items()
        for column, wanted in row.items()
        if seen[place][column] != wanted
        and not (
            isinstance(wanted, float) and seen[place][column] == pytest.approx(wanted, rel=1e-12)
        )
    ]
    assert wrong[:10] == [], f"{len(wrong)} cells differ (place, column, found, expected)"
    compared = [row for row in expected.values() if row["previous_value"] is not None]
    assert len(compared) > 100
    assert any(row["year_ago_value"] is not None for row in expected.values())


@pytest.mark.parametrize("engine", ENGINES)
def test_every_metric_is_there_with_what_its_file_says(answered: Answered, engine: str) -> None:
    held = checked().metrics
    seen = {row["metric_name"]: row for row in answered.warehouse.table("dim_metrics", engine)}
    assert seen.keys() == held.keys()
    for name, metric in held.items():
        row = seen[name]
        for column in ("label", "description", "formula", "area", "owner", "unit", "direction"):
            assert row[column] == getattr(metric, column), (name, column)
        assert (row["source_model"], row["value_column"]) == (metric.mart, metric.value)
        assert (row["tier"], row["trust"], row["is_drifted"]) == (metric.tier, "proposed", False)
        assert row["has_values"] == (metric.date is not None)
        assert row["fingerprint"], name
        assert row["parameters"] is None or all(
            f"{var}=" in row["parameters"] for var in metric.vars
        )
    window = answered.params.mau_window_days
    assert f"mau_window_days={window}" in seen["mau"]["parameters"]


@pytest.mark.parametrize("engine", ENGINES)
def test_lineage_leads_from_each_mart_to_raw_tables(answered: Answered, engine: str) -> None:
    found = defaultdict(list)
    for row in answered.warehouse.table("dim_metric_lineage", engine):
        found[row["metric_name"]].append(row)
    held = checked().metrics
    assert found.keys() == held.keys()
    for name, rows in found.items():
        depths = {row["node"]: row["depth"] for row in rows}
        assert [row["node"] for row in rows if row["depth"] == 0] == [held[name].mart]
        for row in rows:
            if row["used_by"]:
                assert row["depth"] == depths[row["used_by"]] + 1, row
    layers = {(row["node"], row["layer"]) for row in found["dau"]}
    assert {("events", "raw"), ("tracking_plan", "reference")} <= layers
    assert ("invoices", "raw") in {(row["node"], row["layer"]) for row in found["leakage_found"]}


def test_the_command_line_gives_the_values_of_the_mart(answered: Answered) -> None:
    def told(*arguments: str) -> Any:
        return json.loads(answered.warehouse.command("metric", *arguments, "--json").stdout)

    rows = answered.warehouse.table("fct_active_users_by_period")
    wanted = {
        (row["segment_value"], row["period_start"].isoformat()): row["active_users"]
        for row in rows
        if row["segment_name"] == "platform" and row["period_grain"] == "week"
    }
    found = told("values", "active_users", "--grain", "week", "--by", "platform")
    assert {(row["segment_value"], row["date"]): row["value"] for row in found} == wanted
    days = sorted({day for _, day in wanted})[1:3]
    some = told("values", "active_users", "--grain", "week", "--from", days[0], "--to", days[1])
    assert [row["date"] for row in some] == days
    assert {row["segment_name"] for row in some} == {"all"}

    shown = told("show", "dau")
    assert shown["lineage"][0]["node"] == "fct_active_users_daily"
    counted = answered.warehouse.rows(f"select count(*) from ({shown['query']}) as found")
    days_of_dau = {row["date"] for row in answered.warehouse.table("fct_active_users_daily")}
    assert counted == [(len(days_of_dau),)]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_query_that_is_shown_gives_the_values(answered: Answered, engine: str) -> None:
    wrong = []
    for metric in checked().metrics.values():
        rows = answered.warehouse.rows(reproducing(metric, "marts"), engine)
        if metric.date is None or metric.is_deprecated:
            continue
        whole = {part["name"] for part in metric.segments if "name" in part}
        by = "all" if metric.aggregate or not whole else whole.pop()
        held = answered.warehouse.rows(
            "select value from marts.fct_metric_values"
            f" where metric_name = '{metric.id}' and segment_name = '{by}'",
            engine,
        )
        seen = sorted(float(row[-1]) for row in rows if row[-1] is not None)
        wanted = sorted(value for (value,) in held if value is not None)
        if seen != pytest.approx(wanted, rel=1e-12):
            wrong.append((metric.id, len(seen), len(wanted)))
    assert wrong == []


def test_a_mistake_in_the_catalogue_stops_a_build_before_it_begins(
    answered: Answered, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(OWN_FOLDER, folder)
    (folder / "metrics").mkdir()
    wrong = "area: company\nmetrics: [{id: dau, mart: fct_nothing}, {id: arr, unit: users}]\n"
    (folder / "metrics" / "company.yml").write_text(wrong)
    before = answered.warehouse.rows("select count(*), max(build_id) from audit.builds")
    done = answered.warehouse.command("build", check=False, PULSE_PROJECT=str(folder))
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert "dau: mart fct_nothing does not exist" in lines[0]
    assert "arr: fct_arr_by_period.closing_arr_amount is numeric(18,2)" in lines[1]
    assert lines[-1] == "the metric catalogue has 2 mistakes"
    assert answered.warehouse.rows("select count(*), max(build_id) from audit.builds") == before


@pytest.mark.slow
def test_a_build_says_which_metrics_became_another_number(
    answered: Answered, tmp_path: Path
) -> None:
    folder = tmp_path / "own"
    shutil.copytree(OWN_FOLDER, folder)
    warehouse = copy_warehouse(answered.warehouse, "approved", tmp_path / "home")
    warehouse.command("metric", "approve", "dau", "--by", "Ada", PULSE_PROJECT=str(folder))
    warehouse.build(folder=folder)
    trust = "select trust, approved_by from marts.dim_metrics where metric_name = 'dau'"
    assert warehouse.rows(trust) == [("approved", "Ada")]
    other = {"unknown_events_are_activity": not answered.params.unknown_events_are_activity}
    given = ("build", "--vars", json.dumps(other))
    said = warehouse.command(*given, PULSE_PROJECT=str(folder)).stderr
    assert "drifted: dau: not made as approved (var unknown_events_are_activity: " in said
    assert warehouse.rows(trust) == [("drifted", "Ada")]
    assert "drifted: dau" in warehouse.command("status", PULSE_PROJECT=str(folder)).stdout
