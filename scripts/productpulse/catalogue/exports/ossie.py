"""A semantic model of Apache Ossie, formerly Open Semantic Interchange: github.com/apache/ossie.

What its version cannot say, such as over what a metric adds up, is in custom extensions.
"""

import json
from collections.abc import Iterable
from typing import Any

from productpulse.catalogue.exports import Entry, as_yaml, by_mart, segment_columns
from productpulse.catalogue.exports.expressions import expression, only_one
from productpulse.catalogue.read import Metric
from productpulse.marts import columns_of_marts

VERSION = "0.2.0.dev0"
DIALECT = "ANSI_SQL"
# The one that all readers know, also those of the version before.
VENDOR = "COMMON"
TYPES = {
    "text": "String",
    "integer": "Integer",
    "bigint": "Integer",
    "double precision": "Float",
    "boolean": "Boolean",
    "date": "Date",
    "timestamp": "DateTime",
}
HEAD = """\
# The metrics of the catalogue as a model of Apache Ossie (Open Semantic Interchange), written by
# `productpulse metric export --format ossie`. An expression is null where the rows have no value
# together.
"""
Spec = dict[str, Any]


def export(given: Iterable[Entry], marts: str) -> str:
    """The YAML file. `marts`: the schema of the tables."""
    found = by_mart(given)
    model = {
        "name": "productpulse",
        "description": "The metrics of product, revenue, customers and experiments, by mart.",
        "datasets": [_dataset(mart, marts) for mart in found],
        "metrics": [_metric(entry) for mart in found for entry in found[mart]],
    }
    said = {
        "version": VERSION,
        "semantic_model": [model],
        "dialects": [DIALECT],
        "vendors": [VENDOR],
    }
    return HEAD + as_yaml(said)


def _dataset(mart: str, schema: str) -> Spec:
    columns = columns_of_marts()[mart]
    return {
        "name": mart,
        "source": f"{schema}.{mart}",
        "fields": [_field(name, columns[name]) for name in columns],
    }


def _field(name: str, data_type: str) -> Spec:
    return {
        "name": name,
        "expression": _expression(name),
        "dimension": {"is_time": data_type in ("date", "timestamp")},
        "datatype": _type(data_type),
    }


def _metric(entry: Entry) -> Spec:
    metric = entry.metric
    data_type = columns_of_marts()[metric.mart][metric.value] if metric.value else "bigint"
    return {
        "name": metric.id,
        "expression": _expression(expression(metric, metric.mart)),
        "description": f"{metric.description} {metric.formula}",
        "datatype": _type("double precision" if metric.parts_add_up_over else data_type),
        "ai_context": {"instructions": _instructions(entry), "synonyms": [metric.label]},
        "custom_extensions": [{"vendor_name": VENDOR, "data": _rest(entry)}],
    }


def _instructions(entry: Entry) -> str:
    """How the number is used rightly, in words."""
    said = [f"Unit: {entry.metric.unit}."]
    if entry.warning:
        said.append(f"This metric is {entry.warning}.")
    single = only_one(entry.metric)
    if not entry.metric.aggregate and not entry.metric.date:
        said.append("Choose one row: it does not add up.")
    elif single:
        said.append(f"Group or filter by {', '.join(single)}: over these it does not add up.")
    if segment_columns(entry.metric):
        said.append("Without a segment it is the whole.")
    return " ".join(said)


def _rest(entry: Entry) -> str:
    metric: Metric = entry.metric
    said = {
        "area": metric.area,
        "owner": metric.owner,
        "tier": metric.tier,
        "unit": metric.unit,
        "direction": metric.direction,
        "risk_if_wrong": metric.risk_if_wrong,
        "trust": entry.trust.state,
        "successor": metric.successor,
        "date": metric.date,
        "grain": metric.grain,
        "complete": metric.complete,
        "segments": list(metric.segments),
        "adds_up_over": list(metric.adds_up_over),
        "parts_add_up_over": list(metric.parts_add_up_over),
        "vars": list(metric.vars),
        "seeds": list(metric.seeds),
    }
    return json.dumps(said, ensure_ascii=False)


def _expression(text: str) -> Spec:
    return {"dialects": [{"dialect": DIALECT, "expression": text}]}


def _type(data_type: str) -> str:
    return TYPES.get(data_type, "Decimal" if data_type.startswith("numeric") else "Opaque")
