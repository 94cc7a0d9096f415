"""Behind the activity of users: how often they come, how long they stay, what they take up."""

from dataclasses import dataclass

import numpy as np

from productpulse.simulator import clock
from productpulse.simulator import world as w
from productpulse.simulator.contracts import Standing
from productpulse.simulator.draw import choose, stream
from productpulse.simulator.instants import DAY, NEVER, day_number
from productpulse.simulator.people import Users

NO_DAY = np.int32(1_000_000)  # a day that never comes


@dataclass(frozen=True)
class Calendar:
    """The days of a world, once for all blocks. Day 0 is the first; there is one day more than the
    world has, because its last day is over in the east before it is in the west."""

    offsets: np.ndarray  # of each country and local day, in microseconds
    pull: np.ndarray  # how much people come on each day, around 1 on a working day


@dataclass(frozen=True)
class UserHabits:
    """One entry per user of a block; days count from the world's first day.

    `spell_starts`, `spell_ends`: stretches in which the user comes, half-open, one column each.
    `adopted`: day from which the user uses each feature.
    """

    strength: np.ndarray
    activated: np.ndarray
    first_day: np.ndarray
    spell_starts: np.ndarray
    spell_ends: np.ndarray
    left_day: np.ndarray
    adopted: np.ndarray
    platform: np.ndarray


def calendar(world: w.World) -> Calendar:
    """Weekday, season and the mood of the day; the same for every block."""
    habits = world.habits
    days = world.days + 1
    weekday = np.array(habits.weekday_factors)[clock.weekdays(world.first_day, days)]
    season = np.array(habits.month_factors)[clock.months(world.first_day, days)]
    mood = np.exp(stream(world.seed, "mood").normal(0, habits.day_noise, days))
    zones = [country.zone for country in w.COUNTRIES]
    return Calendar(clock.utc_offsets(zones, world.first_day, days), weekday * season * mood)


def habits_of(
    world: w.World, users: Users, standing: Standing, dates: Calendar, rng: np.random.Generator
) -> UserHabits:
    """The habits of the users of a block; `standing` has one entry for each of them."""
    habits = world.habits
    count = len(users)
    utc_day = (users.created - world.start) // DAY
    local = users.created + dates.offsets[users.country, utc_day]
    first_day = np.clip((local - world.start) // DAY, 0, world.days).astype(np.int32)

    chance = habits.activation * np.array(w.CHANNEL_ACTIVATION)[users.channel]
    activated = rng.random(count) < chance * np.exp(0.1 * users.health)
    strength = rng.beta(habits.strength_alpha, habits.strength_beta, count)
    strength = np.where(users.internal, 0.7, np.minimum(strength * world.intensity, 0.97))

    stays = np.exp(habits.health_effect * users.health)
    long = habits.spell_days * stays * np.exp(rng.normal(0, habits.spell_spread, count))
    first_spell = np.where(activated, long, rng.exponential(habits.trial_days, count))
    gap = 14 + rng.exponential(habits.gap_days, (count, 2))
    again = np.cumprod(rng.random((count, 2)) < habits.returns, axis=1).astype(bool)
    again &= activated[:, None]
    length = 0.5 * habits.spell_days * np.exp(rng.normal(0, 1, (count, 2)))
    # First spell, gap, second spell, gap, third spell: bounds one after another.
    pieces = np.column_stack([first_spell, gap[:, 0], length[:, 0], gap[:, 1], length[:, 1]])
    bounds = first_day[:, None] + np.ceil(np.minimum(np.cumsum(pieces, axis=1), 20_000))
    starts = np.column_stack([first_day, bounds[:, 1], bounds[:, 3]]).astype(np.int32)
    ends = bounds[:, [0, 2, 4]].astype(np.int32)
    ends[:, 1:][~again] = 0

    left = standing.left
    return UserHabits(
        strength=strength,
        activated=activated,
        first_day=first_day,
        spell_starts=starts,
        spell_ends=ends,
        left_day=np.where(left == NEVER, NO_DAY, (left - world.start) // DAY).astype(np.int32),
        adopted=_adoptions(world, first_day, standing, rng),
        platform=choose(rng, w.PLATFORM_SHARES, count),
    )


def _adoptions(
    world: w.World, first_day: np.ndarray, standing: Standing, rng: np.random.Generator
) -> np.ndarray:
    """First day of use of each feature: some time after sign-up, launch and entitlement."""
    adopted = np.empty((len(first_day), len(w.FEATURES)), np.int32)
    for column, feature in enumerate(w.FEATURES):
        entitled = standing.entitled[:, feature.lowest_tier]
        entitled_day = np.where(entitled == NEVER, NO_DAY, (entitled - world.start) // DAY)
        launched = day_number(feature.launched) - world.first_day
        possible = np.maximum(np.maximum(first_day, launched), entitled_day)
        delay = rng.gamma(1.5, feature.adoption_days / 1.5, len(first_day))
        takes = rng.random(len(first_day)) < feature.adopters
        adopted[:, column] = np.where(takes, np.minimum(possible + delay, NO_DAY), NO_DAY)
    return adopted


def active_days(
    world: w.World, of: UserHabits, dates: Calendar, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Users (positions in the block) and the local days on which they come, in that order."""
    habits = world.habits
    day = np.arange(world.days + 1, dtype=np.int32)[None, :]
    comes = np.zeros((len(of.strength), world.days + 1), bool)
    for spell in range(of.spell_starts.shape[1]):
        comes |= (day >= of.spell_starts[:, [spell]]) & (day < of.spell_ends[:, [spell]])
    chance = of.strength.astype(np.float32)[:, None] * dates.pull.astype(np.float32)[None, :]
    chance *= np.where(day >= of.left_day[:, None], np.float32(habits.after_contract), 1)
    comes &= rng.random(chance.shape, np.float32) < chance
    first = np.where(of.activated, 1.0, 0.5) * habits.comes_on_first_day
    comes[np.arange(len(first)), of.first_day] = rng.random(len(first)) < first
    who, when = np.nonzero(comes)
    return who, when
