"""Experiments have the planted effects, and nothing else makes their events."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from productpulse.simulator import activity, catalogue, experiments, habits
from productpulse.simulator import world as w
from productpulse.simulator.company import company
from productpulse.simulator.instants import DAY

from .conftest import NO_DIRT

# Many users who come at least once, and nothing that is not needed.
WORLD = w.World(users=60_000, days=150, dirt=NO_DIRT, people=w.People(growth=0.0))
NAMES = [experiment.experiment_id for experiment in w.EXPERIMENTS]
EFFECTS = experiments.effects(WORLD).to_pandas()


@cache
def found() -> tuple[pd.DataFrame, pd.DataFrame]:
    """All exposures, and all outcomes with user, event name, instant and amount."""
    of = company(WORLD)
    shown, outcomes = [], []
    for part in of.parts():
        users, first = part.users, part.first
        having = habits.habits_of(WORLD, users, part.standing, part.episodes, part.dates)
        visits = activity.sessions(WORLD, users, having, of.dates)
        rows, events, _ = experiments.exposures(WORLD, users, visits, first)
        shown.append(rows.table.to_pandas())
        outcomes.append(
            pd.DataFrame(
                {
                    "user": events.owner,
                    "name": np.array([kind.name for kind in catalogue.EVENTS])[events.name],
                    "at": events.occurred,
                    "amount": events.amount,
                }
            )
        )
    exposed = pd.concat(shown)
    exposed["user"] = exposed["user_id"].str[4:].astype(int) - 1
    exposed["at"] = exposed["assigned_at"].astype("datetime64[us, UTC]").astype("int64")
    return exposed, pd.concat(outcomes)


def arms(experiment: w.Experiment) -> pd.DataFrame:
    """Per exposed user with a closed window: variant, and the outcomes since exposure."""
    exposed, outcomes = found()
    mine = exposed[exposed["experiment_id"] == experiment.experiment_id]
    mine = mine[mine["at"] + experiment.window_days * DAY < WORLD.end]
    own = outcomes[outcomes["name"] == experiment.event_name]
    return mine.merge(own, on="user", how="left", suffixes=("", "_outcome"))


@pytest.mark.parametrize("experiment", w.EXPERIMENTS, ids=NAMES)
def test_every_arm_has_its_true_mean(experiment: w.Experiment) -> None:
    joined = arms(experiment)
    truth = EFFECTS[EFFECTS["experiment_id"] == experiment.experiment_id]
    week = (joined["at_outcome"] - joined["at"]) // (7 * DAY)
    weeks = truth["week"].nunique()
    assert weeks == (8 if experiment.fades_days else 1)
    for row in truth.itertuples():
        of_arm = joined["variant"] == row.variant
        users = joined.loc[of_arm, "user"].nunique()
        after = of_arm & (joined["at_outcome"] >= joined["at"])
        in_week = after & (week == row.week) if weeks > 1 else after
        assert users > 500
        if experiment.kind == "conversion":
            mean = joined.loc[in_week, "user"].nunique() / users
            error = np.sqrt(row.true_mean * (1 - row.true_mean) / users)
        else:
            amounts = joined.loc[in_week, "amount"]
            assert len(amounts) == users
            mean, error = amounts.mean(), amounts.std() / np.sqrt(users)
        assert abs(mean - row.true_mean) < 4.5 * error, (row.variant, row.week)


def test_the_winner_the_loser_and_the_null_are_what_they_are_called() -> None:
    treated = EFFECTS[~EFFECTS["is_control"] & (EFFECTS["week"] == 0)]
    effect = treated.set_index(["experiment_id", "variant"])["true_effect"]
    assert effect["exp_onboarding_checklist", "checklist"] == pytest.approx(0.09)
    assert effect["exp_button_colour", "green"] == 0
    assert effect["exp_pricing_page", "annual_first"] == pytest.approx(-0.07)
    assert effect["exp_usage_pricing", "metered"] == pytest.approx(40 * 0.12)


def test_a_novelty_fades() -> None:
    weekly = EFFECTS[(EFFECTS["variant"] == "cards")].sort_values("week")["true_effect"]
    assert (weekly.diff().dropna() < 0).all()
    assert weekly.iloc[-1] < 0.15 * weekly.iloc[0]


def test_only_one_experiment_has_another_split_than_planned() -> None:
    exposed, _ = found()
    for experiment in w.EXPERIMENTS:
        mine = exposed[exposed["experiment_id"] == experiment.experiment_id]
        counts = mine["variant"].value_counts()
        planned = np.array([variant.planned_share for variant in experiment.variants])
        observed = np.array([counts[variant.name] for variant in experiment.variants])
        expected = planned / planned.sum() * observed.sum()
        chi_square = float(((observed - expected) ** 2 / expected).sum())
        # Far beyond the 0.001 quantile of one or two degrees of freedom, or below it.
        is_off = experiment.experiment_id == "exp_signup_form"
        assert (chi_square > 30) if is_off else (chi_square < 14), experiment.experiment_id


def test_amounts_have_unequal_variances_and_a_covariate_before_exposure() -> None:
    experiment = next(e for e in w.EXPERIMENTS if e.kind == "amount")
    joined = arms(experiment)
    after = joined[joined["at_outcome"] >= joined["at"]]
    before = joined[joined["at_outcome"] < joined["at"]]
    assert (before["at"] - before["at_outcome"] < 28 * DAY).all()
    spread = after.groupby("variant")["amount"].agg(lambda values: values.std() / values.mean())
    assert spread["control"] == pytest.approx(0.6, rel=0.1)
    assert spread["metered"] == pytest.approx(0.6 * 1.8, rel=0.15)
    both = after.merge(before, on="user", suffixes=("", "_before"))
    control = both[both["variant"] == "control"]
    assert len(control) > 500
    assert control["amount"].corr(control["amount_before"]) == pytest.approx(0.7, abs=0.06)
