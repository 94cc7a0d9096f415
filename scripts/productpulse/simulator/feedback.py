"""What users answer when asked whether they would recommend the product."""

import numpy as np
import pyarrow as pa

from productpulse.simulator import draw, hostile, trouble
from productpulse.simulator import world as w
from productpulse.simulator.activity import Sessions
from productpulse.simulator.instants import DAY, MINUTE
from productpulse.simulator.people import Users
from productpulse.simulator.tables import Rows, frame, keys, user_keys, words
from productpulse.simulator.trouble import Episodes
from productpulse.simulator.truth.dirty_rows import dirty_rows

CATEGORIES = ("pricing", "usability", "performance", "features", "support")
COMMENTS = (
    "Too expensive for what we use.",
    "Reports take too long to load.",
    "I could not find my way around, and no one answered.",
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


def answer_rows(
    world: w.World, users: Users, episodes: Episodes, made: Sessions, first: int
) -> tuple[Rows, list[pa.Table]]:
    """The raw table `nps_responses` of one block, and which rows are dirty.

    Users are asked in a session, once a quarter. Trouble lowers the score as trouble.py says.
    """
    care = world.care
    round_of = (made.start - users.created[made.user]) // (care.nps_days * DAY)
    asked = np.flatnonzero(round_of > 0)
    slot = made.user[asked] * 1000 + round_of[asked]
    _, earliest = np.unique(slot, return_index=True)
    asked = asked[earliest]
    user = made.user[asked]
    key = draw.children(draw.family(users.key, "answer")[user], round_of[asked])
    answers = draw.chance(key, "answers", care.nps_answers)
    asked, user, key = asked[answers], user[answers], key[answers]
    lost = trouble.points_lost(world, episodes.part(user).drop_at(made.start[asked]))
    feeling = draw.normal(key, "feeling", 7.4 + 1.1 * users.health[user] - lost, 1.9)
    score = np.clip(np.round(feeling), 0, 10).astype(np.int64)
    mood = np.searchsorted([7, 9], score, side="right")
    comment = mood * COMMENTS_PER_MOOD + draw.between(key, "comment", 0, COMMENTS_PER_MOOD)
    speaks = draw.chance(key, "comments", care.nps_comments)
    after = draw.between(key, "takes", MINUTE, 9 * MINUTE) // 1000 * 1000
    at = np.minimum(made.start[asked] + after, np.minimum(users.deleted[user], world.end) - 1)
    response_id = keys("nps_", (first + user + 1) * 100 + round_of[asked], 9)
    comments, hostile_ones = hostile.spoil(
        world, words(COMMENTS, np.where(speaks, comment, -1)), key
    )
    categories = draw.between(key, "category", 0, len(CATEGORIES))
    table = frame("nps_responses", {
        "response_id": response_id,
        "user_id": user_keys(first + user),
        "responded_at": at,
        "score": score,
        "category": words(CATEGORIES, categories),
        "comment": comments,
    })  # fmt: skip
    dirty = [dirty_rows("nps_responses", response_id, hostile_ones, "hostile_text", at)]
    return Rows(table, at), dirty
