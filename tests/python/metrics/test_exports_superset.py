"""The export for Superset has the files and fields that its import knows, and no others."""

import io
import uuid
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from productpulse.catalogue.approvals import Approval
from productpulse.catalogue.exports import Entry, superset
from productpulse.catalogue.read import catalogue
from productpulse.catalogue.trust import Trust

METRICS = catalogue().metrics
PROPOSED = Trust("proposed", None, (), "")
ENTRIES = [Entry(metric, PROPOSED) for metric in METRICS.values()]
Fields = dict[str, type | tuple[type, ...]]
NONE = type(None)
TEXT = (str, NONE)
# In our words the fields that the classes ImportV1… of superset/datasets/schemas.py and
# superset/databases/schemas.py of github.com/apache/superset accept in version 3 and later; an
# unknown field is an error there.
METADATA: Fields = {"version": str, "type": str}
DATABASE: Fields = {
    **{"database_name": str, "sqlalchemy_uri": str, "uuid": str, "version": str},
    **dict.fromkeys(("expose_in_sqllab", "allow_ctas", "allow_cvas", "allow_dml"), bool),
}
DATASET: Fields = {
    **{"table_name": str, "uuid": str, "version": str, "database_uuid": str},
    **{"main_dttm_col": TEXT, "description": TEXT, "schema": TEXT, "sql": TEXT},
    **{"filter_select_enabled": bool, "columns": list, "metrics": list},
}
COLUMN: Fields = {
    **{"column_name": str, "type": TEXT},
    **dict.fromkeys(("is_dttm", "is_active", "groupby", "filterable"), bool),
}
METRIC: Fields = {
    **{"metric_name": str, "expression": str, "extra": dict},
    **dict.fromkeys(("verbose_name", "metric_type", "description", "d3format"), TEXT),
    "warning_text": TEXT,
}


def unpacked(given: list[Entry]) -> dict[str, Any]:
    """The files of the zip by their paths below its only folder."""
    with zipfile.ZipFile(io.BytesIO(superset.export(given, "marts"))) as bundle:
        names = bundle.namelist()
        assert {name.split("/")[0] for name in names} == {"productpulse"}
        return {
            name.removeprefix("productpulse/"): yaml.safe_load(bundle.read(name)) for name in names
        }


FILES = unpacked(ENTRIES)
DATASETS = {
    said["table_name"]: said for name, said in FILES.items() if name.startswith("datasets/")
}
EXPORTED = {each["metric_name"]: each for said in DATASETS.values() for each in said["metrics"]}


def fits(said: dict[str, Any], fields: Fields) -> bool:
    """Whether it has these fields and no others, each with a value of its type."""
    return said.keys() == fields.keys() and all(
        isinstance(value, fields[name]) for name, value in said.items()
    )


def test_the_files_are_those_of_an_export_of_superset() -> None:
    assert FILES["metadata.yaml"] == {"version": "1.0.0", "type": "SqlaTable"}
    others = FILES.keys() - {"metadata.yaml", "databases/ProductPulse.yaml"}
    assert others == {f"datasets/ProductPulse/{mart}.yaml" for mart in DATASETS}
    assert fits(FILES["metadata.yaml"], METADATA)
    assert fits(FILES["databases/ProductPulse.yaml"], DATABASE)
    assert make_url(FILES["databases/ProductPulse.yaml"]["sqlalchemy_uri"]).password is None


@pytest.mark.parametrize("mart", DATASETS)
def test_a_dataset_has_the_fields_that_the_import_knows(mart: str) -> None:
    said = DATASETS[mart]
    assert fits(said, DATASET)
    assert all(fits(column, COLUMN) for column in said["columns"])
    assert all(fits(metric, METRIC) for metric in said["metrics"])
    assert uuid.UUID(said["uuid"]) and said["schema"] == "marts"
    assert said["database_uuid"] == FILES["databases/ProductPulse.yaml"]["uuid"]
    columns = {column["column_name"]: column for column in said["columns"]}
    time = said["main_dttm_col"]
    assert time is None or columns[time]["is_dttm"]


def test_every_metric_is_there_in_the_dataset_of_its_mart() -> None:
    assert METRICS.keys() == EXPORTED.keys()
    for mart, said in DATASETS.items():
        for metric in said["metrics"]:
            assert METRICS[metric["metric_name"]].mart == mart
    assert len({said["uuid"] for said in DATASETS.values()}) == len(DATASETS)


def test_the_same_catalogue_makes_the_same_bytes() -> None:
    assert superset.export(ENTRIES, "marts") == superset.export(ENTRIES, "marts")


@pytest.mark.parametrize(
    ("name", "shown", "warning"),
    [
        ("new_mrr", ",d", "not approved yet"),
        (
            "dau",
            ",d",
            "not approved yet; does not add up over time: choose its period;"
            " does not add up over segment_name",
        ),
        (
            "nrr",
            ",.2f",
            "not approved yet; does not add up over time: choose its period;"
            " choose one period_grain; does not add up over segment_name, segment_value",
        ),
        (
            "experiment_effect",
            ",.2f",
            "not approved yet; does not add up: it is empty unless one row is chosen",
        ),
        ("bounce_rate", ".1%", "not approved yet; does not add up over segment_name"),
    ],
)
def test_a_metric_says_how_it_is_shown_and_what_to_mind(
    name: str, shown: str, warning: str
) -> None:
    said = EXPORTED[name]
    assert (said["d3format"], said["warning_text"]) == (shown, warning)
    assert said["verbose_name"] == METRICS[name].label
    assert said["description"].startswith(METRICS[name].description)


def test_only_an_approved_metric_is_certified() -> None:
    metric = METRICS["new_mrr"]
    approval = Approval("Ada, finance", datetime(2026, 1, 2, tzinfo=UTC), {})
    certified = {}
    for state in ("approved", "drifted"):
        files = unpacked([Entry(metric, Trust(state, approval, (), ""))])
        (said,) = files["datasets/ProductPulse/fct_mrr_movements.yaml"]["metrics"]
        certified[state] = (said["extra"], said["warning_text"])
    details = "finance answers for it; approved 2026-01-02."
    assert certified == {
        "approved": (
            {"certification": {"certified_by": "Ada, finance", "details": details}},
            None,
        ),
        "drifted": ({}, "made differently from what was approved"),
    }


def test_a_deprecated_metric_names_its_successor() -> None:
    metric = replace(METRICS["new_mrr"], successor="new_arr")
    files = unpacked([Entry(metric, Trust("deprecated", None, (), ""))])
    (said,) = files["datasets/ProductPulse/fct_mrr_movements.yaml"]["metrics"]
    assert said["warning_text"] == "deprecated, use new_arr"
