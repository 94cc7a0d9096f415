"""The export for Apache Ossie is as its schema says, and sqlglot can read its expressions."""

import json
from typing import Any

import pytest
import sqlglot
import yaml
from jsonschema import Draft202012Validator

from productpulse.catalogue.exports import Entry, ossie
from productpulse.catalogue.read import catalogue
from productpulse.catalogue.trust import Trust

METRICS = catalogue().metrics
PROPOSED = Trust("proposed", None, (), "")
SAID = yaml.safe_load(
    ossie.export([Entry(metric, PROPOSED) for metric in METRICS.values()], "marts")
)
(MODEL,) = SAID["semantic_model"]
EXPORTED = {each["name"]: each for each in MODEL["metrics"]}
DATASETS = {each["name"]: each for each in MODEL["datasets"]}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    """An object that has no other properties."""
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def _list(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, **more}


TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
DIALECTS = "ANSI_SQL SNOWFLAKE MDX TABLEAU DATABRICKS MAQL BIGQUERY SIGMA THOUGHTSPOT DAX"
DATA_TYPES = "String Integer Decimal Float Boolean Date Time DateTime DateTimeTz Opaque"
SAYS = {
    "description": TEXT,
    "ai_context": {"$ref": "#/$defs/AIContext"},
    "custom_extensions": _list("CustomExtension"),
}
# In our words what version 0.2.0.dev0 of the schema demands: core-spec/ossie-schema.json of
# github.com/apache/ossie at 091913d1cf330c0209380a97b73b64410630273e.
SCHEMA = _object(
    "version semantic_model",
    version={"const": "0.2.0.dev0"},
    semantic_model=_list("SemanticModel"),
    dialects=_list("Dialect"),
    vendors=TEXTS,
) | {
    "$defs": {
        "Dialect": {"enum": DIALECTS.split()},
        "AIContext": {
            "oneOf": [
                TEXT,
                {
                    "type": "object",
                    "properties": {"instructions": TEXT, "synonyms": TEXTS, "examples": TEXTS},
                },
            ]
        },
        "CustomExtension": _object("vendor_name data", vendor_name=TEXT, data=TEXT),
        "DialectExpression": _object(
            "dialect expression", dialect={"$ref": "#/$defs/Dialect"}, expression=TEXT
        ),
        "Expression": _object("dialects", dialects=_list("DialectExpression", minItems=1)),
        "DataType": {"enum": DATA_TYPES.split()},
        "Dimension": _object("", is_time={"type": "boolean"}),
        "Field": _object(
            "name expression",
            name=TEXT,
            expression={"$ref": "#/$defs/Expression"},
            dimension={"$ref": "#/$defs/Dimension"},
            label=TEXT,
            datatype={"$ref": "#/$defs/DataType"},
            **SAYS,
        ),
        "Dataset": _object(
            "name source",
            name=TEXT,
            source=TEXT,
            primary_key=TEXTS,
            unique_keys={"type": "array", "items": TEXTS},
            fields=_list("Field"),
            **SAYS,
        ),
        "Relationship": _object(
            "name from to from_columns to_columns",
            **{"name": TEXT, "from": TEXT, "to": TEXT},
            from_columns=TEXTS | {"minItems": 1},
            to_columns=TEXTS | {"minItems": 1},
            ai_context={"$ref": "#/$defs/AIContext"},
            custom_extensions=_list("CustomExtension"),
        ),
        "Metric": _object(
            "name expression",
            name=TEXT,
            expression={"$ref": "#/$defs/Expression"},
            datatype={"$ref": "#/$defs/DataType"},
            **SAYS,
        ),
        "SemanticModel": _object(
            "name datasets",
            name=TEXT,
            datasets=_list("Dataset", minItems=1),
            relationships=_list("Relationship"),
            metrics=_list("Metric"),
            **SAYS,
        ),
    }
}


def test_it_is_as_the_schema_says() -> None:
    validator = Draft202012Validator(SCHEMA)
    assert [error.message for error in validator.iter_errors(SAID)] == []
    wrong = [SAID | {"version": "1"}, SAID | {"metrics": []}, {"semantic_model": []}]
    assert all(list(validator.iter_errors(each)) for each in wrong)


def test_another_reader_of_the_format_reads_it() -> None:
    """MetricFlow, which dbt-core 1.12 brings with it; its model is that of version 0.1.1."""
    models = pytest.importorskip("metricflow.converters.models")
    document = models.OSIDocument.parse_raw(json.dumps(SAID))
    assert [each.name for each in document.semantic_model[0].metrics] == list(EXPORTED)


def test_every_metric_is_there() -> None:
    assert METRICS.keys() == EXPORTED.keys()
    assert {metric.mart for metric in METRICS.values()} == DATASETS.keys()
    assert DATASETS["fct_arr_by_period"]["source"] == "marts.fct_arr_by_period"


@pytest.mark.parametrize("name", METRICS)
def test_an_expression_has_columns_of_its_dataset_only(name: str) -> None:
    ((said),) = EXPORTED[name]["expression"]["dialects"]
    read = sqlglot.parse_one(said["expression"])
    fields = {each["name"] for each in DATASETS[METRICS[name].mart]["fields"]}
    columns = list(read.find_all(sqlglot.exp.Column))
    assert {column.table for column in columns} <= {METRICS[name].mart}
    assert {column.name for column in columns} <= fields
    assert read.find(sqlglot.exp.AggFunc)


def test_what_the_format_has_no_words_for_is_in_extensions() -> None:
    ((extension),) = EXPORTED["arr"]["custom_extensions"]
    said = json.loads(extension["data"])
    assert said["adds_up_over"] == ["segments"] and said["owner"] == "finance"
    assert said["trust"] == "proposed"
    advice = EXPORTED["arr"]["ai_context"]["instructions"]
    assert "not approved yet" in advice
    assert "Group or filter by period_grain, period_start, segment_name" in advice
