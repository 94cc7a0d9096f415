"""`productpulse segment`: clusters of users."""

import json
from typing import Annotated

import typer
from rich.table import Table

from productpulse.console import out, step
from productpulse.errors import Exit, PulseError
from productpulse.paths import state_dir
from productpulse.schemas import schema_of

AUTO = "auto"


def segment(
    clusters: Annotated[
        str,
        typer.Option(
            metavar="2…8|auto", help="How many; auto takes the number with the best silhouette."
        ),
    ] = "4",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same clusters.")] = 7,
) -> None:
    """Cluster users by recency, frequency and intensity of use (KMeans); needs the extra ml.

    Writes learning.user_clusters and a model file. Exit code 4: too few users.
    """
    if clusters != AUTO and clusters not in map(str, range(2, 9)):
        raise PulseError(f"--clusters {clusters}: give a number from 2 to 8, or auto", Exit.USAGE)
    try:
        from productpulse.learning import store
        from productpulse.learning.clusters import FEATURES, USER_CLUSTERS, cluster
    except ImportError as error:
        raise PulseError(f"{error.name} is missing: install productpulse[ml]") from error

    with store.open_store() as opened:
        rfm = store.read(
            opened,
            f"select user_id, {', '.join(FEATURES)}, segment_name, as_of_date"
            f" from {schema_of('marts')}.fct_user_rfm",
        )
        with step("clustering users"):
            found = cluster(rfm, None if clusters == AUTO else int(clusters), seed)
        users = found.users.assign(as_of_date=rfm["as_of_date"].iloc[0])
        store.write(opened, [(USER_CLUSTERS, users)])
    folder = state_dir() / "learned"
    folder.mkdir(exist_ok=True)
    path = folder / "user_clusters.json"
    model = {
        "features": [f"log(1 + {name})" for name in FEATURES],
        "mean": found.mean.tolist(),
        "scale": found.scale.tolist(),
        "centroids": found.centroids.to_dict("records"),
        "seed": seed,
        "silhouette": found.silhouette,
    }
    path.write_text(json.dumps(model, indent=2, default=float) + "\n", encoding="utf-8")

    shown = Table(box=None, pad_edge=False)
    for heading in ("cluster", "users", "days silent", "active days", "events"):
        shown.add_column(heading, justify="left" if heading == "cluster" else "right")
    for row in found.centroids.to_dict("records"):
        middle = (f"{row[name]:,.1f}" for name in FEATURES)
        shown.add_row(str(row["cluster_name"]), f"{row['users']:,}", *middle)
    out.print(shown)
    out.print(
        f"silhouette {found.silhouette:.3f}; agreement with the rule segments "
        f"(adjusted Rand index) {found.agreement:.3f}",
        markup=False,
    )
    clusters_table = f"{schema_of('learning')}.user_clusters"
    out.print(f"next: select * from {clusters_table}; the model is in {path}", markup=False)
