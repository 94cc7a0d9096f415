"""Datasets for Superset's import: a zip with a dataset per mart and its metrics.

The same catalogue makes the same bytes, and the same ids, so that an import updates the last one.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from productpulse.catalogue.exports import Entry, as_yaml, by_mart
from productpulse.catalogue.exports.expressions import expression, only_one
from productpulse.marts import columns_of_marts

VERSION = "1.0.0"
ROOT = "productpulse"
DATABASE = "ProductPulse"
# Superset asks for the password, and an existing database of this id keeps its address.
ADDRESS = "postgresql+psycopg2://pulse_reporter@localhost:5432/productpulse"
FORMATS = {
    "currency": ",.2f",
    "rate": ".1%",
    "ratio": ",.2f",
    "score": ",.3f",
    "days": ",.1f",
    "seconds": ",.0f",
    "months": ",.1f",
}
COUNT = ",d"
# A zip cannot say an earlier time.
EARLIEST = (1980, 1, 1, 0, 0, 0)
Spec = dict[str, Any]


def export(given: Iterable[Entry], marts: str) -> bytes:
    """The zip file. `marts`: the schema of the tables."""
    found = by_mart(given)
    files: dict[str, Spec] = {
        "metadata.yaml": {"version": VERSION, "type": "SqlaTable"},
        f"databases/{DATABASE}.yaml": _database(),
    }
    for mart, entries in found.items():
        files[f"datasets/{DATABASE}/{mart}.yaml"] = _dataset(mart, marts, entries)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, said in files.items():
            info = zipfile.ZipInfo(f"{ROOT}/{name}", EARLIEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            bundle.writestr(info, as_yaml(said))
    return packed.getvalue()


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"productpulse/superset/{name}"))


def _database() -> Spec:
    return {
        "database_name": DATABASE,
        "sqlalchemy_uri": ADDRESS,
        "expose_in_sqllab": True,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "uuid": _id("database"),
        "version": VERSION,
    }


def _dataset(mart: str, schema: str, entries: list[Entry]) -> Spec:
    dates = Counter(entry.metric.date for entry in entries if entry.metric.date)
    return {
        "table_name": mart,
        "main_dttm_col": max(dates, key=lambda name: dates[name]) if dates else None,
        "description": f"The metrics of {mart}.",
        "schema": schema,
        "sql": None,
        "filter_select_enabled": True,
        "uuid": _id(f"{schema}.{mart}"),
        "metrics": [_metric(entry) for entry in entries],
        "columns": [_column(*column) for column in columns_of_marts()[mart].items()],
        "version": VERSION,
        "database_uuid": _id("database"),
    }


def _column(name: str, data_type: str) -> Spec:
    return {
        "column_name": name,
        "type": data_type.upper(),
        "is_dttm": data_type in ("date", "timestamp"),
        "is_active": True,
        "groupby": True,
        "filterable": True,
    }


def _metric(entry: Entry) -> Spec:
    metric, approval = entry.metric, entry.trust.approval
    certified: Spec = {}
    if approval and entry.trust.state == "approved":
        details = f"{metric.owner} answers for it; approved {approval.at:%Y-%m-%d}."
        certified = {"certification": {"certified_by": approval.by, "details": details}}
    return {
        "metric_name": metric.id,
        "verbose_name": metric.label,
        "metric_type": None,
        "expression": expression(metric),
        "description": f"{metric.description} {metric.formula}",
        "d3format": FORMATS.get(metric.unit, COUNT),
        "extra": certified,
        "warning_text": _warning(entry),
    }


def _warning(entry: Entry) -> str | None:
    """What somebody who makes a chart of it has to know."""
    metric = entry.metric
    said = [entry.warning] if entry.warning else []
    single = only_one(metric)
    if not metric.date and not metric.aggregate:
        said.append("does not add up: it is empty unless one row is chosen")
    elif metric.date in single:
        said.append("does not add up over time: choose its period")
    if isinstance(metric.grain, dict) and metric.grain["column"] in single:
        said.append(f"choose one {metric.grain['column']}")
    segments = [each for each in single if each != metric.date and each != _grain_column(entry)]
    if segments:
        said.append(f"does not add up over {', '.join(segments)}")
    return "; ".join(said) or None


def _grain_column(entry: Entry) -> str | None:
    grain = entry.metric.grain
    return grain["column"] if isinstance(grain, dict) else None
