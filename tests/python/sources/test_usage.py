"""What depends on a var is known: by reading the files, and as dbt compiles them."""

import ast
import re
from collections.abc import Callable

import pytest
from dbt.contracts.graph.manifest import Manifest
from oracle import read_reference
from oracle.worlds import edge_world, write_world

from productpulse.paths import project_root
from productpulse.usage import usage
from sources.conftest import Dbt

# The as-of date moves daily, which the models themselves handle; the places of schemas and sources
# are recorded elsewhere.
NOT_OF_ROWS = {"as_of_date", "complete_until", "schema_prefix", "sources"}
TRACING = (
    "{%- macro checked_var(name) -%}{%- do log('USES '"
    " ~ (model.name if model is defined and model else '-') ~ ' ' ~ name, info=true) -%}"
)


def test_the_vars_by_which_rows_were_made_are_those_that_their_sql_uses(parsed: Manifest) -> None:
    text = parsed.macros["macro.productpulse.vars_of_rows"].macro_sql
    found = re.search(r"return\((\{.*\})\)", text, re.S)
    assert found
    listed = {model: set(names) for model, names in ast.literal_eval(found[1]).items()}
    nodes = parsed.nodes
    remembered = {k for k, node in nodes.items() if node.config.materialized == "incremental"}
    by_node = usage(project_root()).by_node
    expected = {}
    for name in remembered:
        seen = [name]
        for one in seen:
            parents = getattr(nodes[one].depends_on, "nodes", []) if one in nodes else []
            seen += [p for p in parents if p not in seen and p not in remembered]
        used = set().union(*(by_node.get(one.split(".")[-1], set()) for one in seen))
        expected[name.split(".")[-1]] = used - NOT_OF_ROWS
    assert listed == expected


@pytest.mark.slow
def test_every_use_that_dbt_sees_is_known_beforehand(
    new_dbt: Callable[[str], Dbt], tmp_path_factory: pytest.TempPathFactory
) -> None:
    dbt = new_dbt("usage")
    folder = tmp_path_factory.mktemp("usage")
    write_world(edge_world(1, read_reference(project_root() / "seeds")), folder)
    dbt.warehouse.command("load", folder)
    assert dbt.manifest
    macro = dbt.manifest.macros["macro.productpulse.checked_var"]
    begin = r"{%-?\s*macro checked_var\(name\)\s*-?%}"
    macro.macro_sql = re.sub(begin, TRACING, macro.macro_sql)
    assert "USES" in macro.macro_sql

    said: list[str] = []
    assert not dbt("build", "--exclude-resource-type", "unit_test", heard=said)
    known = usage(project_root())
    nodes = {n.name: n for n in dbt.manifest.nodes.values() if n.resource_type != "operation"}
    asked = {tuple(line.split()[1:]) for line in said if line.startswith("USES ")}
    of_nodes = sorted((name, var) for name, var in asked if name in nodes)
    assert len(of_nodes) > 100
    for name, var in of_nodes:
        if var in known.by_all:
            continue
        if nodes[name].config.materialized == "incremental" and var not in NOT_OF_ROWS:
            continue  # Its fingerprint includes those of the models before it.
        # The vars of a generic test are in the file of its model.
        owners = [name] if name in known.by_node else [m for m in known.by_node if m in name]
        touched = known.users_of({var})
        assert touched.intersection(owners), f"{name} uses {var}"
