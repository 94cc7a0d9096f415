"""What was planted about customers shows in their scores, signals and clusters."""

from collections import defaultdict
from datetime import date
from statistics import mean

import pandas as pd
from oracle import Params
from sklearn.metrics import adjusted_rand_score

from productpulse.learning.clusters import FEATURES, cluster

from .conftest import Planted

PAYMENT_RULES = {"payment_failed", "payment_overdue"}


def test_latent_segments_show_in_scores_and_clusters(planted: Planted) -> None:
    latent = {
        row["user_id"]: row["segment"]
        for row in planted.truth("user_segments")
        if not row["is_lapsed"]
    }
    rfm = pd.DataFrame(planted.warehouse.table("fct_user_rfm"))
    rfm[list(FEATURES)] = rfm[list(FEATURES)].astype(float)
    known = rfm[rfm["user_id"].isin(latent)]
    segments = known["user_id"].map(latent)
    scores = known.groupby(segments)[["f_score", "m_score"]].mean()
    for measure in ("f_score", "m_score"):
        assert scores[measure]["power"] > scores[measure]["regular"] + 0.3
        assert scores[measure]["regular"] > scores[measure]["casual"] + 0.3
    # not more, because scores depend on how long a user has been there, and kinds do not
    found = cluster(rfm).users.set_index("user_id")["cluster_name"]
    assert adjusted_rand_score(segments, known["user_id"].map(found)) > 0.05
    assert (found[known["user_id"][segments == "power"]] == "Power").mean() > 0.6


def test_failed_payments_warn_of_those_who_leave_for_them(planted: Planted) -> None:
    """A payment warned about most customers lost to failed payments, and about few others."""
    lost = {
        kind: {
            (row["account_id"], row["ended_at"].date())
            for row in planted.truth("churns")
            if row["kind"] == kind
        }
        for kind in ("involuntary", "voluntary")
    }
    warned: dict[tuple[str, date], float] = {}
    for row in planted.warehouse.table("fct_account_signals", where="has_churned"):
        if row["signal"] in ("failed_payments", "days_past_due", "cancel_requests"):
            place = (row["account_id"], row["scoring_date"], row["signal"])
            warned[place] = row["signal_value"]
    rates = {}
    for kind, churns in lost.items():
        seen = [
            {signal: value for (who, _, signal), value in warned.items() if who == account}
            for account, _ in churns
        ]
        known = [signals for signals in seen if signals]
        assert len(known) >= 5, kind
        rates[kind] = {
            "payment": mean(s["failed_payments"] + s["days_past_due"] > 0 for s in known),
            "request": mean(s["cancel_requests"] > 0 for s in known),
        }
    assert rates["involuntary"]["payment"] > 2 * rates["voluntary"]["payment"]
    assert rates["voluntary"]["request"] > 2 * rates["involuntary"]["request"]


def test_rules_about_planted_causes_beat_chance(planted: Planted) -> None:
    records = {
        row["subject_id"]: row
        for row in planted.warehouse.table(
            "fct_churn_rule_performance", where="subject_kind = 'rule'"
        )
    }
    for rule in ("cancel_requested", "payment_failed"):
        record = records[rule]
        assert record["precision_low"] > record["base_rate"], rule
        is_proof = record["caught_accounts"] >= Params().rule_min_churns
        assert record["record_status"] == ("proven" if is_proof else "unproven"), rule
    assert records["cancel_requested"]["record_status"] == "proven"


def test_customers_in_trouble_come_less_and_ask_more(planted: Planted) -> None:
    """Months inside an episode against all others, by the signals of the warehouse."""
    episodes = {
        row["account_id"]: (row["starts_at"].date(), row["ends_at"].date())
        for row in planted.truth("episodes")
    }
    values: dict[tuple[str, bool], list[float]] = defaultdict(list)
    for row in planted.warehouse.table("fct_account_signals", where="signal_value is not null"):
        since, until = episodes.get(row["account_id"], (date.max, date.max))
        days = (row["scoring_date"] - since).days
        if 21 <= days <= 35 and row["scoring_date"] <= until:
            values[row["signal"], True].append(row["signal_value"])
        elif days < 0 or row["scoring_date"] > until:
            values[row["signal"], False].append(row["signal_value"])
    assert len(values["usage_drop_rate", True]) >= 10
    for signal in ("usage_drop_rate", "tickets"):
        assert mean(values[signal, True]) > mean(values[signal, False]), signal
