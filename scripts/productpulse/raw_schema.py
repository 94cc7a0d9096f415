"""The raw tables as the dbt sources declare them: one schema for dbt and the loader."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import yaml

from productpulse.paths import project_root

Presence = Literal["required", "optional", "loader"]


@dataclass(frozen=True)
class Column:
    """A column. Presence: *required*; *optional*, like each of its values; set by the *loader*.

    `is_money`: in minor units. `accepted_values`: the closed list, empty for none; `spellings`:
    pairs of another word and the value it means. `lowest`, `highest`: bounds of usable values.
    """

    name: str
    data_type: str
    presence: Presence
    is_money: bool = False
    accepted_values: tuple[str, ...] = ()
    spellings: tuple[tuple[str, str], ...] = ()
    lowest: int | None = None
    highest: int | None = None


@dataclass(frozen=True)
class Table:
    """A raw table. A row must fill at least one column of `one_of` to be loaded, and at least one
    of `any_id` to be used."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    one_of: tuple[str, ...]
    description: str
    any_id: tuple[str, ...] = ()

    @property
    def file_columns(self) -> tuple[Column, ...]:
        """The columns that come from files: all but those the loader sets."""
        return tuple(c for c in self.columns if c.presence != "loader")

    @property
    def needed_ids(self) -> tuple[str, ...]:
        """The text columns that may not be blank: those of the key, and required ids."""
        return tuple(
            c.name
            for c in self.file_columns
            if c.data_type == "text"
            and (c.name in self.key or (c.presence == "required" and c.name.endswith("_id")))
        )

    @property
    def happened_at(self) -> str:
        """The column with the moment that a row is about."""
        return next(
            c.name
            for c in self.file_columns
            if c.data_type == "timestamptz" and c.presence == "required"
        )


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
                    description=table["description"].strip(),
                    any_id=tuple(meta.get("any_id", meta.get("one_of", ()))),
                )
    return tables


def _column(declared: dict) -> Column:
    meta = declared.get("config", {}).get("meta", {})
    return Column(
        name=declared["name"],
        data_type=declared["data_type"],
        presence=meta.get("presence", "required"),
        is_money=meta.get("is_money", False),
        accepted_values=tuple(meta.get("accepted_values", ())),
        spellings=tuple(meta.get("spellings", {}).items()),
        lowest=meta.get("lowest"),
        highest=meta.get("highest"),
    )
