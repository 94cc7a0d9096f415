"""The pages of the dashboard without a browser: cells of the marts, CSV, filters, empty states."""

import csv
import io
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
import streamlit as st
from dashboard import charts, formats, queries, texts
from streamlit.testing.v1 import AppTest
from warehouse import Warehouse

from productpulse.catalogue.query import Cell, reproducing
from productpulse.catalogue.read import catalogue
from productpulse.paths import project_root

APP = project_root() / "dashboard" / "app.py"
PAGES = sorted(path.stem for path in (APP.parent / "app_pages").glob("*.py"))
HOSTILE = "' or 1=1; drop table x; -- <script>alert(1)</script> %s {marts} \x00"


TRANSACTION = (
    "select current_user::text, current_setting('transaction_read_only'),"
    " current_setting('transaction_isolation'), now()::text"
)


class Shown:
    """A page as it was drawn: what it asked, its figures, and what its buttons download."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any], pd.DataFrame]] = []
        self.figures: dict[str, go.Figure] = {}
        self.files: dict[str, str] = {}
        self.transactions: set[tuple[str, ...]] = set()


Open = Callable[..., tuple[AppTest, Shown]]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """What pages ask, draw and offer from now on."""
    seen = Shown()
    ask, draw, offer = queries.ask, st.plotly_chart, st.download_button

    def asking(cursor: Any, query: str, **bound: Any) -> pd.DataFrame:
        found = ask(cursor, query, **bound)
        cursor.execute(TRANSACTION)
        seen.transactions.add(cursor.fetchone())
        seen.asked.append((query, bound, found))
        return found

    def drawing(figure: go.Figure, *, key: str, **options: Any) -> Any:
        seen.figures[key] = figure
        return draw(figure, key=key, **options)

    def offering(label: str, data: Callable[[], str], name: str, *rest: Any, **options: Any) -> Any:
        seen.files[name] = data()
        return offer(label, data, name, *rest, **options)

    monkeypatch.setattr(queries, "ask", asking)
    monkeypatch.setattr(st, "plotly_chart", drawing)
    monkeypatch.setattr(st, "download_button", offering)
    return seen


def opened(page: str, **params: str) -> AppTest:
    """A page as a link with these parameters opens it."""
    app = AppTest.from_file(str(APP), default_timeout=120)
    # The overview first: AppTest opens other pages only from there.
    app.run()
    for name, value in params.items():
        app.query_params[name] = value
    return app.switch_page(f"app_pages/{page}.py").run()


@pytest.fixture
def show(
    ran: tuple[Warehouse, str], shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AppTest]:
    for name, value in ran[0].environment.items():
        monkeypatch.setenv(name, value)

    def show(page: str, **params: str) -> AppTest:
        app = opened(page, **params)
        assert not app.exception and not app.error, [each.value for each in app.error]
        return app

    return show


def text(value: Any) -> str:
    """A cell as it stands in a CSV, with an apostrophe before a formula."""
    said = "" if value is None else str(value)
    return f"'{said}" if isinstance(value, str) and said.startswith(formats.FORMULA) else said


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_which_build_it_shows_and_every_csv_equals_its_query(
    page: str, show: Callable[..., AppTest], shown: Shown, ran: tuple[Warehouse, str]
) -> None:
    app = show(page)
    assert app.title[0].value
    as_of = ran[0].rows("select max(as_of_date) from marts.dim_metrics")[0][0]
    assert formats.day(as_of) in app.markdown[0].value or any(
        formats.day(as_of) in each.value and texts.PASSED in each.value for each in app.markdown
    )
    assert shown.files
    for name, file in shown.files.items():
        header, *rows = csv.reader(io.StringIO(file))
        whole = [
            {tuple(text(row[column]) for column in header) for _, row in found.iterrows()}
            for _, _, found in shown.asked
            if set(header) <= set(found.columns)
        ]
        assert any({tuple(row) for row in rows} <= one for one in whole), name


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_by_the_reporter_in_one_transaction(
    page: str, show: Callable[..., AppTest], shown: Shown
) -> None:
    app = show(page)
    shown.transactions.clear()
    app.run()
    ((user, is_read_only, isolation, _),) = shown.transactions
    assert (user, is_read_only, isolation) == ("pulse_reporter", "on", "repeatable read")


def test_each_card_of_the_overview_is_the_cell_of_its_mart(
    show: Callable[..., AppTest], ran: tuple[Warehouse, str]
) -> None:
    app = show("overview")
    labels = {metric.label: metric for metric in catalogue().metrics.values()}
    assert len(app.metric) == 10
    for card in app.metric:
        metric = labels[card.label]
        found = ran[0].rows(
            "select date, period_grain, value from marts.fct_metric_values where is_complete"
            f" and metric_name = '{metric.id}' and segment_name = 'all' order by date desc"
        )
        grains = {"nps": "quarter"} | dict.fromkeys(("dau", "wau", "mau", "stickiness"), "day")
        grain = grains.get(metric.id, "month")
        day = next(date for date, its_grain, _ in found if its_grain == grain)
        (row,) = ran[0].rows(reproducing(metric, "marts", cell=Cell(day, grain)))
        unit = "rate" if str(metric.value).endswith("_rate") else metric.unit
        assert card.value == formats.number(row[-1], unit), metric.id


def test_the_bridge_closes_on_the_cells_of_the_mart(
    show: Callable[..., AppTest], shown: Shown, ran: tuple[Warehouse, str]
) -> None:
    show("revenue")
    (bar,) = shown.figures["bridge_chart"].data
    opening, *steps, closing = bar.y
    assert opening + sum(steps) == pytest.approx(closing)
    ((in_mart,),) = ran[0].rows(
        "select closing_arr_amount from marts.fct_arr_by_period where segment_name = 'all'"
        " and period_grain = 'month' and is_complete order by period_start desc limit 1"
    )
    assert closing == float(in_mart)


def test_a_link_restores_the_view(show: Callable[..., AppTest], shown: Shown) -> None:
    show("active_users", metric="mau", by="country", period="90d")
    assert any(
        bound.get("metric") == "mau" and bound.get("by") == "country" for _, bound, _ in shown.asked
    )


def test_an_account_is_shown_with_the_rules_that_fired(
    show: Callable[..., AppTest], shown: Shown, ran: tuple[Warehouse, str]
) -> None:
    account, score = ran[0].rows(
        "select account_id, risk_score from marts.fct_churn_risk"
        " order by fired_rules desc, account_id limit 1"
    )[0]
    app = show("customers", account=account)
    assert {each.label: each.value for each in app.metric}["Risk score"] == f"{score:,}"
    rules = {row["rule_id"] for row in csv.DictReader(io.StringIO(shown.files["risk_trace.csv"]))}
    assert rules == {
        rule
        for (rule,) in ran[0].rows(
            f"select rule_id from marts.fct_churn_risk_trace where account_id = '{account}'"
        )
    }


@pytest.mark.parametrize("page", PAGES)
def test_what_a_url_says_wrongly_is_ignored(page: str, show: Callable[..., AppTest]) -> None:
    names = ("period", "grain", "by", "metric", "account", "funnel", "basis", "kind")
    names += ("find_metric", "find_account", "cohorts", "start", "segment", "open", "dates")
    app = show(page, **dict.fromkeys(names, HOSTILE))
    assert app.title[0].value


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_database_says_what_to_run(page: str, query: Callable) -> None:
    (told,) = opened(page).error
    assert "productpulse build" in told.value and "\n" not in told.value


def test_a_missing_database_is_one_line(monkeypatch: pytest.MonkeyPatch, query: Callable) -> None:
    monkeypatch.setenv("PULSE_DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/none")
    app = opened("overview")
    (told,) = app.error
    assert "productpulse" in told.value and "secret" not in told.value
    assert not app.exception


def test_a_build_of_another_version_says_what_to_run(
    query: Callable, monkeypatch: pytest.MonkeyPatch, shown: Shown
) -> None:
    query("create schema marts; create table marts.dim_metrics (metric_name text)")
    query(
        "do $$ begin create role pulse_reporter; exception when duplicate_object then null; end $$"
    )
    query("grant usage on schema marts to pulse_reporter")
    query("grant select on all tables in schema marts to pulse_reporter")
    (told,) = opened("overview").error
    assert "another version" in told.value and "productpulse build" in told.value


def test_an_error_of_ours_is_no_traceback_on_the_page(
    show: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> pd.DataFrame:
        raise ZeroDivisionError("of ours")

    show("overview")
    monkeypatch.setattr(queries, "freshness", broken)
    monkeypatch.setattr(queries, "leakage", broken)
    app = opened("revenue")
    assert [each.value for each in app.error] == [texts.UNEXPECTED]
    assert not app.exception


def test_a_port_that_is_taken_is_one_line(ran: tuple[Warehouse, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = ran[0].command("dashboard", "--no-browser", "--port", port, check=False)
    assert done.returncode and f"port {port} is taken" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_open_period_is_dashed() -> None:
    rows = pd.DataFrame({"date": [1, 2, 3], "value": [5, 6, 2], "is_complete": [True, True, False]})
    whole, dashed = charts.lines(rows, "date", ["value"]).data
    assert (list(whole.x), whole.line.dash) == ([1, 2], "solid")
    assert (list(dashed.x), dashed.line.dash) == ([2, 3], "dot")


def test_an_open_cell_of_a_cohort_is_seen_as_open() -> None:
    start = pd.Timestamp("2026-01-01").date()
    rows = pd.DataFrame(
        {"c": [start] * 2, "n": [0, 1], "r": [1.0, None], "eligible_users": [3, 0]}, dtype=object
    )
    openly, over = charts.heat(rows, "c", "n", "r", ["eligible_users"]).data
    assert openly.z == ([None, 1],) and texts.NOT_OVER in openly.hovertemplate
    assert over.z == ([1.0, None],)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_a_csv_has_no_formula(begin: str) -> None:
    rows = pd.DataFrame({"name": [f"{begin}cmd|' /C calc'!A0"], "amount": [-2]}, dtype=object)
    (header, (name, amount)) = csv.reader(io.StringIO(formats.csv(rows)))
    assert header == ["name", "amount"]
    assert name == f"'{begin}cmd|' /C calc'!A0" and amount == "-2"


@pytest.mark.parametrize(
    "value, before, unit, said",
    [
        (110, 100, "users", "+10.0%"),
        (0.5, 0.4, "rate", "+10.0 pts"),
        (0.1, 0.2, "score", "-0.10"),
        (100, 100, "users", "0.0%"),
        (5, 0, "users", None),
        (None, 1, "users", None),
    ],
)
def test_a_change_is_said_in_its_unit(value: Any, before: Any, unit: str, said: str | None) -> None:
    assert formats.change(value, before, unit) == said


def test_every_text_of_the_pages_is_in_texts() -> None:
    """A string with a space is a text, unless it is SQL, a style or a docstring."""
    for path in [*(APP.parent / "app_pages").glob("*.py"), APP.parent / "cards.py"]:
        for found in spoken(path):
            assert " " not in found.strip(), f"{path}: {found}"


def spoken(path: Path) -> list[str]:
    import ast

    tree = ast.parse(path.read_text())
    docstrings = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value not in docstrings
    ]
