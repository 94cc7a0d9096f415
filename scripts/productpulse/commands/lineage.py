"""`productpulse lineage`: a diagram of what a table is made of, starting at the raw tables."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from productpulse.schemas import LAYERS

if TYPE_CHECKING:
    from productpulse.manifest import Node


def lineage(
    model: Annotated[
        str, typer.Argument(help="A mart such as fct_mrr_movements, or any other model.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what a table is made of, as a flowchart that GitHub and mermaid.live can draw."""
    from productpulse.manifest import ancestors

    found = ancestors(model)
    typer.echo(as_text(found) if as_json else picture(found))


def as_text(found: "list[Node]") -> str:
    """As JSON: nodes with their layer, parents first, and edges from parent to child."""
    names = {node.id: node.name for node in found}
    nodes = [{"name": node.name, "layer": node.layer} for node in found]
    edges = [[names[parent], node.name] for node in found for parent in node.parents]
    return json.dumps({"nodes": nodes, "edges": edges}, indent=2)


def picture(found: "list[Node]") -> str:
    """As a Mermaid flowchart: a box for each layer, from left to right."""
    keys = {node.id: f"{node.layer}_{node.name}" for node in found}
    lines = ["flowchart LR"]
    for layer in LAYERS:
        held = sorted((node.name, keys[node.id]) for node in found if node.layer == layer)
        if held:
            lines += [f"    subgraph {layer}", *(f"        {key}[{name}]" for name, key in held)]
            lines.append("    end")
    for node in found:
        lines += [f"    {keys[parent]} --> {keys[node.id]}" for parent in sorted(node.parents)]
    return "\n".join(lines)
