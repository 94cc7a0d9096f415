"""The raw tables as the dbt sources declare them: one contract for dbt and the loader."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import yaml

from productpulse.paths import project_root

Presence = Literal["required", "nullable", "optional", "loader"]


@dataclass(frozen=True)
class Column:
    """A column. Presence: *required*; value *nullable*; both *optional*; set by the *loader*."""

    name: str
    data_type: str
    presence: Presence


@dataclass(frozen=True)
class Table:
    """A raw table. `one_of`: of these columns a row must fill at least one."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    one_of: tuple[str, ...]

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """The columns that come from files: all but those the loader sets."""
        return tuple(c for c in self.columns if c.presence != "loader")


@cache
def raw_tables() -> dict[str, Table]:
    """All raw tables by name, in the order in which the sources declare them."""
    tables = {}
    for path in sorted((project_root() / "models" / "staging").glob("*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                meta = table["config"]["meta"]
                tables[table["name"]] = Table(
                    name=table["name"],
                    columns=tuple(_column(column) for column in table["columns"]),
                    key=tuple(meta["key"]),
                    one_of=tuple(meta.get("one_of", ())),
                )
    return tables


def _column(declared: dict) -> Column:
    meta = declared.get("config", {}).get("meta", {})
    return Column(declared["name"], declared["data_type"], meta.get("presence", "required"))
