"""Every metric of the catalogue on one page: docs/metrics.md.

python scripts/metrics_page.py (after a file in metrics/ has changed)
"""

from itertools import groupby

from productpulse.catalogue.check import checked
from productpulse.catalogue.read import Metric
from productpulse.paths import project_root

PAGE = "docs/metrics.md"
HEAD = """# Metrics

Written by `python scripts/metrics_page.py` from `metrics/*.yml`; a test compares it with them.
`productpulse metric show ID` says the same with the state of trust, the lineage and the query, and
[decisions](decisions/metrics.md) says how the catalogue, approvals and comparisons work.

"""


def page() -> str:
    """The text of the page."""
    ordered = sorted(checked().metrics.values(), key=lambda each: (each.area, each.tier))
    areas = {area: list(found) for area, found in groupby(ordered, lambda each: each.area)}
    lines = [
        f"- [{_words(area)}](#area-{_words(area).replace(' ', '-')}): "
        + ", ".join(f"[{each.id}](#{each.id})" for each in found)
        for area, found in areas.items()
    ]
    parts = ["\n".join(lines)]
    for area, found in areas.items():
        parts.append(f"## Area {_words(area)}")
        parts += [section(each) for each in found]
    return HEAD + "\n\n".join(parts) + "\n"


def section(metric: Metric) -> str:
    """What the page says of one metric."""
    where = " and ".join(f"`{name}` is `{_plain(value)}`" for name, value in metric.where.items())
    column = f"`{metric.mart}.{metric.value}`" if metric.value else f"rows of `{metric.mart}`"
    if metric.aggregate == "sum":
        column = f"sum of {column}"
    if metric.numerator and metric.denominator:
        column += f" = `{metric.numerator}` ÷ `{metric.denominator}`"
    adds = " and ".join(metric.adds_up_over) or "nothing"
    facts = [
        f"{metric.unit}, {_good(metric.direction)}; adds up over {adds}",
        f"{metric.owner} answers for it, tier {metric.tier}",
        f"{column}{f' where {where}' if where else ''}",
        f"changed by {_changed_by(metric)}",
    ]
    if metric.successor:
        facts.append(f"deprecated: use [{metric.successor}](#{metric.successor})")
    return "\n".join(
        [
            f"### {metric.id}",
            "",
            f"**{metric.label}.** {metric.description.strip()}",
            "",
            f"*Formula:* {metric.formula.strip()}",
            "",
            f"*If wrong:* {metric.risk_if_wrong.strip()}",
            "",
            *(f"- {fact}" for fact in facts),
        ]
    )


def _words(area: str) -> str:
    return area.replace("_", " ")


def _good(direction: str) -> str:
    return "neither way is good" if direction == "neither" else f"{direction} is good"


def _changed_by(metric: Metric) -> str:
    vars_ = [f"`{name}`" for name in metric.vars]
    seeds = [f"the seed `{name}`" for name in metric.seeds]
    return ", ".join(vars_ + seeds) or "nothing but the data"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    (project_root() / PAGE).write_text(page(), encoding="utf-8")
