"""The worked questions need only the marts, and add up to the number they explain."""

import re
from collections.abc import Callable
from decimal import Decimal

import psycopg2
import pytest
from warehouse import ENGINES, Warehouse

from productpulse.paths import project_root

ANALYSES = sorted(path.stem for path in (project_root() / "analyses").glob("*.sql"))
README = (project_root() / "README.md").read_text()
FIRST_QUESTIONS = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)

# A small company may have lost nobody in its last month.
ABOUT_CHURN = "subscriptions_behind_the_churn_of_the_last_month"
CHURN_OF_LAST_MONTH = (
    "select churn_arr_amount from marts.fct_arr_by_period where period_grain = 'month'"
    " and segment_name = 'all' and is_complete order by period_start desc limit 1"
)
# Both engines are built for these.
pytestmark = pytest.mark.slow

Ask = Callable[[str, str], list[tuple]]


@pytest.fixture(scope="module")
def ask(ran: tuple[Warehouse, str]) -> Ask:
    """Runs a worked question, or any query, on an engine."""
    warehouse, _ = ran
    warehouse.build("duckdb")
    for target in ENGINES:
        warehouse.dbt("compile", target, "--select", "path:analyses")

    def run(question: str, target: str) -> list[tuple]:
        folder = warehouse.dbt_folder(target) / "target" / "compiled" / "productpulse"
        path = folder / "analyses" / f"{question}.sql"
        query = path.read_text() if question in ANALYSES else question
        as_reader = "set role pulse_reporter; " if target == "postgres" else ""
        return warehouse.rows(as_reader + query, target)

    return run


@pytest.mark.parametrize("analysis", ANALYSES)
def test_a_worked_question_has_the_same_answer_on_both_engines(ask: Ask, analysis: str) -> None:
    answer = ask(analysis, "postgres")
    assert answer or (analysis == ABOUT_CHURN and ask(CHURN_OF_LAST_MONTH, "postgres") == [(0,)])
    assert ask(analysis, "duckdb") == answer


def as_floats(rows: list[tuple]) -> list[tuple]:
    """The rows without decimals: a quotient is one on Postgres and none on DuckDB."""
    return [tuple(float(v) if isinstance(v, Decimal) else v for v in row) for row in rows]


@pytest.mark.parametrize("question", FIRST_QUESTIONS)
def test_a_question_of_the_readme_has_the_same_answer_on_both_engines(
    ask: Ask, question: str
) -> None:
    answer = ask(question, "postgres")
    assert answer
    assert as_floats(ask(question, "duckdb")) == as_floats(answer)


def test_movements_listed_sum_to_the_change_of_arr(ask: Ask) -> None:
    listed = ask("accounts_behind_the_arr_of_the_last_month", "postgres")
    ((change,),) = ask(
        "select closing_arr_amount - opening_arr_amount from marts.fct_arr_by_period "
        "where period_grain = 'month' and segment_name = 'all' and is_complete "
        "order by period_start desc limit 1",
        "postgres",
    )
    assert sum(row[5] for row in listed) == 100 * change


def test_a_reader_sees_marts_and_nothing_else(ask: Ask) -> None:
    for relation in ("audit.rows_by_load", "staging.stg_clock__as_of", "raw.users"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(f"select * from {relation}", "postgres")


def test_subscriptions_listed_are_what_churned(ask: Ask) -> None:
    listed = ask("subscriptions_behind_the_churn_of_the_last_month", "postgres")
    ((churned,),) = ask(
        "select churn_arr_amount from marts.fct_arr_by_period where period_grain = 'month' "
        "and segment_name = 'all' and is_complete order by period_start desc limit 1",
        "postgres",
    )
    assert sum(row[5] for row in listed) * 12 == 100 * churned


def test_users_listed_are_as_many_as_dau(ask: Ask) -> None:
    listed = ask("users_behind_dau_of_the_as_of_date", "postgres")
    ((dau,),) = ask(
        "select dau from marts.fct_active_users_daily where segment_name = 'all' "
        "order by date desc limit 1",
        "postgres",
    )
    assert len(listed) == dau


def test_every_recommendation_rests_on_a_finding(ask: Ask) -> None:
    listed = ask("findings_behind_the_recommendations", "postgres")
    found = ask("select recommendation_id from marts.fct_recommendations", "postgres")
    assert {row[1] for row in listed} == {name for (name,) in found}


def test_users_listed_are_as_many_as_went_dormant(ask: Ask) -> None:
    listed = ask("users_gone_dormant_in_the_last_week", "postgres")
    ((dormant,),) = ask(
        "select dormant_users from marts.fct_active_users_by_period where period_grain = 'week' "
        "and segment_name = 'all' and is_complete order by period_start desc limit 1",
        "postgres",
    )
    assert len(listed) == dormant
