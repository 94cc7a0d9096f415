"""Amounts of money, in whole minor units of their currency."""

import re

import pyarrow as pa
import pyarrow.compute as pc

from productpulse.currencies import minor_unit_digits
from productpulse.loader.numbers import all_whole, exact, in_range, spread
from productpulse.loader.records import shown
from productpulse.loader.statement import Statement
from productpulse.loader.text_form import Faults, is_text, text_form
from productpulse.raw_schema import Column

WHOLE = re.compile(r"[+-]?[0-9]+")
WITH_COMMA = re.compile(r"[+-]?[0-9.]*,[0-9]+")
# Some readers take this for a thousand, others for one with three decimals.
EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
# Separates an amount from its currency; neither contains it.
BETWEEN = "\x1f"
MAJOR = "state `amounts: major` for this table in load.yml"
MAJOR_WITH_COMMA = "state `amounts: major` and `decimal: ','` for this table in load.yml"


def coerce_money(
    values: pa.Array, currencies: pa.Array, column: Column, stated: Statement
) -> tuple[pa.Array, Faults]:
    """`values` as int64 in minor units, and a reason for each row that is no amount (null then).

    Unless load.yml states major units, an amount must be a whole number: a decimal point is
    ambiguous. A text such as 1,000 is accepted only in a currency that has three decimals.
    `currencies`: ISO 4217 codes as text, null where a row has none.
    """
    kind = values.type
    is_major = stated.amounts == "major"
    if pa.types.is_signed_integer(kind) and not is_major:
        return values.cast(pa.int64()), []
    texts, faults = text_form(values, column.name)
    if pa.types.is_floating(kind) or (pa.types.is_decimal(kind) and kind.scale > 0):
        # A whole number in such a column would look like minor units.
        is_bare = pc.match_substring_regex(texts, "^-?[0-9]+$")
        texts = pc.if_else(is_bare, pc.binary_join_element_wise(texts, "0", "."), texts)
    elif not is_major and (whole := all_whole(texts, pa.int64())) is not None:
        return whole, faults
    point = stated.decimal if is_text(kind) else "."
    coded = pc.binary_join_element_wise(
        texts, pc.fill_null(currencies, ""), BETWEEN
    ).dictionary_encode()
    amounts: list[int | None] = []
    reasons: dict[int, str] = {}
    for code, pair in enumerate(coded.dictionary.to_pylist()):
        text, currency = pair.rsplit(BETWEEN, 1)
        try:
            if is_text(kind):
                _refuse_either(column.name, text.strip(), currency)
            amounts.append(_minor_units(column.name, stated, point, text, currency))
        except ValueError as wrong:
            amounts.append(None)
            reasons[code] = str(wrong)
    parsed = pa.array(amounts, pa.int64()).take(coded.indices)
    return parsed, sorted(faults + spread(reasons, coded))


def _minor_units(name: str, stated: Statement, point: str, text: str, currency: str) -> int | None:
    """The amount in minor units, None when the text has none. Raises ValueError with the reason."""
    text, given = text.strip(), f"{name} {shown(text.strip())}"
    if not text:
        return None
    if stated.amounts is None:
        if WHOLE.fullmatch(text):
            return _bounded(int(text), given)
        raise ValueError(f"{given} {_remedy(text, currency)}")
    try:
        number = exact(text, point)
    except ValueError:
        is_comma = point == "." and WITH_COMMA.fullmatch(text)
        comma = ", and load.yml does not state `decimal: ','`" if is_comma else ""
        raise ValueError(f"{given} is not a number{comma}") from None
    if number.adjusted() > 18:
        raise ValueError(f"{given} is too large")
    if stated.amounts == "minor":
        if number != number.to_integral_value():
            raise ValueError(f"{given} is not a whole number of minor units")
        return _bounded(int(number), given)
    if not currency:
        return None  # The row is quarantined for its currency.
    if (digits := minor_unit_digits().get(currency)) is None:
        raise ValueError(
            f"{given} is in {shown(currency)}, whose minor unit is not known: add its digits to the"
            " seed exchange_rates"
        )
    scaled = number.scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{given} has more decimals than {currency}, which has {digits}")
    return _bounded(int(scaled), given)


def _refuse_either(name: str, text: str, currency: str) -> None:
    if EITHER.fullmatch(text) and minor_unit_digits().get(currency, 0) < 3:
        raise ValueError(
            f"{name} {shown(text)} may be thousands or have three decimals: write it without a"
            " thousands separator, and with no more decimals than its currency has"
        )


def _bounded(number: int, given: str) -> int:
    if not in_range(number):
        raise ValueError(f"{given} is too large")
    return number


def _remedy(text: str, currency: str) -> str:
    """What is wrong with an amount whose unit is not stated, and what to do."""
    if WITH_COMMA.fullmatch(text):
        return f"has a decimal comma: write minor units, or {MAJOR_WITH_COMMA}"
    try:
        number = exact(text)
    except ValueError:
        return "is not a whole number"
    if "e" in text.lower():
        return f"is in scientific notation: write minor units, or {MAJOR}"
    digits = minor_unit_digits().get(currency)
    scaled = number.scaleb(digits) if digits is not None and number.adjusted() < 18 else None
    is_exact = scaled is not None and scaled == scaled.to_integral_value()
    example = f" ({int(scaled)})" if is_exact and scaled is not None else ""
    return f"has a decimal point: write minor units{example}, or {MAJOR}"
