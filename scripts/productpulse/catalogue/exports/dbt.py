"""Semantic models and metrics as dbt 1.12 reads them and MetricFlow answers them.

They are top-level `semantic_models` and `metrics`: the newer form stands inside a model's own yml,
and two files cannot describe one model. What MetricFlow cannot hold is named with the reason.
"""

from collections.abc import Iterable
from typing import Any

from productpulse.catalogue.exports import (
    ONLY_DATE,
    SHORTEST_GRAIN,
    Entry,
    as_yaml,
    by_mart,
    categories,
    segment_columns,
)
from productpulse.catalogue.query import literal
from productpulse.catalogue.read import Metric

HEAD = """\
# The metrics of the catalogue for dbt's semantic layer, written by
# `productpulse metric export --format dbt`. Put it among the models of the project.
# Values by segment, and of periods of other lengths, are in fct_metric_values.
"""
LEFT_OUT = "productpulse_metrics_left_out"
Spec = dict[str, Any]


def export(given: Iterable[Entry], week_start: str = "monday") -> str:
    """The YAML file. `week_start`: dbt knows only weeks that begin on Monday."""
    given = list(given)
    reasons = {entry.metric.id: why_not(entry.metric) for entry in given}
    kept = [entry for entry in given if not reasons[entry.metric.id]]
    left = {entry.metric.id: reasons[entry.metric.id] or "" for entry in given if entry not in kept}
    marts = by_mart(kept)
    said: Spec = {
        "semantic_models": [_semantic_model(mart, week_start, marts[mart]) for mart in marts],
        "metrics": [spec for mart in marts for entry in marts[mart] for spec in _metrics(entry)],
    }
    if left:
        said["exposures"] = [_left_out(given, left)]
    return HEAD + _comments(left) + as_yaml(said)


def why_not(metric: Metric) -> str | None:
    """Why MetricFlow cannot answer it rightly; None where it can."""
    if metric.is_deprecated:
        return f"it is deprecated: use {metric.successor}"
    if metric.date is None:
        return "it has no date"
    over = set(metric.parts_add_up_over or metric.adds_up_over)
    columns = [column for column in categories(metric) if column not in metric.where]
    if columns and "segments" not in over:
        return f"values by {' and '.join(columns)} do not sum, and there is no row for the whole"
    if "time" in over or metric.date == ONLY_DATE or metric.closing:
        return None
    if metric.denominator:
        return "it is a quotient whose parts do not add up over time"
    if metric.unit in ("users", "accounts"):
        return f"it counts distinct {metric.unit}, so that days do not add up"
    return "the value of a longer time cannot be made from those of shorter ones"


def _comments(left: dict[str, str]) -> str:
    lines = ["# Left out, because MetricFlow would answer something else:"] if left else []
    lines += [f"#   {name}: {reason}" for name, reason in left.items()]
    return "".join(f"{line}\n" for line in lines)


def _left_out(given: list[Entry], left: dict[str, str]) -> Spec:
    """The same reasons where programs find them: in the manifest, by the marts they are about."""
    marts = sorted({entry.metric.mart for entry in given if entry.metric.id in left})
    return {
        "name": LEFT_OUT,
        "label": "Metrics that the semantic layer cannot hold",
        "type": "analysis",
        "owner": {"name": "data"},
        "description": "Metrics of the catalogue without a metric here; meta has the reasons.",
        "depends_on": [f"ref('{mart}')" for mart in marts],
        "config": {"meta": {"left_out": left}},
    }


def _semantic_model(mart: str, week_start: str, given: list[Entry]) -> Spec:
    metrics = [entry.metric for entry in given]
    return {
        "name": mart,
        "model": f"ref('{mart}')",
        "description": f"The metrics of {mart}.",
        "primary_entity": _entity(mart),
        "defaults": {"agg_time_dimension": _time_name(metrics[0], metrics)},
        "dimensions": [*_times(metrics, week_start), *_dimensions(metrics)],
        "measures": [measure for metric in metrics for measure in _measures(metric, metrics)],
    }


def _entity(mart: str) -> str:
    """The name of a row of the mart: its dimensions are entity__column."""
    return mart.removeprefix("fct_").removeprefix("dim_")


def _grain(metric: Metric) -> str:
    return metric.grain if isinstance(metric.grain, str) else SHORTEST_GRAIN


def _time_name(metric: Metric, beside: list[Metric]) -> str:
    """The name of its time dimension: the column, with the grain where the mart has several."""
    assert metric.date
    grains = {_grain(each) for each in beside if each.date == metric.date}
    return metric.date if len(grains) == 1 else f"{metric.date}_{_grain(metric)}"


def _times(metrics: list[Metric], week_start: str) -> list[Spec]:
    found: dict[str, Spec] = {}
    for metric in metrics:
        name, grain = _time_name(metric, metrics), _grain(metric)
        if grain == "week" and week_start != "monday":
            grain = "day"
        found[name] = {
            "name": name,
            "type": "time",
            "expr": metric.date,
            "type_params": {"time_granularity": grain},
        }
    return list(found.values())


def _dimensions(metrics: list[Metric]) -> list[Spec]:
    names = dict.fromkeys(column for metric in metrics for column in _columns(metric))
    return [{"name": name, "type": "categorical", "expr": name} for name in names]


def _columns(metric: Metric) -> list[str]:
    """The columns by which it can be filtered or grouped."""
    grain = [metric.grain["column"]] if isinstance(metric.grain, dict) else []
    complete = [metric.complete] if metric.complete else []
    return [
        *grain,
        *(segment_columns(metric) or ()),
        *categories(metric),
        *metric.where,
        *complete,
    ]


def _parts(metric: Metric) -> dict[str, str]:
    """The measures of a metric and their columns: two for a quotient."""
    if not metric.parts_add_up_over:
        return {metric.id: metric.value or "1"}
    assert metric.numerator and metric.denominator
    return {
        f"{metric.id}_numerator": metric.numerator,
        f"{metric.id}_denominator": metric.denominator,
    }


def _measures(metric: Metric, beside: list[Metric]) -> list[Spec]:
    time = _time_name(metric, beside)
    measure: Spec = {"agg": "sum", "agg_time_dimension": time}
    over = metric.parts_add_up_over or metric.adds_up_over
    if "time" not in over:
        # what stands on a day: the last day of a longer time, by the rows that the filter leaves
        measure["non_additive_dimension"] = {"name": time, "window_choice": "max"}
    return [
        {"name": f"{name}_measure", "expr": expr} | measure for name, expr in _parts(metric).items()
    ]


def _metrics(entry: Entry) -> list[Spec]:
    """The metric; for a quotient also its two parts."""
    metric = entry.metric
    parts = [
        _spec(entry, name, {"measure": f"{name}_measure"}) | _filter(metric)
        for name in _parts(metric)
    ]
    if not metric.parts_add_up_over:
        return parts
    for part, word in zip(parts, ("numerator", "denominator"), strict=True):
        part["label"] = f"{metric.label}, {word}"
        part["description"] = f"The {word} of {metric.id}."
    names = {word: f"{metric.id}_{word}" for word in ("numerator", "denominator")}
    return [*parts, _spec(entry, metric.id, names, "ratio")]


def _spec(entry: Entry, name: str, params: Spec, kind: str = "simple") -> Spec:
    metric = entry.metric
    meta = {
        "metric": metric.id,
        "area": metric.area,
        "owner": metric.owner,
        "tier": metric.tier,
        "unit": metric.unit,
        "direction": metric.direction,
        "trust": entry.trust.state,
        "adds_up_over": list(metric.adds_up_over),
    }
    return {
        "name": name,
        "label": metric.label,
        "description": f"{metric.description} {metric.formula}",
        "type": kind,
        "type_params": params,
        "config": {"meta": meta},
    }


def _filter(metric: Metric) -> Spec:
    """The rows of the mart that are the metric: of one grain, and of no segment but the whole."""
    named = segment_columns(metric)
    rows: dict[str, Any] = {named[0]: "all"} if named else {}
    if isinstance(metric.grain, dict):
        rows[metric.grain["column"]] = SHORTEST_GRAIN
    rows |= metric.where
    if not rows:
        return {}
    entity = _entity(metric.mart)
    said = [f"{{{{ Dimension('{entity}__{name}') }}}} = {literal(rows[name])}" for name in rows]
    return {"filter": " and ".join(said)}
