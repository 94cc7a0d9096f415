"""The funnels of docs/dialects.md: its data set gives its numbers."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from funnel_project import build_funnels, reference_with
from marts.conftest import landed
from oracle import Params, Raw, funnel_steps, understand
from oracle.worlds import write_world
from warehouse import Warehouse

from productpulse.paths import project_root
from productpulse.raw_schema import raw_tables

from .conftest import Answered
from .worlds import add, add_event

SECTION = (project_root() / "docs" / "dialects.md").read_text().split("\n## Funnels\n")[1]
SECTION = SECTION.split("\n## ")[0]
# | `profile`, `parameter: value` | reach a | reach b | reach c | rate | because |
ANSWERS = re.findall(
    r"^\| `(\w+)`(?:, `(\w+): (\w+)`)? \| (\d) \| (\d) \| (\d) \| ([\d.]+) % \|", SECTION, re.M
)


def funnel_id(answer: tuple[str, ...]) -> str:
    return "_".join(filter(None, answer[:3]))


@pytest.fixture(scope="module")
def asked(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Answered:
    """The data set of the page, and one funnel per line of its table; all windows closed."""
    raw: Raw = {name: [] for name in raw_tables()}
    (text,) = re.findall(r"```csv\n(.*?)```", SECTION, re.S)
    for row in csv.DictReader(text.splitlines()):
        moment = datetime.fromisoformat(row["occurred_at"]).replace(tzinfo=UTC)
        if row["what"]:
            add(raw, "users", user_id=row["user_id"], created_at=moment)
        add_event(raw, row["user_id"], row["event_name"], moment)
    folder = tmp_path_factory.mktemp("dialects")
    write_world(raw, folder)
    warehouse = new_warehouse("dialects")
    warehouse.command("load", folder)
    funnels = {
        funnel_id(answer): {"profile": answer[0], "steps": ["a", "b", "c"]}
        | ({answer[1]: answer[2]} if answer[1] else {})
        for answer in ANSWERS
    }
    excluded = [{"after_step": 1, "before_step": 3, "event_name": "x"}]
    reference = reference_with(funnels, dict.fromkeys(funnels, excluded))
    build_funnels(warehouse, reference, variables={"as_of_date": "2024-03-31"})
    params = Params(as_of_date=date(2024, 3, 31))
    return Answered(warehouse, understand(landed(warehouse.lake), reference, params))


def test_the_page_has_an_answer_for_each_profile() -> None:
    assert {answer[0] for answer in ANSWERS} == {"house", "posthog", "mixpanel", "amplitude"}
    assert len(ANSWERS) == 8


@pytest.mark.parametrize("answer", ANSWERS, ids=funnel_id)
def test_each_number_of_the_page_holds(answer: tuple[str, ...], asked: Answered) -> None:
    """To the marts, and to the oracle too."""
    for rows in (asked.warehouse.table("fct_funnel_steps", "duckdb"), funnel_steps(asked.company)):
        steps = sorted(
            (row["step_number"], row["users"], row["overall_conversion_rate"])
            for row in rows
            if row["segment_name"] == "all" and row["funnel_id"] == funnel_id(answer)
        )
        assert [users for _, users, _ in steps] == [int(count) for count in answer[3:6]]
        assert f"{steps[-1][2]:.1%}" == f"{answer[6]}%"
