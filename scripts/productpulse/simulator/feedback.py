"""What users answer when asked whether they would recommend the product."""

import numpy as np
import pyarrow as pa

from productpulse.simulator import world as w
from productpulse.simulator.activity import Sessions
from productpulse.simulator.draw import between
from productpulse.simulator.instants import DAY, MINUTE
from productpulse.simulator.people import Users
from productpulse.simulator.tables import frame, keys, user_keys, words

CATEGORIES = ("pricing", "usability", "performance", "features", "support")
COMMENTS = (
    "Too expensive for what we use.",
    "Reports take too long to load.",
    "I could not find my way around, and nobody answered.",
    "Important functions are missing.",
    "It does what it should.",
    "Good, but the mobile app is slow.",
    "Nice overview; the export could be better.",
    "Fair price, solid product.",
    "Saves us hours every week.",
    "The best tool of its kind we have tried.",
    "Great support, quick answers.",
    "Dashboards are a joy to share.",
)
COMMENTS_PER_MOOD = 4  # of detractors, passives, promoters


def answers(
    world: w.World, users: Users, made: Sessions, first_user: int, rng: np.random.Generator
) -> pa.Table:
    """The raw table `nps_responses` of one block: users are asked in a session, once a quarter."""
    care = world.care
    round_of = (made.start - users.created[made.user]) // (care.nps_days * DAY)
    asked = np.flatnonzero(round_of > 0)
    slot = made.user[asked] * 1000 + round_of[asked]
    _, first = np.unique(slot, return_index=True)
    asked = asked[first]
    asked = asked[rng.random(len(asked)) < care.nps_answers]
    count = len(asked)
    user = made.user[asked]
    feeling = 7.4 + 1.1 * users.health[user] + rng.normal(0, 1.9, count)
    score = np.clip(np.round(feeling), 0, 10).astype(np.int64)
    mood = np.searchsorted([7, 9], score, side="right")
    comment = mood * COMMENTS_PER_MOOD + rng.integers(0, COMMENTS_PER_MOOD, count)
    speaks = rng.random(count) < care.nps_comments
    at = made.start[asked] + between(rng, MINUTE, 9 * MINUTE, count) // 1000 * 1000
    return frame("nps_responses", {
        "response_id": keys("nps_", (first_user + user + 1) * 100 + round_of[asked], 9),
        "user_id": user_keys(first_user + user),
        "responded_at": np.minimum(at, np.minimum(users.deleted[user], world.end) - 1),
        "score": score,
        "category": words(CATEGORIES, rng.integers(0, len(CATEGORIES), count)),
        "comment": words(COMMENTS, np.where(speaks, comment, -1)),
    })  # fmt: skip
