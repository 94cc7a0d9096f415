"""The contents of a warehouse as one hash per table, equal only if every row is equal."""

import hashlib

import pyarrow as pa
import pyarrow.parquet as pq
from warehouse import Warehouse

# They record when something was done; nothing else in a warehouse may depend on it.
MOMENTS = {"loaded_at", "last_loaded_at", "built_at"}
OF_BUILDS = {"builds", "incremental_builds"}


def digests(warehouse: Warehouse) -> dict[str, str]:
    """A hash of all rows of each public, raw and audit table, and of each file of the lake."""
    return marts(warehouse) | _tables(warehouse, "raw", "audit") | _lake(warehouse)


def marts(warehouse: Warehouse) -> dict[str, str]:
    """A hash of all rows of each public table."""
    return _tables(warehouse, "marts")


def _tables(warehouse: Warehouse, *schemas: str) -> dict[str, str]:
    listed = ", ".join(f"'{name}'" for name in schemas)
    found = warehouse.rows(
        "select table_schema, table_name, string_agg(column_name, ', ' order by ordinal_position)"
        f" from information_schema.columns where table_schema in ({listed})"
        f" and column_name not in {tuple(MOMENTS)} and table_name not in {tuple(OF_BUILDS)}"
        " group by 1, 2"
    )
    return {
        f"{schema}.{table}": warehouse.rows(
            f"select count(*) || ' rows ' || md5(string_agg(r, E'\n' order by r collate \"C\"))"
            f" from (select row({columns})::text as r from {schema}.{table}) as t"
        )[0][0]
        for schema, table, columns in found
    }


def _lake(warehouse: Warehouse) -> dict[str, str]:
    found = {}
    for path in sorted(warehouse.lake.glob("*/*.parquet")):
        table = pq.read_table(path)
        columns = [
            # as numbers, because Python cannot represent every moment in a file
            table[name].cast(pa.int64()) if pa.types.is_timestamp(kind) else table[name]
            for name, kind in zip(table.column_names, table.schema.types, strict=True)
            if name not in MOMENTS
        ]
        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        text = "\n".join(sorted(map(repr, rows)))
        found[str(path.relative_to(warehouse.lake))] = hashlib.md5(text.encode()).hexdigest()
    return found
