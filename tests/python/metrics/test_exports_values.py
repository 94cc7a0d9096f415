"""What tools compute from the exports is what stands in the marts, on DuckDB.

dbt parses the semantic models without a warning and MetricFlow, which dbt-core 1.12 brings with it,
answers them; the expressions of the other exports are run as their tools would run them.
"""

import json
import math
import shutil
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from marts.conftest import edges
from oracle.worlds import loads, write_world
from warehouse import Warehouse, copy_project

from productpulse.catalogue.exports import dbt, segment_columns
from productpulse.catalogue.exports.expressions import adds_up_over, expression
from productpulse.catalogue.read import Metric, catalogue
from productpulse.paths import project_root

METRICS = catalogue().metrics
IN_METRICFLOW = [name for name, metric in METRICS.items() if not dbt.why_not(metric)]
WITH_VALUES = [name for name, metric in METRICS.items() if metric.date]
Rows = dict[tuple, float | None]


@pytest.fixture(scope="session")
def built(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """A small world on DuckDB."""
    warehouse = new_warehouse("exports")
    for load in loads(edges((1, 2))):
        folder = tmp_path_factory.mktemp("load")
        write_world(load, folder)
        warehouse.command("load", folder)
    warehouse.build("duckdb")
    return warehouse


@pytest.fixture(scope="session")
def parsed(built: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What dbt says when it parses the project with the export, and the folder that it writes."""
    project = tmp_path_factory.mktemp("parsed") / "project"
    copy_project(project)
    if not (project / "metrics").exists():
        (project / "metrics").symlink_to(project_root() / "metrics")
    (project / "models").unlink()
    shutil.copytree(project_root() / "models", project / "models")
    file = project / "models" / "metrics.yml"
    built.command("metric", "export", "--format", "dbt", "--output", file)
    done = built.dbt(
        *("parse", "duckdb", "--no-partial-parse", "--show-all-deprecations"), project=project
    )
    return done.stdout, built.dbt_folder("duckdb") / "target"


def test_dbt_parses_it_without_a_warning(parsed: tuple[str, Path]) -> None:
    said, target = parsed
    assert "warn" not in said.lower() and "deprecat" not in said.lower(), said
    manifest = json.loads((target / "manifest.json").read_text())
    known = {each["name"] for each in manifest["metrics"].values()}
    (left,) = (
        each["config"]["meta"]["left_out"]
        for each in manifest["exposures"].values()
        if each["name"] == dbt.LEFT_OUT
    )
    assert METRICS.keys() == (known & METRICS.keys()) | left.keys()
    assert not known & left.keys()


@pytest.fixture(scope="session")
def metricflow(built: Warehouse, parsed: tuple[str, Path]) -> Any:
    """Asks MetricFlow for one metric by `metric_time` of a grain: its rows by their dates."""
    pytest.importorskip("metricflow", reason="dbt-core brings MetricFlow from 1.12 on")
    from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
    from metricflow.protocols.sql_client import SqlEngine
    from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
    from metricflow_semantics.model.dbt_manifest_parser import (
        parse_manifest_from_dbt_generated_manifest,
    )
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    class OnDuckDB:
        """What MetricFlow needs to know of an engine to write SQL for it."""

        sql_engine_type = SqlEngine.DUCKDB
        sql_plan_renderer = DuckDbSqlPlanRenderer()

        def render_bind_parameter_key(self, key: str) -> str:
            return f"${key}"

    text = (parsed[1] / "semantic_manifest.json").read_text()
    lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(text))
    engine = MetricFlowEngine(lookup, OnDuckDB())  # type: ignore[arg-type]

    def ask(name: str, grain: str) -> Rows:
        request = MetricFlowQueryRequest.create(
            metric_names=[name], group_by_names=[f"metric_time__{grain}"]
        )
        sql = engine.explain(request).sql_statement.without_descriptions.sql
        return {(_day(when),): _number(value) for when, value in built.rows(sql, "duckdb")}

    return ask


@pytest.mark.parametrize("name", IN_METRICFLOW)
def test_metricflow_gives_the_values_of_the_mart(
    name: str, built: Warehouse, metricflow: Any
) -> None:
    grain = _shortest(METRICS[name])
    expected = _values(built, name, grain)
    answered = {key: value for key, value in metricflow(name, grain).items() if key[0]}
    assert _same(answered, expected), (answered, expected)


LONGER = [name for name in IN_METRICFLOW if isinstance(METRICS[name].grain, dict)]


@pytest.mark.parametrize("name", LONGER)
def test_metricflow_makes_months_as_the_mart_does(
    name: str, built: Warehouse, metricflow: Any
) -> None:
    expected = _values(built, name, "month")
    assert expected and _same(metricflow(name, "month"), expected)


@pytest.mark.parametrize("name", WITH_VALUES)
def test_an_expression_gives_the_values_of_the_mart(name: str, built: Warehouse) -> None:
    """By period and by each segment."""
    metric = METRICS[name]
    grain = metric.grain["column"] if isinstance(metric.grain, dict) else f"'{metric.grain}'"
    for segment, columns in _segments(metric):
        keys = [str(metric.date), grain, *columns]
        found = built.rows(
            f"select {', '.join(keys)}, {expression(metric)} from marts.{metric.mart}"
            f" where {metric.date} is not null group by {', '.join(keys)}",
            "duckdb",
        )
        answered = {
            (_day(row[0]), row[1], *map(_text, row[2:-1])): _number(row[-1]) for row in found
        }
        expected = {
            (when, grain, *([value] if columns else [])): number
            for when, grain, value, number in built.rows(
                "select date, period_grain, segment_value, value from marts.fct_metric_values"
                f" where metric_name = '{name}' and segment_name = '{segment}'",
                "duckdb",
            )
        }
        if columns and segment_columns(metric):
            answered = {
                (when, length, value): number
                for (when, length, named, value), number in answered.items()
                if named == segment
            }
        if metric.aggregate == "count":
            # a date on which nothing was counted has no row in the tall table
            expected = dict.fromkeys(answered, 0.0) | expected
        assert _same(answered, expected), segment


@pytest.mark.parametrize("name", METRICS)
def test_an_expression_over_all_rows_does_not_count_twice(name: str, built: Warehouse) -> None:
    """It is null, the sum of the rows of the whole, or that of a mart without such rows."""
    metric = METRICS[name]
    ((value,),) = built.rows(f"select {expression(metric)} from marts.{metric.mart}", "duckdb")
    over = adds_up_over(metric)
    named = segment_columns(metric)
    if isinstance(metric.grain, dict) or not (over or metric.aggregate):
        ((rows,),) = built.rows(f"select count(*) from marts.{metric.mart}", "duckdb")
        assert value is None or rows == 1 or metric.where
    elif "time" in over and named and not metric.parts_add_up_over:
        where = [f"{name} = '{value}'" for name, value in metric.where.items()]
        ((whole,),) = built.rows(
            f"select sum({metric.value}) from marts.{metric.mart}"
            f" where {' and '.join([*where, f'{named[0]} = {chr(39)}all{chr(39)}'])}",
            "duckdb",
        )
        assert _number(value) == _number(whole)


def _shortest(metric: Metric) -> str:
    return metric.grain if isinstance(metric.grain, str) else "day"


def _values(built: Warehouse, name: str, grain: str) -> Rows:
    """The values of the whole, by date; of a mart without it, the sum of its first segment."""
    found = built.rows(
        "select date, segment_name, value from marts.fct_metric_values"
        f" where metric_name = '{name}' and period_grain = '{grain}'",
        "duckdb",
    )
    names = {segment for _, segment, _ in found}
    chosen = "all" if "all" in names else min(names, default="")
    rows: Rows = {}
    for when, segment, value in found:
        if segment == chosen and value is not None:
            rows[(when,)] = (rows.get((when,)) or 0) + value
    return rows


def _segments(metric: Metric) -> list[tuple[str, list[str]]]:
    """The whole where there is one, then each segment with its columns."""
    named = segment_columns(metric)
    if named:
        return [("all", []), ("country", list(named)), ("all", list(named))]
    parts = [(part["name"], [part["column"]]) for part in metric.segments]
    return parts if parts and not metric.aggregate else [("all", []), *parts]


def _same(answered: Rows, expected: Rows) -> bool:
    """Whether the rows with a value are the same."""
    one, other = (
        {key: value for key, value in rows.items() if value is not None}
        for rows in (answered, expected)
    )
    return one.keys() == other.keys() and all(
        math.isclose(value, other[key] or 0, rel_tol=1e-9, abs_tol=1e-9)
        for key, value in one.items()
    )


def _day(value: Any) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float, Decimal)) else None


def _text(value: Any) -> str:
    return "none" if value is None else str(value)
