"""Clusters of users by recency, frequency and intensity of use."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.preprocessing import StandardScaler

from productpulse.errors import Exit, PulseError
from productpulse.learning.tables import AS_OF, Column, Table

FEATURES = ("recency_days", "frequency_days", "monetary_value")
# The weight of each feature when clusters are ordered from best to worst.
SIGNS = np.array([-1.0, 1.0, 1.0])
NAMES = ("Power", "Regular", "At-Risk", "Dormant")
FEWEST_USERS = 50
MOST_FOR_SILHOUETTE = 5_000
CHOICES = range(2, 9)

USER_CLUSTERS = Table(
    "user_clusters",
    "One row per user who was active, with the cluster of users with similar use.",
    key=("user_id",),
    columns={
        "user_id": Column("text", "User."),
        "cluster_number": Column(
            "bigint", "Number of the cluster: 1 is the one whose users are most active."
        ),
        "cluster_name": Column(
            "text",
            "Power, Regular, At-Risk or Dormant, from the best to the worst; with another number "
            "of clusters, such as 2 of 5.",
        ),
        **AS_OF,
    },
)


@dataclass(frozen=True)
class Clusters:
    """`users`: user_id, cluster_number (1 is the best), cluster_name. `centroids`: one row per
    cluster in the units of the features. `mean`, `scale`: of the features' log(1 + x)."""

    users: pd.DataFrame
    centroids: pd.DataFrame
    mean: np.ndarray
    scale: np.ndarray
    silhouette: float
    agreement: float


def cluster(rfm: pd.DataFrame, count: int | None = 4, seed: int = 7) -> Clusters:
    """KMeans on log(1 + x), scaled; with `count` None, the number with the best silhouette.

    `rfm` has one row per user with user_id, the FEATURES and segment_name; the order of its rows
    does not matter. `agreement` is the adjusted Rand index with segment_name. Raises PulseError
    when there are too few users, or too few different users, for this number of clusters.
    """
    rfm = rfm.sort_values("user_id", kind="stable").reset_index(drop=True)
    values = np.log1p(rfm[list(FEATURES)].to_numpy(dtype=float).clip(min=0))
    different = len(np.unique(values, axis=0))
    needed = count or max(CHOICES)
    if len(rfm) < FEWEST_USERS or different < needed:
        raise PulseError(
            f"{len(rfm)} users, {different} of them different, are too few for {needed} clusters: "
            f"at least {FEWEST_USERS} active users are needed",
            Exit.TOO_FEW,
        )
    scaler = StandardScaler().fit(values)
    scaled = scaler.transform(values)
    fitted = {k: _fit(scaled, k, seed) for k in ([count] if count else CHOICES)}
    silhouettes = {k: _silhouette(scaled, model.labels_, seed) for k, model in fitted.items()}
    best = max(silhouettes, key=lambda k: silhouettes[k])
    model = fitted[best]
    place = np.argsort(_order(model.cluster_centers_))
    numbers = place[model.labels_] + 1
    names = NAMES if best == len(NAMES) else [f"{n} of {best}" for n in range(1, best + 1)]
    users = pd.DataFrame({
        "user_id": rfm["user_id"],
        "cluster_number": numbers,
        "cluster_name": [names[number - 1] for number in numbers],
    })  # fmt: skip
    centroids = pd.DataFrame(
        np.expm1(scaler.inverse_transform(model.cluster_centers_[np.argsort(place)])),
        columns=list(FEATURES),
    )
    centroids.insert(0, "cluster_name", names)
    centroids.insert(1, "users", [int((numbers == n + 1).sum()) for n in range(best)])
    return Clusters(
        users,
        centroids,
        scaler.mean_,
        scaler.scale_,
        silhouettes[best],
        float(adjusted_rand_score(rfm["segment_name"], numbers)),
    )


def _order(centroids: np.ndarray) -> np.ndarray:
    """The centroids from the best to the worst, independent of the start: first the one with the
    most use, last the one with the least and oldest use, between them the more recent first."""
    worth = centroids @ SIGNS
    ends = {int(worth.argmax()), int(worth.argmin())}
    between = [n for n in np.argsort(centroids[:, 0], kind="stable") if int(n) not in ends]
    return np.array([worth.argmax(), *between, worth.argmin()])


def _fit(scaled: np.ndarray, count: int, seed: int) -> KMeans:
    return KMeans(n_clusters=count, n_init=10, random_state=seed).fit(scaled)


def _silhouette(scaled: np.ndarray, labels: np.ndarray, seed: int) -> float:
    size = MOST_FOR_SILHOUETTE if len(scaled) > MOST_FOR_SILHOUETTE else None
    return float(silhouette_score(scaled, labels, sample_size=size, random_state=seed))
