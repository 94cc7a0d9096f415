"""How raw tables, and marts, point at one another, as two diagrams: docs/generated/entities.md.

python scripts/entities.py (after a table, a key or a column that names another table has changed)
"""

from functools import cache
from typing import Any

from productpulse.marts import grain, marts
from productpulse.paths import project_root
from productpulse.raw_schema import raw_tables

PAGE = "docs/generated/entities.md"
HEAD = """# Entities

Written by `python scripts/entities.py`; a test compares it with the models.

"""
RAW = """## Raw

Keys, and columns that name rows of other tables. Only `users` is required.

"""
MARTS = """
## Marts

The grain of each mart, and the dimensions that its columns name. A line that ends in `o|` is for
rows that may lack the dimension; all others are foreign keys in Postgres.

"""


def lacking(entry: dict[str, Any]) -> dict[str, str]:
    """The columns of a mart that name rows which need not be there, with the reason."""
    return dict(entry.get("config", {}).get("meta", {}).get("without_parent", {}))


@cache
def dimensions() -> dict[str, str]:
    """The dimensions by the column that is their key."""
    return {grain(m)[0]: name for name, m in marts().items() if name.startswith("dim_")}


def page() -> str:
    """The whole page as Markdown."""
    return HEAD + RAW + _diagram(*_raw()) + MARTS + _diagram(*_marts())


Entities = dict[str, list[tuple[str, str, str]]]


def _raw() -> tuple[Entities, list[str]]:
    tables = raw_tables()
    keys = {table.key[0]: name for name, table in tables.items() if len(table.key) == 1}
    entities: Entities = {}
    lines = []
    for name, table in tables.items():
        rows = []
        for column in table.file_columns:
            parent = keys.get(column.name)
            is_key = column.name in table.key
            if is_key or parent:
                rows.append((column.data_type, column.name, "PK" if is_key else "FK"))
            if parent and parent != name:
                lines.append(f'    {parent} |o--o{{ {name} : "{column.name}"')
        entities[name] = rows
    return entities, lines


def _marts() -> tuple[Entities, list[str]]:
    entities: Entities = {}
    lines = []
    for name, mart in marts().items():
        rows = []
        for column in mart["columns"]:
            parent = dimensions().get(column["name"], name)
            is_key = column["name"] in grain(mart)
            if is_key or parent != name:
                mark = "PK" if is_key else "FK"
                rows.append((column["data_type"].split("(")[0], column["name"], mark))
            if parent != name:
                end = "o|" if column["name"] in lacking(mart) else "||"
                lines.append(f'    {name} }}o--{end} {parent} : "{column["name"]}"')
        entities[name] = rows
    return entities, lines


def _diagram(entities: Entities, lines: list[str]) -> str:
    text = ["```mermaid", "erDiagram"]
    for name, rows in entities.items():
        text.append(f"    {name} {{")
        text += [f"        {kind.replace(' ', '_')} {column} {mark}" for kind, column, mark in rows]
        text.append("    }")
    return "\n".join([*text, *lines, "```", ""])


if __name__ == "__main__":
    (project_root() / PAGE).write_text(page(), encoding="utf-8")
