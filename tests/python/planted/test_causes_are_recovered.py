"""Planted causes can be inferred from the models alone, within the sampling error."""

import math
from collections import defaultdict

from .conftest import WORLD, Planted


def test_the_onboarding_paths_are_found_step_by_step(planted: Planted) -> None:
    expected = sorted(
        (row["user_id"], row["event_name"], row["occurred_at"].replace(tzinfo=None))
        for row in planted.truth("funnel_paths")
    )
    found = planted.warehouse.rows(
        "select user_id, event_name, occurred_at from intermediate.int_activity__events"
        " where event_name in ('onboarding_started', 'profile_saved', 'source_connected',"
        " 'first_insight') and user_id is not null"
    )
    assert len({user for user, _, _ in expected}) > 1_000
    assert sorted(found) == expected


def test_every_linked_id_leads_to_its_user(planted: Planted) -> None:
    expected = {(row["anonymous_id"], row["user_id"]) for row in planted.truth("identities")}
    found = planted.warehouse.rows(
        "select distinct anonymous_id, user_id from intermediate.int_activity__identity_links"
    )
    assert set(found) == expected
    kinds = {row["kind"] for row in planted.truth("identities")}
    assert kinds == {"visitor", "second_device", "shared_device"}


def test_latent_segments_show_in_how_often_people_come(planted: Planted) -> None:
    segment_of = {
        row["user_id"]: row["segment"]
        for row in planted.truth("user_segments")
        if not row["is_lapsed"] or row["segment"] == "tourist"
    }
    days = dict(
        planted.warehouse.rows(
            "select user_id, count(*) * 1.0 / (max(activity_date) - min(activity_date) + 1)"
            " from intermediate.int_activity__user_days group by user_id having count(*) >= 3"
        )
    )
    shares: dict[str, list[float]] = defaultdict(list)
    for user_id, share in days.items():
        if user_id in segment_of:
            shares[segment_of[user_id]].append(float(share))
    means = {name: sum(each) / len(each) for name, each in shares.items() if len(each) >= 20}
    assert means["power"] > 1.5 * means["regular"] > 1.5 * 1.5 * means["casual"]


def test_customers_in_trouble_leave_more_often(planted: Planted) -> None:
    """The ratio of rates is significantly above 1, in the movements of the warehouse."""
    churned = {
        account
        for (account,) in planted.warehouse.rows(
            "select distinct account_id from marts.fct_mrr_movements"
            " where movement_type = 'churn' and reason = 'voluntary'"
        )
    }
    paid = {
        account
        for (account,) in planted.warehouse.rows(
            "select distinct account_id from marts.fct_mrr_movements where movement_type = 'new'"
        )
    }
    troubled = {row["account_id"] for row in planted.truth("episodes")} & paid
    calm = paid - troubled
    rates = [len(group & churned) / len(group) for group in (troubled, calm)]
    error = math.sqrt(
        sum(r * (1 - r) / len(g) for r, g in zip(rates, (troubled, calm), strict=True))
    )
    assert rates[0] - rates[1] > 1.5 * error


def test_effects_of_experiments_lie_within_their_intervals(planted: Planted) -> None:
    """One interval of 99.9 % for each treatment that converts, from exposures and outcomes."""
    rows = planted.warehouse.rows(
        """
        with exposed as (
            select
                experiment_id,
                user_id,
                min(variant) as variant,
                min(assigned_at) as assigned_at
            from staging.stg_experiments__experiment_assignments
            group by experiment_id, user_id
            having count(distinct variant) = 1
        ),
        outcomes as materialized (
            select distinct exposed.experiment_id, exposed.user_id, events.event_name
            from exposed
            inner join intermediate.int_activity__events as events
                on exposed.user_id = events.user_id
                and events.occurred_at >= exposed.assigned_at
                and events.occurred_at < exposed.assigned_at + interval '14 days'
        )
        select
            exposed.experiment_id, exposed.variant, exposed.user_id, outcomes.event_name
        from exposed
        left join outcomes
            on exposed.experiment_id = outcomes.experiment_id
            and exposed.user_id = outcomes.user_id
            and outcomes.event_name in (
                'checklist_finished', 'tour_started', 'quote_requested', 'profile_finished'
            )
        """
    )
    event_of = {e.experiment_id: e.event_name for e in WORLD.experiments}
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    converted: dict[tuple[str, str], set[str]] = defaultdict(set)
    for experiment_id, variant, user_id, event_name in rows:
        users[experiment_id, variant].add(user_id)
        if event_name == event_of[experiment_id]:
            converted[experiment_id, variant].add(user_id)
    checked = 0
    for row in planted.truth("experiment_effects"):
        arm = (row["experiment_id"], row["variant"])
        if row["is_control"] or row["kind"] != "conversion" or arm[0] == "exp_home_layout":
            continue
        control = (arm[0], "control")
        sizes = [len(users[place]) for place in (arm, control)]
        shares = [len(converted[place]) / len(users[place]) for place in (arm, control)]
        error = math.sqrt(sum(p * (1 - p) / n for p, n in zip(shares, sizes, strict=True)))
        assert abs(shares[0] - shares[1] - row["true_effect"]) < 3.3 * error, arm
        checked += 1
    assert checked == 4
