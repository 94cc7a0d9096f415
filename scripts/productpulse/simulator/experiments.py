"""Experiments with planted effects: who was shown what, and outcomes that nothing else causes."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from productpulse.simulator import catalogue, draw
from productpulse.simulator import world as w
from productpulse.simulator.activity import Sessions, events
from productpulse.simulator.events import Events, concatenate
from productpulse.simulator.instants import DAY, HOUR, MINUTE, SECOND
from productpulse.simulator.people import Users
from productpulse.simulator.tables import Rows, frame, user_keys, words
from productpulse.simulator.truth.dirty_rows import dirty_rows

PRE_DAYS = 28  # before the exposure, in which a covariate is measured


def exposures(
    world: w.World, users: Users, made: Sessions, first: int
) -> tuple[Rows, Events, list[pa.Table]]:
    """The raw table `experiment_assignments` of one block, the outcomes, and which rows are dirty.

    Users enter when they first come while the experiment runs.
    """
    none = np.zeros(0, np.int64)
    parts = [(_table("", [], none, none, none), none)]
    outcomes = [_events(none.astype(np.uint64), 0, none, none)]
    dirty = []
    for experiment in world.experiments:
        begins = world.start + int(experiment.begins * world.days) * DAY
        ends = world.start + int(experiment.ends * world.days) * DAY
        running = np.flatnonzero((made.start >= begins) & (made.start < ends))
        # Sessions are sorted by user and start: the first found is the user's earliest.
        user, earliest = np.unique(made.user[running], return_index=True)
        key = draw.family(users.key[user], experiment.experiment_id)
        taken = draw.chance(key, "is taken in", experiment.reach)
        user, key, session = user[taken], key[taken], running[earliest][taken]
        at = made.start[session] + draw.between(key, "after", 1, 9) * SECOND
        at = np.minimum(at, np.minimum(users.deleted[user], world.end) - 1)
        variant = draw.choose(key, "variant", [v.share for v in experiment.variants])

        again = draw.chance(key, "is shown again", world.dirt.shown_again)
        another = draw.chance(key, "is shown another", world.dirt.shown_another)
        other = (variant + 1) % len(experiment.variants)
        shown = [
            ("", np.ones(len(user), bool), variant, at),
            ("shown_again", again, variant, at + 2 * HOUR),
            ("shown_another", another, other, at + 5 * HOUR),
        ]
        for kind, which, what, when in shown:
            names = [v.name for v in experiment.variants]
            table = _table(experiment.experiment_id, names, first + user, what, when)
            parts.append((table.filter(pa.array(which)), when[which]))
            if kind:
                columns = (table[name] for name in ("experiment_id", "user_id", "variant"))
                row_keys = pc.binary_join_element_wise(*columns, " / ").combine_chunks()
                dirty.append(dirty_rows("experiment_assignments", row_keys, which, kind, when))
        outcomes += _outcomes(experiment, key, first + user, variant, at)

    together = concatenate(outcomes)
    own = together.owner - first
    inside = together.occurred < np.minimum(users.deleted[own], world.end)
    inside &= together.occurred >= users.created[own]
    table = pa.concat_tables([table for table, _ in parts])
    arrived = np.concatenate([when for _, when in parts])
    return Rows(table, arrived), together.rows(inside), dirty


def effects(world: w.World) -> pa.Table:
    """The truth: one row per experiment, variant and week since exposure, 0 where nothing fades."""
    rows = []
    for experiment in world.experiments:
        control = experiment.variants[0]
        is_srm = any(v.arrives is not None for v in experiment.variants)
        total = sum(v.share for v in experiment.variants)
        for variant in experiment.variants:
            for week in range(_weeks(experiment)):
                mean = _mean(experiment, variant, week)
                effect = mean - _mean(experiment, control, week)
                rows.append({
                    "experiment_id": experiment.experiment_id,
                    "variant": variant.name,
                    "week": week,
                    "event_name": experiment.event_name,
                    "kind": experiment.kind,
                    "is_control": variant is control,
                    "true_mean": mean,
                    "true_effect": effect,
                    "true_relative_effect": effect / _mean(experiment, control, week),
                    "planned_share": variant.planned_share,
                    "true_share": variant.share / total,
                    "has_sample_ratio_mismatch": is_srm,
                })  # fmt: skip
    return pa.Table.from_pylist(rows)


def _weeks(experiment: w.Experiment) -> int:
    return max(experiment.window_days // 7, 1) if experiment.fades_days else 1


def _mean(experiment: w.Experiment, variant: w.Variant, week: int) -> float:
    """The chance of a conversion, or the mean amount."""
    left = np.exp(-7 * week / experiment.fades_days) if experiment.fades_days else 1.0
    if experiment.kind == "conversion":
        return min(max(experiment.base + variant.effect * left, 0.0), 1.0)
    return experiment.base * (1 + variant.effect * left)


def _outcomes(
    experiment: w.Experiment,
    key: draw.Keys,
    user: np.ndarray,
    variant: np.ndarray,
    at: np.ndarray,
) -> list[Events]:
    code = catalogue.EVENT_CODE[experiment.event_name]
    found = []
    window = experiment.window_days * DAY // _weeks(experiment)
    for week in range(_weeks(experiment)):
        outcome = draw.children(key, np.array([week]))
        when = at + week * window + draw.between(outcome, "when", MINUTE, window) // 1000 * 1000
        means = np.array([_mean(experiment, v, week) for v in experiment.variants])[variant]
        if experiment.kind == "conversion":
            converts = draw.chance(outcome, "converts", means)
            found.append(_events(outcome[converts], code, user[converts], when[converts]))
            continue
        relative = experiment.amount_spread * np.array([v.spread for v in experiment.variants])
        before, amount = _amounts(experiment, outcome, means, relative[variant])
        found.append(_events(outcome, code, user, when, amount))
        if experiment.covariate:
            earlier = draw.family(outcome, "before")
            ago = draw.between(earlier, "when", HOUR, PRE_DAYS * DAY - HOUR) // 1000 * 1000
            found.append(_events(earlier, code, user, at - ago, before))
    return found


def _amounts(
    experiment: w.Experiment, key: draw.Keys, mean: np.ndarray, spread: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Amounts before and after exposure: lognormal with these means and relative spreads, and with
    the correlation that the experiment asks for."""
    usual = experiment.amount_spread
    sigma, sigma_before = np.sqrt(np.log1p(spread**2)), np.sqrt(np.log1p(usual**2))
    scale = sigma * sigma_before
    link = np.log1p(experiment.covariate * usual * spread) / np.maximum(scale, 1e-12)
    link = np.minimum(link, 1.0)
    first, second = draw.normal(key, "amount before"), draw.normal(key, "amount")
    both = link * first + np.sqrt(1 - link**2) * second
    before = experiment.base * np.exp(sigma_before * first - sigma_before**2 / 2)
    return before, mean * np.exp(sigma * both - sigma**2 / 2)


def _events(
    key: draw.Keys,
    code: int,
    user: np.ndarray,
    when: np.ndarray,
    amount: np.ndarray | None = None,
) -> Events:
    made = events(key, code, when, np.zeros(len(key), np.int64), user=user, owner=user)
    return made if amount is None else made.having(amount=amount)


def _table(
    experiment_id: str, names: list[str], user: np.ndarray, variant: np.ndarray, at: np.ndarray
) -> pa.Table:
    return frame("experiment_assignments", {
        "experiment_id": words([experiment_id], np.zeros(len(user), np.int64)),
        "user_id": user_keys(user),
        "variant": words(names, variant),
        "assigned_at": at,
    })  # fmt: skip
