"""Numbers, changes and rows as text."""

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

DASH = "–"
# A spreadsheet takes a text that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def number(value: Any, unit: str) -> str:
    """A cell as a reader sees it, by the unit of its metric; a dash where it is null."""
    if value is None or pd.isna(value):
        return DASH
    if unit == "rate":
        return f"{float(value):.1%}"
    if unit == "currency":
        return compact(float(value))
    if unit in ("score", "ratio"):
        return f"{float(value):,.2f}"
    return f"{float(value):,.0f}"


def compact(value: float) -> str:
    """1,234,567 as 1.23 M; below ten thousand in full."""
    for size, letter in ((1e9, " B"), (1e6, " M"), (1e4, " k")):
        if abs(value) >= size:
            shown = value / (1e3 if letter == " k" else size)
            return f"{shown:,.2f}{letter}" if letter != " k" else f"{shown:,.1f}{letter}"
    return f"{value:,.0f}"


def change(value: Any, before: Any, unit: str) -> str | None:
    """From one cell to another, in points or per cent; None where one is null."""
    if value is None or before is None or pd.isna(value) or pd.isna(before):
        return None
    if unit == "rate":
        said = f"{(value - before) * 100:+.1f} pts"
    elif unit in ("score", "ratio"):
        said = f"{value - before:+.2f}"
    elif before:
        said = f"{value / before - 1:+.1%}"
    else:
        return None
    # What rounds to zero has no direction.
    return said if any(digit in "123456789" for digit in said) else said[1:]


def day(value: date | None) -> str:
    return f"{value:%-d %B %Y}" if value else DASH


def short(start: date, grain: str) -> str:
    """A period by its first date, where there is little room."""
    if grain in ("day", "week"):
        return f"{start:%-d %b %Y}"
    return period(start, grain) if grain != "fiscal_year" else f"{start:%b %Y}"


def period(start: date, grain: str) -> str:
    """A period by its first date."""
    if grain == "month":
        return f"{start:%B %Y}"
    if grain == "quarter":
        return f"Q{(start.month - 1) // 3 + 1} {start.year}"
    if grain == "fiscal_year":
        return f"the year from {start:%B %Y}"
    return f"{'the week of ' if grain == 'week' else ''}{day(start)}"


def cell(name: str, value: Any) -> str:
    """A cell of a mart, by the name of its column."""
    if value is None or pd.isna(value):
        return DASH
    if isinstance(value, date):
        return day(value)
    if name.endswith("_rate"):
        return f"{value:.1%}"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return f"{value:,.2f}" if name.endswith("_amount") else f"{value:,}"
    return str(value)


def csv(rows: pd.DataFrame) -> str:
    """The rows as CSV, with an apostrophe before each text that is a formula for a spreadsheet."""

    def harmless(value: Any) -> Any:
        is_formula = isinstance(value, str) and value.startswith(FORMULA)
        return f"'{value}" if is_formula else value

    return rows.map(harmless).to_csv(index=False, lineterminator="\r\n")


def plain(text: str) -> str:
    """A text of the data, in which nothing is Markdown, HTML or a directive of Streamlit."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~:$&" else c for c in text)
