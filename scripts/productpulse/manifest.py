"""What dbt knows about the project's models and what each is made of, without a database."""

import json
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from sqlalchemy import make_url

from productpulse.dbt import ask, dbt_command, target_path
from productpulse.errors import Exit, PulseError

# dbt needs an address to parse, but does not connect to it.
NOWHERE = make_url("postgresql://parse@localhost/parse")


@dataclass(frozen=True)
class Node:
    """A raw table, a seed or a model. `parents`: ids of the nodes it is made of."""

    id: str
    name: str
    layer: str
    parents: tuple[str, ...]


@cache
def nodes() -> dict[str, Node]:
    """All nodes by id. Raises PulseError when dbt cannot read the project."""
    # In a folder of its own: after a parse with another address the next build would parse again.
    folder = target_path("nowhere")
    command = [*dbt_command("parse", "postgres"), "--quiet", "--target-path", str(folder)]
    done = ask(command, NOWHERE)
    if done.returncode:
        raise PulseError(f"dbt cannot read the project: {' '.join(done.stdout.split())[:300]}")
    read = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = [_node(entry, "raw") for entry in read["sources"].values()]
    found += [
        _node(entry, entry["fqn"][1] if entry["resource_type"] == "model" else "reference")
        for entry in read["nodes"].values()
        if entry["resource_type"] in ("model", "seed")
    ]
    return {node.id: node for node in found}


def ancestors(name: str) -> list[Node]:
    """The model of this name and everything it is made of, parents first.

    Raises PulseError when there is no such model.
    """
    all_nodes = nodes()
    models = {node.name: node for node in all_nodes.values() if node.layer != "raw"}
    if name not in models:
        near = get_close_matches(name, models, n=1)
        hint = f"did you mean {near[0]}?" if near else "they are in the folder models"
        raise PulseError(f"{name}: no such model: {hint}", Exit.USAGE)
    order: dict[str, Node] = {}

    def visit(node: Node) -> None:
        if node.id not in order:
            for parent in sorted(node.parents):
                visit(all_nodes[parent])
            order[node.id] = node

    visit(models[name])
    return list(order.values())


def _node(entry: dict[str, Any], layer: str) -> Node:
    parents = [
        each
        for each in entry.get("depends_on", {}).get("nodes", [])
        if each.split(".")[0] in ("model", "seed", "source")
    ]
    return Node(entry["unique_id"], entry["name"], layer, tuple(dict.fromkeys(parents)))
