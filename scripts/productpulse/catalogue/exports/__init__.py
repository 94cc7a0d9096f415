"""The catalogue in the forms of other tools: dbt's semantic layer, Apache Ossie and Superset."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from productpulse.catalogue.read import Catalogue, Metric
from productpulse.catalogue.trust import Trust, trust

FORMATS = ("dbt", "ossie", "superset")
# All marts whose column says the length of the period have rows for days.
SHORTEST_GRAIN = "day"
# The date of marts that hold one day only.
ONLY_DATE = "as_of_date"


@dataclass(frozen=True)
class Entry:
    """A metric and how far it may be relied on."""

    metric: Metric
    trust: Trust

    @property
    def warning(self) -> str | None:
        """Why it may not be relied on as it is; None for an approved metric."""
        return {
            "approved": None,
            "proposed": "not approved yet",
            "drifted": "made differently from what was approved",
            "deprecated": f"deprecated, use {self.metric.successor}",
        }[self.trust.state]


def entries(found: Catalogue, variables: dict[str, Any]) -> list[Entry]:
    """All metrics in the order of their ids."""
    ordered = (found.metrics[name] for name in sorted(found.metrics))
    return [Entry(metric, trust(metric, variables)) for metric in ordered]


def by_mart(given: Iterable[Entry]) -> dict[str, list[Entry]]:
    """The metrics of each mart."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in given:
        found[entry.metric.mart].append(entry)
    return dict(sorted(found.items()))


def segment_columns(metric: Metric) -> tuple[str, str] | None:
    """The columns with name and value of a segment, for a mart that has a row for the whole."""
    for part in metric.segments:
        if "name_column" in part:
            return part["name_column"], part["value_column"]
    return None


def categories(metric: Metric) -> list[str]:
    """The columns whose values are the segments, for a mart that has no row for the whole."""
    return [part["column"] for part in metric.segments if "column" in part]


def as_yaml(said: Any) -> str:
    """YAML in the order in which things were said."""
    text: str = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=120)
    return text
