"""Currencies: codes, names and decimal digits of their minor units, from the seeds."""

import csv
from functools import cache

from productpulse.paths import seeds_dir


@cache
def minor_unit_digits() -> dict[str, int]:
    """Decimal digits of the minor unit by ISO 4217 code; the seed exchange_rates wins."""
    digits = {row["currency"]: int(row["minor_unit_digits"]) for row in _seed("currencies")}
    for row in _seed("exchange_rates"):
        said = row.get("minor_unit_digits") or ""
        if said.isascii() and said.isdigit():
            digits[_code(row)] = int(said)
    return digits


@cache
def codes_by_name() -> dict[str, str]:
    """ISO 4217 codes by the English names of the currencies."""
    return {row["name"]: row["currency"] for row in _seed("currencies")}


@cache
def rated() -> frozenset[str]:
    """The currencies that have an exchange rate."""
    return frozenset(_code(row) for row in _seed("exchange_rates") if _is_positive(row.get("rate")))


def _code(row: dict[str, str]) -> str:
    return (row.get("currency") or "").upper()


def _is_positive(rate: str | None) -> bool:
    try:
        return float(rate or 0) > 0
    except ValueError:
        return False  # The build will report it.


def _seed(name: str) -> list[dict[str, str]]:
    path = seeds_dir() / f"{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
