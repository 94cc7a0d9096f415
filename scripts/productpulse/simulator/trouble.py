"""Episodes of trouble, and the chain from them to the end of a subscription.

An episode takes away the share `drop` of a payer's use. Each further link has a known strength
(`world.Trouble`) and depends only on the link before it:

    tickets   x (1 + tickets_per_drop * drop)
    score     - score_per_ticket * (tickets' factor - 1)
    cancels   x exp(leaving_per_point * points lost)
"""

from dataclasses import dataclass

import numpy as np

from productpulse.simulator import draw
from productpulse.simulator import world as w
from productpulse.simulator.instants import DAY, NEVER

CAUSES = ("price", "missing_feature", "bugs", "champion_left", "competitor")
CAUSE_SHARES = (0.27, 0.22, 0.20, 0.16, 0.15)


@dataclass(frozen=True)
class Episodes:
    """One entry per payer: at most one episode, from `starts` up to, but not including, `ends`,
    both NEVER where there is none. `cause`: a position in CAUSES; `drop`: share of use lost."""

    starts: np.ndarray
    ends: np.ndarray
    cause: np.ndarray
    drop: np.ndarray

    def part(self, rows: np.ndarray) -> "Episodes":
        """Those of some payers, by position."""
        return Episodes(**{name: values[rows] for name, values in vars(self).items()})

    def drop_at(self, instants: np.ndarray) -> np.ndarray:
        """Share of use lost at an instant of each entry."""
        return np.where((instants >= self.starts) & (instants < self.ends), self.drop, 0.0)


def episodes(world: w.World, payer: draw.Keys, created: np.ndarray, health: np.ndarray) -> Episodes:
    """The episodes of payers: at the earliest a week after sign-up, sooner with worse health."""
    rates = world.trouble
    rate = rates.per_year * np.exp(-rates.health_effect * health) / (365 * DAY)
    wait = draw.exponential(payer, "until trouble") / np.maximum(rate, 1e-30)
    starts = created + 7 * DAY + np.minimum(wait, 4e17).astype(np.int64)
    has = (starts < world.end) & (rates.per_year > 0)
    length = 21 * DAY + draw.waits(payer, "trouble lasts", rates.days * DAY)
    drop = rates.drop_from + draw.uniform(payer, "use lost") * (rates.drop_to - rates.drop_from)
    return Episodes(
        starts=np.where(has, starts, NEVER),
        ends=np.where(has, starts + length, NEVER),
        cause=draw.choose(payer, "cause of trouble", CAUSE_SHARES),
        drop=np.where(has, drop, 0.0),
    )


def ticket_factor(world: w.World, drop: np.ndarray) -> np.ndarray:
    """The factor on the number of tickets when this share of use is lost."""
    return 1 + world.trouble.tickets_per_drop * drop


def points_lost(world: w.World, drop: np.ndarray) -> np.ndarray:
    """How much the expected NPS score falls."""
    return world.trouble.score_per_ticket * (ticket_factor(world, drop) - 1)


def leaving_factor(world: w.World, drop: np.ndarray) -> np.ndarray:
    """The factor on the rate of cancelling."""
    return np.exp(world.trouble.leaving_per_point * points_lost(world, drop))
