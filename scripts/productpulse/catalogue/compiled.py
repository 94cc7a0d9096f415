"""Write the catalogue as the macros that dbt reads it from: metrics/compiled/*.sql.

dbt cannot read files, so what its models need of the catalogue has to stand in its own language.
"""

import json
from pathlib import Path
from typing import Any

from productpulse.catalogue.approvals import approval
from productpulse.catalogue.read import Catalogue, Metric
from productpulse.files import write_whole

FOLDER = "metrics/compiled"
HEAD = "{# Written from metrics/*.yml by `productpulse build` and `productpulse metric`. #}\n"
TEXTS = (
    *("label", "description", "formula", "area", "owner", "tier", "unit", "direction"),
    *("risk_if_wrong", "successor", "mart", "value", "numerator", "denominator", "aggregate"),
)


def files(found: Catalogue) -> dict[str, str]:
    """The text of each file, by its name."""
    ordered = [found.metrics[name] for name in sorted(found.metrics)]
    return {
        "metric_catalogue.sql": _macro("metric_catalogue", [_entry(each) for each in ordered]),
        "metric_sources.sql": _macro("metric_sources", sources(ordered)),
    }


def sources(metrics: list[Metric]) -> list[dict[str, Any]]:
    """What the tall table reads: the metrics with a date, by the rows of a mart that hold them."""
    found: dict[str, dict[str, Any]] = {}
    for metric in metrics:
        if not metric.has_values:
            continue
        source = {
            "mart": metric.mart,
            "where": metric.where,
            "aggregate": metric.aggregate,
            "date": metric.date,
            "grain": metric.grain if isinstance(metric.grain, str) else None,
            "grain_column": metric.grain["column"] if isinstance(metric.grain, dict) else None,
            "complete": metric.complete,
            "segments": list(metric.segments),
        }
        entry = {
            "id": metric.id,
            "value": metric.value,
            "numerator": metric.numerator,
            "denominator": metric.denominator,
        }
        key = json.dumps(source, sort_keys=True)
        found.setdefault(key, source | {"metrics": []})["metrics"].append(entry)
    return [found[key] for key in sorted(found)]


def write(found: Catalogue, project: Path) -> None:
    """Write the files below a dbt project where they differ."""
    folder = project / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files(found).items():
        write_whole(folder / name, text)


def _entry(metric: Metric) -> dict[str, Any]:
    said = approval(metric)
    return {
        "id": metric.id,
        **{name: getattr(metric, name) for name in TEXTS},
        "where": metric.where,
        "vars": list(metric.vars),
        "seeds": list(metric.seeds),
        "adds_up_over": list(metric.adds_up_over),
        "is_in_values": metric.has_values,
        "approved_by": said.by if said else None,
        "approved_at": f"{said.at:%Y-%m-%d %H:%M:%S}" if said else None,
        "approved_fingerprint": said.fingerprint if said else None,
    }


def _macro(name: str, entries: list[dict[str, Any]]) -> str:
    lines = "\n".join(f"    {_literal(entry)}," for entry in entries)
    return f"{HEAD}{{% macro {name}() -%}}\n{{{{ return([\n{lines}\n]) }}}}\n{{%- endmacro %}}\n"


def _literal(value: Any) -> str:
    """As Jinja writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(each) for each in value) + "]"
    if isinstance(value, str):
        # braces would begin or end Jinja
        return json.dumps(value, ensure_ascii=False).replace("{", "\\u007b").replace("}", "\\u007d")
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return repr(value)
