"""The chain from trouble to the end of a subscription has the strength that its parameters say."""

import dataclasses
from functools import cache
from itertools import islice

import numpy as np
import pytest

from productpulse.simulator import activity, feedback, habits, support, trouble
from productpulse.simulator import world as w
from productpulse.simulator.company import Company, company
from productpulse.simulator.instants import DAY, NEVER
from productpulse.simulator.subscriptions import CAUSES, NO_NEED

from .conftest import NO_DIRT

# The same trouble for all; nothing else makes customers differ or subscriptions change.
DROP = 0.4
EVEN = w.World(
    users=30_000,
    days=500,
    dirt=NO_DIRT,
    leaks=w.Leaks(use_after_end=0.0),
    habits=w.Habits(health_effect=0.0, after_subscription=1.0),
    care=w.Care(health_effect=0.0, nps_answers=1.0, nps_days=30),
    trouble=w.Trouble(per_year=1.0, health_effect=0.0, drop_from=DROP, drop_to=DROP),
    subscriptions=w.Subscriptions(
        health_effect=0.0, cancel=0.04, cancel_at_once=1.0, starts_free=0.0, starts_with_trial=0.0,
        upgrade=0.0, downgrade=0.0, seats_up=0.0, seats_down=0.0, payment_fails=0.0, pause=0.0,
        won_back=0.0,
    ),
)  # fmt: skip


@cache
def even() -> Company:
    return company(EVEN)


def in_and_out(of: Company) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Per subscription: its time in trouble and outside, and whether it ended in either."""
    made = of.made
    around = of.episodes.part(made.payer)
    until = np.minimum(made.ended, of.world.end)
    starts = np.clip(around.starts, made.created, until)
    ends = np.clip(around.ends, made.created, until)
    inside = ends - starts
    ended = made.ended != NEVER
    in_trouble = ended & (around.drop_at(made.ended) > 0)
    return inside, until - made.created - inside, in_trouble, ended & ~in_trouble


def test_the_rate_of_leaving_rises_by_the_factor_of_the_chain() -> None:
    inside, outside, left_inside, left_outside = in_and_out(even())
    found = (left_inside.sum() / inside.sum()) / (left_outside.sum() / outside.sum())
    expected = float(trouble.leaving_factor(EVEN, np.array([DROP]))[0])
    assert expected > 2
    error = np.sqrt(1 / left_inside.sum() + 1 / left_outside.sum())
    assert abs(np.log(found / expected)) < 4 * error < 0.5


def test_who_leaves_in_trouble_leaves_for_its_cause_as_often_as_the_factor_says() -> None:
    of = even()
    _, _, in_trouble, outside = in_and_out(of)
    expected = float(1 - 1 / trouble.leaving_factor(EVEN, np.array([DROP]))[0])
    by_trouble = of.made.cause[in_trouble] != NO_NEED
    error = np.sqrt(expected * (1 - expected) / len(by_trouble))
    assert abs(by_trouble.mean() - expected) < 4 * error
    assert set(of.made.cause[outside]) == {NO_NEED}
    own = of.episodes.cause[of.made.payer[in_trouble]][by_trouble]
    assert (of.made.cause[in_trouble][by_trouble] == own).all()
    assert {CAUSES[cause] for cause in own} == set(trouble.CAUSES)


def test_without_tickets_no_customer_leaves_for_trouble() -> None:
    """With the link between cut, subscriptions are those of a world where no score is lost."""
    cut = dataclasses.replace(EVEN, trouble=dataclasses.replace(EVEN.trouble, tickets_per_drop=0.0))
    other = dataclasses.replace(
        EVEN, trouble=dataclasses.replace(EVEN.trouble, leaving_per_point=0.0)
    )
    one, two = company(cut), company(other)
    for name, values in vars(one.changes).items():
        np.testing.assert_array_equal(values, getattr(two.changes, name), err_msg=name)
    assert set(one.made.cause[one.made.ended != NEVER]) == {NO_NEED}
    assert (one.made.ended != NEVER).sum() < (even().made.ended != NEVER).sum()


def test_a_stronger_link_makes_more_leave_and_only_where_there_is_trouble() -> None:
    strong = dataclasses.replace(
        EVEN, trouble=dataclasses.replace(EVEN.trouble, leaving_per_point=1.2)
    )
    of = company(strong)
    _, _, many, _ = in_and_out(of)
    _, _, few, _ = in_and_out(even())
    assert many.sum() > 1.2 * few.sum()
    calm = even().episodes.starts[even().made.payer] == NEVER
    np.testing.assert_array_equal(of.made.ended[calm], even().made.ended[calm])


def test_tickets_rise_by_their_factor() -> None:
    of = even()
    standing, around = of.standing.part(of.payer_of), of.episodes.part(of.payer_of)
    rows = support.ticket_rows(EVEN, of.users, standing, around)
    user = np.array([int(key[4:]) - 1 for key in rows.table["user_id"].to_pylist()])
    in_trouble = around.part(user).drop_at(rows.arrived) > 0
    until = np.minimum(np.minimum(of.users.deleted, EVEN.end), standing.left)
    until = np.maximum(until, of.users.created + 1)
    inside = np.clip(around.ends, of.users.created, until)
    inside = (inside - np.clip(around.starts, of.users.created, until)).sum()
    outside = (until - of.users.created).sum() - inside
    found = (in_trouble.sum() / inside) / ((~in_trouble).sum() / outside)
    expected = 1 + EVEN.trouble.tickets_per_drop * DROP
    error = np.sqrt(1 / in_trouble.sum() + 1 / (~in_trouble).sum())
    assert abs(np.log(found / expected)) < 4 * error < 0.3


@pytest.fixture(scope="module")
def use_and_answers() -> tuple[np.ndarray, np.ndarray]:
    """Over some blocks: visits and possible days in trouble and outside; the same for answers."""
    of = even()
    visits, scores = np.zeros((2, 2)), [np.zeros(0), np.zeros(0)]
    for part in islice(of.parts(), 16):
        users, around, first = part.users, part.episodes, part.first
        having = habits.habits_of(EVEN, users, part.standing, around, of.dates)
        who, day = habits.active_days(EVEN, users, having, of.dates)
        possible = np.zeros((2, len(users)))
        days = np.arange(EVEN.days + 1)[None, :]
        on = np.zeros((len(users), EVEN.days + 1), bool)
        for spell in range(3):
            on |= (days >= having.spell_starts[:, [spell]]) & (days < having.spell_ends[:, [spell]])
        weight = having.strength[:, None] * of.dates.pull[None, :] * on
        inside = (days >= having.trouble_starts[:, None]) & (days < having.trouble_ends[:, None])
        weight[np.arange(len(users)), having.first_day] = 0
        possible = [(weight * inside).sum(), (weight * ~inside).sum()]
        counted = day != having.first_day[who]
        came = inside[who, day][counted]
        visits += np.array([[came.sum(), possible[0]], [(~came).sum(), possible[1]]])
        made = activity.sessions(EVEN, users, having, of.dates)
        rows, _ = feedback.answer_rows(EVEN, users, around, made, first)
        user = np.array([int(key[4:]) - 1 - first for key in rows.table["user_id"].to_pylist()])
        score = rows.table["score"].to_numpy()
        # Asked some minutes after the session began: close to an edge it may be on either side.
        there = around.part(user).drop_at(rows.arrived - DAY // 24) > 0
        scores = [np.append(scores[0], score[there]), np.append(scores[1], score[~there])]
    return visits, np.array([*scores], dtype=object)


def test_use_falls_by_the_drop(use_and_answers: tuple[np.ndarray, np.ndarray]) -> None:
    (inside, possible_inside), (outside, possible_outside) = use_and_answers[0]
    found = (inside / possible_inside) / (outside / possible_outside)
    assert abs(found - (1 - DROP)) < 4 * (1 - DROP) / np.sqrt(inside) + 0.01


def test_answers_fall_by_the_points_lost(
    use_and_answers: tuple[np.ndarray, np.ndarray],
) -> None:
    inside, outside = (np.asarray(each, float) for each in use_and_answers[1])
    lost = float(trouble.points_lost(EVEN, np.array([DROP]))[0])
    fall = outside.mean() - inside.mean()
    error = np.sqrt(inside.var() / len(inside) + outside.var() / len(outside))
    # The scale ends at 10, which hides a part of the scores of happy users.
    assert len(inside) > 100
    assert lost - 4 * error - 0.35 < fall < lost + 4 * error
