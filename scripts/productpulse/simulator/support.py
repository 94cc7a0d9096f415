"""Tickets: more of them where an account does badly, many more during trouble."""

import numpy as np
import pyarrow as pa

from productpulse.simulator import draw, trouble
from productpulse.simulator import world as w
from productpulse.simulator.instants import HOUR, MONTH, NEVER, SECOND
from productpulse.simulator.people import Users
from productpulse.simulator.subscriptions import Standing
from productpulse.simulator.tables import Rows, Update, account_keys, frame, keys, user_keys, words
from productpulse.simulator.trouble import Episodes

PRIORITIES = ("low", "normal", "high", "urgent")
PRIORITY_SHARES = (0.22, 0.52, 0.19, 0.07)
HOURS_TO_ANSWER = np.array([30.0, 14.0, 5.0, 1.5])
CATEGORIES = ("bug", "billing", "how_to", "integration", "performance", "account")
CATEGORY_SHARES = (0.24, 0.17, 0.28, 0.12, 0.10, 0.09)


def ticket_rows(world: w.World, users: Users, standing: Standing, episodes: Episodes) -> Rows:
    """The raw table `support_tickets`; `standing` and `episodes` have one entry per user."""
    care = world.care
    until = np.minimum(np.minimum(users.deleted, world.end), standing.left)
    until = np.maximum(until, users.created + 1)
    rate = care.tickets_per_user_month * np.exp(-care.health_effect * users.health) / MONTH
    rate[users.internal] = 0
    # The usual tickets all the time, and those that trouble adds while it lasts.
    begins = np.clip(episodes.starts, users.created, until)
    ends = np.clip(episodes.ends, users.created, until)
    added = rate * (trouble.ticket_factor(world, episodes.drop) - 1)
    periods = [("usual", rate, users.created, until), ("in trouble", added, begins, ends)]
    parts = []
    for name, per_microsecond, since, to in periods:
        family = draw.family(users.key, f"ticket, {name}")
        tickets = draw.poisson(family, "tickets", per_microsecond * (to - since))
        user = np.repeat(np.arange(len(users)), tickets)
        ordinal = np.arange(len(user)) - np.repeat(np.cumsum(tickets) - tickets, tickets)
        key = draw.children(family[user], ordinal)
        parts.append((key, user, draw.between(key, "opened", since[user], to[user])))
    key, who, opened = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((key, opened))
    key, who, opened = key[order], who[order], opened[order] // SECOND * SECOND
    opened = np.maximum(opened, users.created[who])

    count = len(who)
    priority = draw.choose(key, "priority", PRIORITY_SHARES)
    slow = np.exp(-0.2 * users.health[who])
    takes = draw.gamma(key, "until the answer", 3) * HOURS_TO_ANSWER[priority] * slow * HOUR
    answered = opened + takes.astype(np.int64)
    solved = draw.chance(key, "is solved", 0.985)
    resolved = np.where(solved, answered + draw.waits(key, "until solved", 50 * HOUR), NEVER)
    reopened = draw.poisson(key, "reopened", 0.12)
    rates_us = solved & draw.chance(key, "rates us", 0.35)
    lost = trouble.points_lost(world, episodes.part(who).drop_at(opened)) / 4
    feeling = draw.normal(
        key, "feeling", 3.9 + 0.5 * users.health[who] - 0.6 * reopened - lost, 0.9
    )
    score = np.clip(np.round(feeling), 1, 5).astype(np.int64)
    table = frame("support_tickets", {
        "ticket_id": keys("tkt_", np.arange(1, count + 1), 7),
        "account_id": account_keys(users.account[who]),
        "user_id": user_keys(who),
        "opened_at": opened,
        "first_response_at": answered,
        "resolved_at": resolved,
        "reopened_count": reopened,
        "priority": words(PRIORITIES, priority),
        "category": words(CATEGORIES, draw.choose(key, "category", CATEGORY_SHARES)),
        "satisfaction_score": pa.array(score, mask=~rates_us),
    })  # fmt: skip
    return Rows(
        table,
        opened,
        (
            Update(answered, {"first_response_at": None, "reopened_count": 0}),
            Update(resolved, {"resolved_at": None, "satisfaction_score": None}),
        ),
    )
