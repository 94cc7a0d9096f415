"""The export for dbt has every metric of the catalogue, or its name with the reason."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from productpulse.catalogue.exports import Entry, dbt
from productpulse.catalogue.read import catalogue
from productpulse.catalogue.trust import Trust

METRICS = catalogue().metrics
PROPOSED = Trust("proposed", None, (), "")
ENTRIES = [Entry(metric, PROPOSED) for metric in METRICS.values()]
TEXT = dbt.export(ENTRIES)
SAID = yaml.safe_load(TEXT)
EXPORTED = {each["name"]: each for each in SAID["metrics"]}
MODELS = {each["name"]: each for each in SAID["semantic_models"]}
(REASONS,) = (each["config"]["meta"]["left_out"] for each in SAID["exposures"])


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_there_or_named_with_the_reason(name: str) -> None:
    assert (name in EXPORTED) != (name in REASONS)
    if name in REASONS:
        assert REASONS[name] and f"#   {name}: {REASONS[name]}\n" in TEXT


def test_the_reasons_are_those_that_a_reader_expects() -> None:
    expected = {
        "dau": "it counts distinct users, so that days do not add up",
        "nrr": "it is a quotient whose parts do not add up over time",
        "median_session_duration": (
            "the value of a longer time cannot be made from those of shorter ones"
        ),
        "risk_score": "it has no date",
        "feature_adopters": "values by feature_id do not sum, and there is no row for the whole",
    }
    assert expected.items() <= REASONS.items()
    assert {"arr", "new_arr", "bounce_rate", "signups", "retention_d7"} <= EXPORTED.keys()


@pytest.mark.parametrize("name", sorted(EXPORTED.keys() & METRICS.keys()))
def test_no_row_is_counted_twice(name: str) -> None:
    """One segment and one grain are chosen wherever the mart has several."""
    metric = METRICS[name]
    parts = [name] if name not in _ratios() else [f"{name}_numerator", f"{name}_denominator"]
    for part in parts:
        chosen = EXPORTED[part].get("filter", "")
        entity = metric.mart.removeprefix("fct_").removeprefix("dim_")
        if any("name_column" in each for each in metric.segments):
            assert f"{{{{ Dimension('{entity}__segment_name') }}}} = 'all'" in chosen
        if isinstance(metric.grain, dict):
            assert f"{{{{ Dimension('{entity}__period_grain') }}}} = 'day'" in chosen
        for column, value in metric.where.items():
            given = f"'{value}'" if isinstance(value, str) else str(value).lower()
            assert f"{{{{ Dimension('{entity}__{column}') }}}} = {given}" in chosen


def test_what_stands_on_a_day_is_not_summed_over_days() -> None:
    measures = {
        each["name"].removesuffix("_measure"): each
        for model in MODELS.values()
        for each in model["measures"]
    }
    for name in EXPORTED.keys() & METRICS.keys():
        if name in measures and "time" not in METRICS[name].adds_up_over:
            last = measures[name]["non_additive_dimension"]
            assert last["window_choice"] == "max", name
            assert last["name"] == measures[name]["agg_time_dimension"]
    assert "non_additive_dimension" in measures["arr"]
    assert "non_additive_dimension" not in measures["new_arr"]


def test_a_mart_with_periods_of_several_lengths_has_a_time_for_each() -> None:
    times = {
        each["name"]: each["type_params"]["time_granularity"]
        for each in MODELS["fct_retention_cohorts"]["dimensions"]
        if each["type"] == "time"
    }
    assert times == {f"cohort_start_{grain}": grain for grain in ("day", "week", "month")}


def test_weeks_that_begin_on_sunday_are_days_to_dbt() -> None:
    said = yaml.safe_load(dbt.export(ENTRIES, week_start="sunday"))
    (model,) = (x for x in said["semantic_models"] if x["name"] == "fct_retention_cohorts")
    grains = {each["type_params"]["time_granularity"] for each in _times(model)}
    assert grains == {"day", "month"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"successor": "wau"}, "it is deprecated: use wau"),
        ({"date": None, "grain": None}, "it has no date"),
        ({"unit": "rate"}, "the value of a longer time cannot be made from those of shorter ones"),
        ({"adds_up_over": ("segments", "time")}, None),
        ({"closing": True}, None),
        ({"adds_up_over": ("time",)}, None),
        ({"segments": ({"name": "event", "column": "event_name"},)}, "it counts distinct users"),
        (
            {"segments": ({"name": "event", "column": "event_name"},), "adds_up_over": ("time",)},
            "values by event_name do not sum",
        ),
    ],
)
def test_why_a_metric_is_left_out(changes: dict[str, Any], reason: str | None) -> None:
    found = dbt.why_not(replace(METRICS["dau"], **changes))
    assert found is None if reason is None else (found or "").startswith(reason)


def test_nothing_is_said_of_left_out_metrics_where_there_are_none() -> None:
    text = dbt.export([Entry(METRICS["arr"], PROPOSED)])
    assert "Left out" not in text and "exposures" not in yaml.safe_load(text)


def _ratios() -> set[str]:
    return {name for name, metric in METRICS.items() if metric.parts_add_up_over}


def _times(model: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in model["dimensions"] if each["type"] == "time"]
