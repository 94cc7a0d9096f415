"""The keys that models declare, and the keys that marts have in Postgres."""

from warehouse import Warehouse

from entities import dimensions, lacking
from productpulse.marts import marts

# Per mart and column: the dimension, and whether all rows are known to be in it.
Keys = dict[tuple[str, str], tuple[str, bool]]

MARTS = marts()
DIMENSIONS = dimensions()


def wanted_foreign_keys() -> Keys:
    """The keys that the descriptions ask for, all of them valid."""
    return {
        (name, column["name"]): (DIMENSIONS[column["name"]], True)
        for name, entry in MARTS.items()
        for column in entry["columns"]
        if DIMENSIONS.get(column["name"], name) != name and column["name"] not in lacking(entry)
    }


def foreign_keys(warehouse: Warehouse) -> Keys:
    """The keys that exist."""
    found = warehouse.rows(
        "select child.relname, attname, parent.relname, convalidated from pg_constraint "
        "inner join pg_class as child on child.oid = conrelid "
        "inner join pg_class as parent on parent.oid = confrelid "
        "inner join pg_attribute on attrelid = conrelid and attnum = conkey[1] "
        "where contype = 'f' and connamespace = 'marts'::regnamespace"
    )
    return {(child, column): (parent, is_valid) for child, column, parent, is_valid in found}


def primary_keys(warehouse: Warehouse) -> dict[str, list[str]]:
    """Per mart: the columns of its primary key."""
    found = warehouse.rows(
        "select relname, pg_get_constraintdef(pg_constraint.oid) from pg_constraint "
        "inner join pg_class on pg_class.oid = conrelid "
        "where contype = 'p' and connamespace = 'marts'::regnamespace"
    )
    return {name: text.split("(")[1].rstrip(")").split(", ") for name, text in found}
