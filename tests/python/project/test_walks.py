"""The walks in docs/walks: each query gives the table below it, on the files of the walk."""

import re
from collections.abc import Callable
from datetime import date, datetime

import pytest
from warehouse import Warehouse

from productpulse.paths import project_root

WALKS = project_root() / "docs" / "walks"
STEP = re.compile(r"```sql\n(?P<query>.*?)```\n\n(?P<table>\|.*?\n)(?:\n|$)", re.DOTALL)
SELECTED = "+fct_active_users_daily +fct_user_days +fct_mrr_movements +fct_arr_by_period"
SELECTED += " +fct_mrr_movement_subscriptions +quarantined_rows"
PAGES = ["from-an-event-to-dau", "from-a-subscription-to-arr"]


def shown(value: object) -> str:
    """A value as the pages write it: null is empty, a moment is in UTC."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)


def table(query: str, rows: list[tuple]) -> str:
    """The answer to a query as a table of Markdown."""
    (listed,) = re.findall(r"^select (.*?)\s+from ", query, re.DOTALL)
    columns = [re.sub(r".* as ", "", column.strip()) for column in listed.split(",")]
    lines = [columns, ["---"] * len(columns), *([shown(v) for v in row] for row in rows)]
    return "".join(
        "|" + "".join(f" {cell} |".replace("  ", " ") for cell in line) + "\n" for line in lines
    )


@pytest.fixture(scope="module")
def walked(new_warehouse: Callable[[str], Warehouse]) -> Warehouse:
    warehouse = new_warehouse("walks")
    warehouse.command("load", WALKS / "company", "--complete-until", "2024-04-30")
    kinds = ("--exclude-resource-type", "test", "unit_test")
    warehouse.dbt("build", "postgres", "--select", *SELECTED.split(), *kinds)
    return warehouse


@pytest.mark.parametrize("page", PAGES)
def test_each_query_of_a_walk_gives_the_table_below_it(walked: Warehouse, page: str) -> None:
    text = (WALKS / f"{page}.md").read_text()
    steps = list(STEP.finditer(text))
    assert len(steps) == text.count("```sql") > 5
    for step in steps:
        assert table(step["query"], walked.rows(step["query"])) == step["table"], step["query"]


def test_every_walk_is_a_page_that_the_overview_names() -> None:
    pages = {path.stem for path in WALKS.glob("from-*.md")}
    assert pages == set(PAGES)
    overview = (WALKS / "README.md").read_text()
    assert all(f"({page}.md)" in overview for page in pages)
