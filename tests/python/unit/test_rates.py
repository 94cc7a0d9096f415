"""Which exchange rates are recognised as rates into a currency other than the reporting one."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment

from productpulse.paths import project_root


class Refused(Exception):
    pass


def refuse(message: str) -> None:
    raise Refused(message)


def check(reporting: str, rates: dict[str, list[str]]) -> None:
    """Run the macro `check_rates` on rates by currency; Refused when it stops the build."""
    rows = [
        {"currency": currency, "lowest": min(given), "highest": max(given)}
        for currency, texts in sorted(rates.items())
        for given in [[Decimal(text) for text in texts]]
    ]
    environment = Environment()
    known: dict[str, Any] = {
        "execute": True,
        "checked_var": lambda name: reporting,
        "ref": lambda name: name,
        "run_query": lambda query: SimpleNamespace(rows=rows),
        "exceptions": {"raise_compiler_error": refuse},
    }
    text = (project_root() / "macros" / "reference" / "check_rates.sql").read_text()
    environment.from_string(text, globals=known).module.check_rates()


DOLLARS = {"EUR": ["1.08", "1.09"], "JPY": ["0.0067"], "USD": ["1.000000", "1"]}


@pytest.mark.parametrize(
    ("reporting", "rates", "says"),
    [
        ("EUR", DOLLARS, "EUR itself has another rate than 1 there"),
        ("EUR", {"EUR": ["1", "1.1"], "USD": ["0.92"]}, "EUR itself has another rate than 1 there"),
        # Rates into dollars without one for the euro.
        (
            "EUR",
            {"GBP": ["1.27"], "USD": ["1", "1"]},
            "USD is worth exactly 1 there in every month",
        ),
        ("USD", {"EUR": ["1"]}, "EUR is worth exactly 1 there in every month, and USD has no row"),
    ],
)
def test_rates_into_another_currency_are_refused(
    reporting: str, rates: dict[str, list[str]], says: str
) -> None:
    with pytest.raises(Refused) as caught:
        check(reporting, rates)
    message = str(caught.value)
    assert f"the rates are not into {reporting}, the var reporting_currency: {says}" in message
    assert f"put rates into {reporting} in seeds/exchange_rates.csv" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("reporting", "rates"),
    [
        ("USD", DOLLARS),
        ("EUR", {"GBP": ["1.17"], "USD": ["0.92"]}),
        ("EUR", {"USD": ["1", "0.99"]}),
        # A balboa is worth a dollar.
        ("USD", {"PAB": ["1"], "USD": ["1"]}),
        ("EUR", {}),
    ],
)
def test_rates_that_may_be_into_the_reporting_currency_are_taken(
    reporting: str, rates: dict[str, list[str]]
) -> None:
    check(reporting, rates)
