"""From the price of a subscription to whole minor units of the reporting currency."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import floor

from .clock import is_finite, local_date
from .inputs import Params, Reference, Row

INTERVALS_PER_MONTH = {
    "month": Fraction(1),
    "year": Fraction(1, 12),
    "quarter": Fraction(1, 3),
    "week": Fraction(52, 12),
    "day": Fraction(365, 12),
}
DEFAULT_DIGITS = 2


def half_up(value: Fraction) -> int:
    """The nearest integer, halves upwards."""
    return floor(value + Fraction(1, 2))


def list_price(change: Row) -> int:
    """What a subscription in this state costs per interval before discounts."""
    amount = change.get("amount")
    return int(change["quantity"] * change["unit_amount"] if amount is None else amount)


def discounts(change: Row) -> tuple[Decimal, int]:
    """The discount while it lasts: percent, and then minor units."""
    return change.get("discount_percent") or Decimal(0), change.get("discount_amount") or 0


def per_month(change: Row) -> Fraction:
    """How many billing intervals of this state make a month."""
    return INTERVALS_PER_MONTH[change["billing_interval"]] / (change.get("interval_count") or 1)


def monthly_price(change: Row, day: date, params: Params) -> int:
    """The MRR of a subscription in this state on the day, in minor units of its currency."""
    percent, amount_off = discounts(change)
    ends_at = change.get("discount_ends_at")
    is_over = ends_at is not None and day >= local_date(ends_at, params)
    is_permanent = ends_at is None or not is_finite(ends_at)
    if (
        is_over
        or params.discount_policy == "none"
        or (params.discount_policy == "permanent" and not is_permanent)
    ):
        percent, amount_off = Decimal(0), 0
    return _monthly(list_price(change), percent, amount_off, per_month(change))


@cache
def _monthly(price: int, percent: Decimal, amount_off: int, times: Fraction) -> int:
    return half_up(max(price * (1 - Fraction(percent) / 100) - amount_off, Fraction(0)) * times)


class Exchange:
    """Converts minor units of any currency to those of the reporting currency."""

    def __init__(self, reference: Reference, params: Params) -> None:
        self.rates: dict[str, list[tuple[date, Fraction, int]]] = {}
        listed = reference.get("currencies", [])
        usual = {row["currency"]: int(row["minor_unit_digits"]) for row in listed}
        for row in reference.get("exchange_rates", []):
            month, digits = date.fromisoformat(row["month"]), row.get("minor_unit_digits")
            if digits is None:
                digits = usual.get(row["currency"], DEFAULT_DIGITS)
            self.rates.setdefault(row["currency"], []).append(
                (month, Fraction(row["rate"]), int(digits))
            )
        self.reporting = params.reporting_currency
        own = self.rates.pop(self.reporting, None)
        self.own_digits = max(own)[2] if own else usual.get(self.reporting, DEFAULT_DIGITS)
        # amounts have two decimals, also of a currency with three
        self.digits = min(self.own_digits, 2)
        for currency, entries in self.rates.items():
            self.rates[currency] = [entry for entry in entries if entry[1] > 0]
        self._known: dict[tuple[int, str, date], int] = {}

    def has_rate(self, currency: str) -> bool:
        """Whether amounts of the currency can be converted."""
        return currency == self.reporting or bool(self.rates.get(currency))

    def convert(self, minor_units: int, currency: str, day: date) -> int:
        """Converts at the rate of the day's month, else the last before, else the first after."""
        question = (minor_units, currency, day.replace(day=1))
        if question not in self._known:
            self._known[question] = self._convert(minor_units, currency, day)
        return self._known[question]

    def _convert(self, minor_units: int, currency: str, day: date) -> int:
        if currency == self.reporting:
            return half_up(minor_units * Fraction(10) ** (self.digits - self.own_digits))
        before = [entry for entry in self.rates[currency] if entry[0] <= day]
        _, rate, digits = max(before) if before else min(self.rates[currency])
        return half_up(minor_units * rate * Fraction(10) ** (self.digits - digits))

    def amount(self, minor_units: Fraction | int) -> Decimal:
        """Reporting minor units as an amount with two decimals."""
        return two_decimals(Fraction(minor_units) / 10**self.digits)


def two_decimals(value: Fraction) -> Decimal:
    """The amount to two decimals, halves away from zero."""
    cents = half_up(abs(value) * 100)
    return Decimal(cents if value >= 0 else -cents).scaleb(-2)
