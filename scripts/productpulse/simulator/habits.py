"""The habits of users: how often they come, how long they stay, which features they adopt."""

from dataclasses import dataclass

import numpy as np

from productpulse.simulator import catalogue, clock, draw
from productpulse.simulator import world as w
from productpulse.simulator.instants import DAY, NEVER, day_number
from productpulse.simulator.people import Users
from productpulse.simulator.subscriptions import Standing
from productpulse.simulator.trouble import Episodes

NO_DAY = np.int32(1_000_000)  # a day that never comes


@dataclass(frozen=True)
class Calendar:
    """The days of a world, made once for all blocks. Day 0 is the first; there is one day more than
    in the world, because its last day ends in the east before it ends in the west."""

    offsets: np.ndarray  # of each country and local day, in microseconds
    pull: np.ndarray  # how often people come on each day, around 1 on a working day
    changes: tuple[np.ndarray, np.ndarray]  # of clocks: the country and the instant


@dataclass(frozen=True)
class UserHabits:
    """One entry per user of a block; days count from the world's first day.

    `spell_starts`, `spell_ends`: intervals in which the user comes, half-open, one column each.
    From `trouble_starts` to `trouble_ends` the share `drop` of the visits falls away.
    `adopted`: day from which the user uses each feature.
    """

    strength: np.ndarray
    first_day: np.ndarray
    spell_starts: np.ndarray
    spell_ends: np.ndarray
    left_day: np.ndarray
    left_over: np.ndarray
    trouble_starts: np.ndarray
    trouble_ends: np.ndarray
    drop: np.ndarray
    adopted: np.ndarray
    platform: np.ndarray


def calendar(world: w.World) -> Calendar:
    """Weekday, season and the noise of the day; the same for every block."""
    habits = world.habits
    days = world.days + 1
    weekday = np.array(habits.weekday_factors)[clock.weekdays(world.first_day, days)]
    season = np.array(habits.month_factors)[clock.months(world.first_day, days)]
    date = draw.keys(world.seed, "date", world.first_day + np.arange(days))
    mood = np.exp(draw.normal(date, "mood", 0, habits.day_noise))
    zones = [country.zone for country in catalogue.COUNTRIES]
    return Calendar(
        offsets=clock.utc_offsets(zones, world.first_day, days),
        pull=weekday * season * mood,
        changes=clock.clock_changes(zones, world.first_day, world.days),
    )


def habits_of(
    world: w.World, users: Users, standing: Standing, episodes: Episodes, dates: Calendar
) -> UserHabits:
    """The habits of users; `standing` and `episodes` have one entry for each of them."""
    habits, of = world.habits, users.key
    utc_day = np.minimum((users.created - world.start) // DAY, world.days)
    local = users.created + dates.offsets[users.country, utc_day]
    first_day = np.clip((local - world.start) // DAY, 0, world.days).astype(np.int32)

    kinds = catalogue.SEGMENTS
    usual = np.array([kind.strength for kind in kinds])[users.segment]
    spread = np.array([kind.spread for kind in kinds])[users.segment]
    strength = np.clip(draw.normal(of, "strength", usual, spread), 0.02, 0.95) * world.intensity
    strength = np.where(users.internal, 0.7, np.minimum(strength, 0.97))

    stays = np.array([kind.stays for kind in kinds])[users.segment]
    stays = stays * np.exp(habits.health_effect * users.health)
    long = habits.spell_days * stays * np.exp(draw.normal(of, "spell", 0, habits.spell_spread))
    is_tourist = users.segment == catalogue.TOURIST
    first_spell = np.where(is_tourist, draw.exponential(of, "trial", habits.trial_days), long)
    # The bounds one after another: first spell, gap, second spell, gap, third spell.
    turns = draw.children(of[:, None], np.arange(2))
    gap = 14 + draw.exponential(turns, "gap", habits.gap_days)
    length = 0.5 * habits.spell_days * np.exp(draw.normal(turns, "spell", 0, 1))
    again = np.cumprod(draw.chance(turns, "returns", habits.returns), axis=1).astype(bool)
    again &= ~is_tourist[:, None]
    pieces = np.column_stack([first_spell, gap[:, 0], length[:, 0], gap[:, 1], length[:, 1]])
    bounds = first_day[:, None] + np.ceil(np.minimum(np.cumsum(pieces, axis=1), 20_000))
    starts = np.column_stack([first_day, bounds[:, 1], bounds[:, 3]]).astype(np.int32)
    ends = bounds[:, [0, 2, 4]].astype(np.int32)
    ends[:, 1:][~again] = 0

    return UserHabits(
        strength=strength,
        first_day=first_day,
        spell_starts=starts,
        spell_ends=ends,
        left_day=_day(world, standing.left),
        left_over=np.where(standing.goes_on, 1.0, habits.after_subscription),
        trouble_starts=_day(world, episodes.starts),
        trouble_ends=_day(world, episodes.ends),
        drop=episodes.drop,
        adopted=_adoptions(world, users, first_day, standing),
        platform=draw.choose(of, "platform", catalogue.PLATFORM_SHARES),
    )


def _day(world: w.World, instants: np.ndarray) -> np.ndarray:
    days = np.minimum((instants - world.start) // DAY, NO_DAY)
    return np.where(instants == NEVER, NO_DAY, days).astype(np.int32)


def _adoptions(
    world: w.World, users: Users, first_day: np.ndarray, standing: Standing
) -> np.ndarray:
    """First day of use of each feature: some time after sign-up, launch and entitlement."""
    adopted = np.empty((len(users), len(catalogue.FEATURES)), np.int32)
    for column, feature in enumerate(catalogue.FEATURES):
        entitled_day = _day(world, standing.entitled[:, feature.lowest_tier])
        launched = day_number(feature.launched) - world.first_day
        possible = np.maximum(np.maximum(first_day, launched), entitled_day)
        delay = (
            draw.gamma(users.key, f"until {feature.feature_id}", 3) * feature.adoption_days / 1.5
        )
        takes = draw.chance(users.key, f"takes up {feature.feature_id}", feature.adopters)
        adopted[:, column] = np.where(takes, np.minimum(possible + delay, NO_DAY), NO_DAY)
    return adopted


def active_days(
    world: w.World, users: Users, of: UserHabits, dates: Calendar
) -> tuple[np.ndarray, np.ndarray]:
    """Users (positions in the block) and the local days on which they come, in that order."""
    day = np.arange(world.days + 1, dtype=np.int32)[None, :]
    comes = np.zeros((len(users), world.days + 1), bool)
    for spell in range(of.spell_starts.shape[1]):
        comes |= (day >= of.spell_starts[:, [spell]]) & (day < of.spell_ends[:, [spell]])
    user, date = np.nonzero(comes)
    chance = of.strength[user] * dates.pull[date]
    chance *= np.where(date >= of.left_day[user], of.left_over[user], 1)
    in_trouble = (date >= of.trouble_starts[user]) & (date < of.trouble_ends[user])
    chance *= np.where(in_trouble, 1 - of.drop[user], 1)
    # Use falls faster on the first days: most come on the first, of the tourists only half.
    first = np.where(users.segment == catalogue.TOURIST, 0.5, 1.0) * world.habits.comes_on_first_day
    chance = np.where(date == of.first_day[user], first[user], chance)
    drawn = draw.uniform(draw.children(users.key[user], date), "comes")
    came = drawn < chance
    return user[came], date[came]
