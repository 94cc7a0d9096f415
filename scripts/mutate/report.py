"""What came out, per model, and whether it is good enough."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mutate.jury import KILLED, Fate, Verdict
from mutate.reviewed import Reviewed


@dataclass
class ModelReport:
    """One model. `left_out`: changes that were not tried, because their likes were."""

    model: str
    fates: Counter[Fate] = field(default_factory=Counter)
    left_out: int = 0
    explained: list[dict[str, str]] = field(default_factory=list)
    unexplained: list[dict[str, str]] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)

    @property
    def killed(self) -> int:
        return sum(self.fates[fate] for fate in KILLED)

    @property
    def score(self) -> float | None:
        """Share of killed; what has a reason to live changes no result that means anything."""
        judged = self.killed + len(self.unexplained)
        return self.killed / judged if judged else None

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
            "score": self.score,
            "is_good": self.is_good,
            "explained": self.explained,
            "unexplained": self.unexplained,
            "outdated": self.outdated,
        }


def summarise(
    model: str, verdicts: Iterable[Verdict], left_out: int, reasons: Reviewed
) -> ModelReport:
    """What became of the mutants of one model."""
    report = ModelReport(model, left_out=left_out)
    expected = {change for known, change in reasons if known == model}
    for verdict in verdicts:
        report.fates[verdict.fate] += 1
        if verdict.fate == Fate.SURVIVED:
            shown = {"change": verdict.mutation, "line": verdict.line, "shows": verdict.by}
            if verdict.mutation in expected:
                expected.remove(verdict.mutation)
                shown["why"] = reasons[model, verdict.mutation]
                report.explained.append(shown)
            else:
                report.unexplained.append(shown)
    report.outdated = sorted(expected)
    return report
