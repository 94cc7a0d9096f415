"""What the tables of learned things hold: one schema for each, checked before it is written."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from productpulse.errors import PulseError

DataType = Literal["text", "bigint", "double precision", "date"]
KINDS: dict[DataType, str] = {
    "text": "string",
    "bigint": "integer",
    "double precision": "floating",
    "date": "date",
}
"""What pandas calls values of these types."""


@dataclass(frozen=True)
class Column:
    """A column. Only where it `may_be_null` may rows lack a value."""

    data_type: DataType
    description: str
    may_be_null: bool = False


@dataclass(frozen=True)
class Table:
    """A table of the schema `learning`. `description`: what one row is; `key`: one row for each."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: dict[str, Column]


AS_OF = {"as_of_date": Column("date", "As-of date of the build that it was learned from.")}


def conform(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with the columns in the order of the table. Raises PulseError where they differ."""
    if set(rows.columns) != set(table.columns):
        names = ", ".join(sorted(set(rows.columns) ^ set(table.columns)))
        raise _broken(table, f"the columns differ by {names}")
    for name, column in table.columns.items():
        kind = pd.api.types.infer_dtype(rows[name], skipna=True)
        if kind not in (KINDS[column.data_type], "empty"):
            raise _broken(table, f"{name} is {kind} and should be {column.data_type}")
        if not column.may_be_null and rows[name].isna().any():
            raise _broken(table, f"{name} lacks a value")
    if rows.duplicated(list(table.key)).any():
        raise _broken(table, f"several rows of one {', '.join(table.key)}")
    return rows[list(table.columns)]


def _broken(table: Table, how: str) -> PulseError:
    return PulseError(
        f"what was learned is not what {table.name} declares: {how}: please report it"
    )
