"""Tickets: more of them where things go badly, and in the weeks before a customer leaves."""

import numpy as np
import pyarrow as pa

from productpulse.simulator import world as w
from productpulse.simulator.contracts import Standing
from productpulse.simulator.draw import choose, stream, waits
from productpulse.simulator.instants import DAY, HOUR, MONTH, NEVER, SECOND
from productpulse.simulator.people import Users
from productpulse.simulator.tables import account_keys, frame, keys, user_keys, words

PRIORITIES = ("low", "normal", "high", "urgent")
PRIORITY_SHARES = (0.22, 0.52, 0.19, 0.07)
HOURS_TO_ANSWER = np.array([30.0, 14.0, 5.0, 1.5])
CATEGORIES = ("bug", "billing", "how_to", "integration", "performance", "account")
CATEGORY_SHARES = (0.24, 0.17, 0.28, 0.12, 0.10, 0.09)
WEEKS_BEFORE_LEAVING = 6


def tickets(world: w.World, users: Users, standing: Standing) -> pa.Table:
    """The raw table `support_tickets`; `standing` has one entry per user."""
    rng = stream(world.seed, "tickets")
    care = world.care
    until = np.minimum(np.minimum(users.deleted, world.end), standing.left)
    until = np.maximum(until, users.created + 1)
    rate = care.tickets_per_user_month * np.exp(-care.health_effect * users.health)
    rate[users.internal] = 0
    usual = np.repeat(np.arange(len(users)), rng.poisson(rate * (until - users.created) / MONTH))
    leaving = (standing.left < world.end) & (users.created < standing.left)
    upset = np.flatnonzero(leaving & (rng.random(len(users)) < care.tickets_before_leaving))

    who = np.concatenate([usual, upset])
    count = len(who)
    since = np.maximum(users.created[who], until[who] - WEEKS_BEFORE_LEAVING * 7 * DAY)
    since[: len(usual)] = users.created[usual]
    opened = since + (rng.random(count) * (until[who] - since)).astype(int)
    order = np.lexsort((who, opened))
    who, opened = who[order], opened[order] // SECOND * SECOND
    opened = np.maximum(opened, users.created[who])

    priority = choose(rng, PRIORITY_SHARES, count)
    slow = np.exp(-0.2 * users.health[who])
    answered = opened + (rng.gamma(1.5, HOURS_TO_ANSWER[priority] * slow) * HOUR).astype(int)
    resolved = answered + waits(rng, 50 * HOUR, count)
    reopened = rng.poisson(0.12, count)
    solved = (resolved < world.end) & (rng.random(count) < 0.985)
    rates_us = solved & (rng.random(count) < 0.35)
    feeling = 3.9 + 0.5 * users.health[who] - 0.6 * reopened + rng.normal(0, 0.9, count)
    score = np.clip(np.round(feeling), 1, 5).astype(np.int64)
    return frame("support_tickets", {
        "ticket_id": keys("tkt_", np.arange(1, count + 1), 7),
        "account_id": account_keys(users.account[who]),
        "user_id": user_keys(who),
        "opened_at": opened,
        "first_response_at": np.where(answered < world.end, answered, NEVER),
        "resolved_at": np.where(solved, resolved, NEVER),
        "reopened_count": np.where(answered < world.end, reopened, 0),
        "priority": words(PRIORITIES, priority),
        "category": words(CATEGORIES, choose(rng, CATEGORY_SHARES, count)),
        "satisfaction_score": pa.array(score, mask=~rates_us),
    })  # fmt: skip
