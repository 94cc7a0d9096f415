"""The results per model, and whether they are good enough."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mutate.jury import KILLED, Fate, Verdict
from mutate.reviewed import Reason


@dataclass
class ModelReport:
    """One model. `left_out`: changes that were not tried, because similar ones were.

    `untried`: those for which there was no time.
    """

    model: str
    fates: Counter[Fate] = field(default_factory=Counter)
    left_out: int = 0
    untried: int = 0
    explained: list[dict[str, str]] = field(default_factory=list)
    unexplained: list[dict[str, str]] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)

    @property
    def killed(self) -> int:
        return sum(self.fates[fate] for fate in KILLED)

    @property
    def score(self) -> float | None:
        """Share of killed mutants; explained survivors change no meaningful result."""
        counted = self.killed + len(self.unexplained)
        return self.killed / counted if counted else None

    @property
    def is_good(self) -> bool:
        """Whether every survivor has its reason, and every reason its survivor."""
        return not self.unexplained and not self.outdated

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "model": self.model,
            "mutants": self.fates.total(),
            **{str(fate): self.fates[fate] for fate in Fate},
            "killed": self.killed,
            "left_out": self.left_out,
            "untried": self.untried,
            "score": self.score,
            "is_good": self.is_good,
            "explained": self.explained,
            "unexplained": self.unexplained,
            "outdated": self.outdated,
        }


def summarise(
    model: str,
    verdicts: Iterable[Verdict],
    left_out: int,
    reasons: Iterable[Reason],
    untried: int = 0,
) -> ModelReport:
    """The fates of one model's mutants. Only a full run shows that a reason is out of date."""
    report = ModelReport(model, left_out=left_out, untried=untried)
    given = [reason for reason in reasons if reason.model == model]
    used = set()
    for verdict in verdicts:
        report.fates[verdict.fate] += 1
        if verdict.fate == Fate.SURVIVED:
            shown = {"change": verdict.mutation, "line": verdict.line, "shows": verdict.by}
            reason = next((r for r in given if r.covers(verdict.mutation, verdict.line)), None)
            if reason:
                used.add(reason)
                report.explained.append(shown | {"why": reason.why})
            else:
                report.unexplained.append(shown)
    if not untried:
        report.outdated = [reason.text for reason in given if reason not in used]
    return report
