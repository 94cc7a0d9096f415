"""Retention in docs/dialects.md: its data set gives its numbers, by its query."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from oracle import Raw
from oracle.worlds import write_world
from warehouse import Warehouse

from productpulse.paths import project_root
from productpulse.raw_schema import raw_tables

SECTION = (project_root() / "docs" / "dialects.md").read_text().split("\n## Retention\n")[1]
SECTION = SECTION.split("\n## ")[0]
PROFILES = {
    row["profile"]: row
    for row in csv.DictReader((project_root() / "seeds" / "retention_profiles.csv").open())
}
# | `profile` | users | rate | because |
ANSWERS = re.findall(r"^\| `(\w+)` \| (\d) \| ([\d.]+) % \|", SECTION, re.M)


@pytest.fixture(scope="module")
def asked(
    new_warehouse: Callable[[str], Warehouse], tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    """The data set of the page."""
    raw: Raw = {name: [] for name in raw_tables()}
    (text,) = re.findall(r"```csv\n(.*?)```", SECTION, re.S)
    for number, row in enumerate(csv.DictReader(text.splitlines())):
        moment = datetime.fromisoformat(row["occurred_at"]).replace(tzinfo=UTC)
        who = {"user_id": row["user_id"]}
        if row["what"]:
            raw["users"].append(who | {"created_at": moment})
        raw["events"].append(
            who | {"event_id": str(number), "event_name": "a", "occurred_at": moment}
        )
    folder: Path = tmp_path_factory.mktemp("dialects")
    write_world(raw, folder)
    warehouse = new_warehouse("retention_dialects")
    warehouse.command("load", folder)
    warehouse.dbt(
        *("build", "duckdb", "--select", "+fct_retention_cohorts"),
        *("--indirect-selection", "cautious", "--exclude-resource-type", "unit_test"),
    )
    return warehouse


def test_the_page_has_an_answer_for_each_profile() -> None:
    assert {profile for profile, _, _ in ANSWERS} == PROFILES.keys()


@pytest.mark.parametrize(("profile", "users", "rate"), ANSWERS)
def test_each_number_of_the_page_holds(
    profile: str, users: str, rate: str, asked: Warehouse
) -> None:
    (query,) = re.findall(r"```sql\n(.*?)```", SECTION, re.S)
    of_house, of_profile = PROFILES["house"], PROFILES[profile]
    for name in ("cohort_basis", "retention_type"):
        assert f"'{of_house[name]}'" in query
        query = query.replace(f"'{of_house[name]}'", f"'{of_profile[name]}'")
    ((found, share),) = asked.rows(query, "duckdb")
    assert found == int(users)
    assert f"{share:.1%}" == f"{rate}%"
