"""Clusters and churn models on made-up customers of known kinds."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from productpulse.errors import Exit, PulseError
from productpulse.learning.churn import EVALUATION, IMPORTANCE, RULES, SCORES, learn
from productpulse.learning.clusters import NAMES, USER_CLUSTERS, Clusters, cluster
from productpulse.learning.tables import conform

TODAY = date(2026, 7, 1)

KINDS = {"Power": (1, 200, 4000), "Regular": (4, 30, 150), "At-Risk": (120, 40, 200)}
KINDS["Dormant"] = (200, 2, 4)


def people(each: int = 60) -> pd.DataFrame:
    """Users around four centres, as far from each other as the kinds."""
    chance = np.random.default_rng(1)
    rows = [
        (f"{kind}{n:03}", *(chance.poisson(middle) for middle in middles), kind)
        for kind, middles in KINDS.items()
        for n in range(each)
    ]
    columns = ["user_id", "recency_days", "frequency_days", "monetary_value", "segment_name"]
    return pd.DataFrame(rows, columns=columns)


def names(found: Clusters) -> dict[str, str]:
    return dict(zip(found.users["user_id"], found.users["cluster_name"], strict=True))


def test_clusters_are_the_kinds_and_carry_their_names() -> None:
    found = cluster(people())
    assert {user_id[:-3] == name for user_id, name in names(found).items()} == {True}
    assert list(found.centroids["cluster_name"]) == list(NAMES)
    assert found.agreement == 1
    conform(USER_CLUSTERS, found.users.assign(as_of_date=TODAY))
    assert found.silhouette > 0.5


def test_the_best_silhouette_finds_how_many_kinds_there_are() -> None:
    assert len(cluster(people(), None).centroids) == len(KINDS)


def test_clusters_do_not_depend_on_the_order_of_the_rows() -> None:
    shuffled = people().sample(frac=1, random_state=3)
    assert names(cluster(shuffled)) == names(cluster(people()))
    assert cluster(shuffled).silhouette == cluster(people()).silhouette


@pytest.mark.parametrize("rows", [people(5), people(60).assign(**dict.fromkeys(
    ["recency_days", "frequency_days", "monetary_value"], 1
))])  # fmt: skip
def test_too_few_users_or_kinds_are_said_to_be(rows: pd.DataFrame) -> None:
    with pytest.raises(PulseError, match="too few") as refused:
        cluster(rows)
    assert refused.value.exit_code == Exit.TOO_FEW


def signals(months: int = 12, accounts: int = 150) -> pd.DataFrame:
    """Customers who leave sooner when fewer users come; noise says nothing, the score little."""
    chance = np.random.default_rng(2)
    parts = []
    for month in pd.date_range("2024-01-01", periods=months, freq="MS"):
        drop = chance.uniform(-1, 1, accounts)
        left = chance.random(accounts) < 1 / (1 + np.exp(3 - 3 * drop))
        last = month == pd.Timestamp("2024-01-01") + pd.DateOffset(months=months - 1)
        parts.append(pd.DataFrame({
            "account_id": [f"a{n}" for n in range(accounts)],
            "month": month.date(),
            "scoring_date": (month + pd.DateOffset(months=1)).date(),
            "horizon_end_date": (month + pd.DateOffset(months=2)).date(),
            "is_current": last,
            "has_churned": [None] * accounts if last else left,
            "mrr_cents": chance.integers(1_000, 100_000, accounts),
            "risk_score": np.where(drop > 0.9, 40, 10 * (chance.random(accounts) < 0.3)),
            "usage_drop_rate": np.where(chance.random(accounts) < 0.1, np.nan, drop),
            "noise": chance.normal(size=accounts),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def test_models_find_what_makes_customers_leave() -> None:
    found = learn(signals())
    measured = found.evaluation.set_index("model")
    assert (measured["churned_accounts"] > 50).all()
    for model in measured.index.drop(RULES):
        assert measured.loc[model, "auc"] > measured.loc[RULES, "auc"]
        assert measured.loc[model, "calibration_error"] < 0.05
        weights = found.importance[found.importance["model"] == model].set_index("signal")
        assert weights["importance"].idxmax() == "usage_drop_rate"
    assert len(found.scores) == 150
    for table, rows in (
        (EVALUATION, found.evaluation),
        (IMPORTANCE, found.importance),
        (SCORES, found.scores),
    ):
        conform(table, rows.assign(as_of_date=TODAY))
    assert found.scores["churn_probability"].between(0, 1).all()


def test_models_are_the_same_for_rows_in_any_order() -> None:
    one, other = learn(signals()), learn(signals().sample(frac=1, random_state=5))
    pd.testing.assert_frame_equal(one.evaluation, other.evaluation)
    pd.testing.assert_frame_equal(one.scores, other.scores)


def test_a_month_is_not_trained_on_before_it_is_known_who_left() -> None:
    known = signals()
    late = known.assign(horizon_end_date=known["month"].max())
    with pytest.raises(PulseError, match="0 customers left in the training months"):
        learn(late)


def test_too_few_who_left_are_said_to_be() -> None:
    with pytest.raises(PulseError, match="are needed") as refused:
        learn(signals(months=3, accounts=20))
    assert refused.value.exit_code == Exit.TOO_FEW
