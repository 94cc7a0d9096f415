"""How far a metric may be relied on: proposed, approved, drifted or deprecated."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from productpulse.catalogue.approvals import Approval, approval
from productpulse.catalogue.made_of import Parts, difference, fingerprint, parts
from productpulse.catalogue.read import Metric

STATES = ("proposed", "approved", "drifted", "deprecated")


@dataclass(frozen=True)
class Trust:
    """The state of a metric: `changes` says, a line each, what is not as it was approved.

    `parts`: what the metric is made of now.
    """

    state: str
    approval: Approval | None
    changes: tuple[str, ...]
    parts: Parts

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.parts)


def drifted(metrics: Iterable[Metric], variables: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The metrics that are not made as they were approved, by id: what changed, a line each."""
    states = {each.id: trust(each, variables) for each in metrics}
    return {name: each.changes for name, each in states.items() if each.state == "drifted"}


def trust(metric: Metric, variables: dict[str, Any]) -> Trust:
    """The state of a metric where `variables` are in force."""
    said, now = approval(metric), parts(metric, variables)
    changes = tuple(difference(said.parts, now)) if said else ()
    if metric.is_deprecated:
        state = "deprecated"
    elif not said:
        state = "proposed"
    else:
        state = "drifted" if changes else "approved"
    return Trust(state, said, changes, now)
