"""Random draws without order: a draw depends only on its entity and its purpose.

Every entity (an account, a user, a session, an event) has a key of 64 bits; a key and the name of a
purpose give a draw. So adding or removing something, or making it in another block, process or
order, does not change the other draws. The mixing is the finaliser of SplitMix64 (Steele, Lea,
Flood: Fast Splittable Pseudorandom Number Generators, 2014).
"""

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b

import numpy as np

Keys = np.ndarray  # of uint64
Numbers = np.ndarray | float

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
_TO_UNIT = 2.0**-53
_MANY = 30.0  # from this mean on, a Poisson number is drawn as a normal


def keys(seed: int, kind: str, numbers: np.ndarray) -> Keys:
    """Keys of the entities of one kind with these numbers (int64, any shape)."""
    root = np.array([_hash(f"{seed}/{kind}")], np.uint64)
    return children(root, numbers)


def children(parents: Keys, numbers: np.ndarray) -> Keys:
    """Keys of the entities with these numbers below their parents; shapes broadcast."""
    steps = np.asarray(numbers).astype(np.int64).view(np.uint64) + np.uint64(1)
    return _mix(parents + steps * _GOLDEN)


def family(parents: Keys, kind: str) -> Keys:
    """A key for each parent's entities of one kind; their own keys are `children` of it."""
    return _mix(parents ^ np.uint64(_hash(kind)))


def uniform(of: Keys, purpose: str) -> np.ndarray:
    """Uniform numbers from 0 up to, but not including, 1."""
    bits = _mix(of ^ np.uint64(_hash(purpose)))
    bits >>= np.uint64(11)
    return bits * _TO_UNIT


def chance(of: Keys, purpose: str, share: Numbers) -> np.ndarray:
    """True with the given probability."""
    return uniform(of, purpose) < share


def between(of: Keys, purpose: str, low: Numbers, high: Numbers) -> np.ndarray:
    """Uniform whole numbers from `low` up to, but not including, `high`."""
    return (low + uniform(of, purpose) * (high - low)).astype(np.int64)


def choose(of: Keys, purpose: str, weights: Sequence[float] | np.ndarray) -> np.ndarray:
    """Positions in `weights`, each with a chance in proportion to its weight."""
    bounds = np.cumsum(weights)
    return np.searchsorted(bounds[:-1], uniform(of, purpose) * bounds[-1], side="right")


def exponential(of: Keys, purpose: str, mean: Numbers = 1.0) -> np.ndarray:
    """Waiting times, exponential around `mean`."""
    return -np.log1p(-uniform(of, purpose)) * mean


def waits(of: Keys, purpose: str, mean: Numbers) -> np.ndarray:
    """The same as whole numbers."""
    return exponential(of, purpose, mean).astype(np.int64)


def normal(of: Keys, purpose: str, mean: Numbers = 0.0, spread: Numbers = 1.0) -> np.ndarray:
    """Normal numbers (Box and Muller, 1958)."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(of, purpose)))
    return mean + spread * radius * np.cos(2 * np.pi * uniform(of, purpose + " (angle)"))


def pareto(of: Keys, purpose: str, exponent: float) -> np.ndarray:
    """Numbers from 0 on with a heavy tail: the Lomax distribution."""
    return (1.0 - uniform(of, purpose)) ** (-1.0 / exponent) - 1.0


def bounded(of: Keys, purpose: str, a: Numbers, b: Numbers) -> np.ndarray:
    """Numbers between 0 and 1, close to the beta distribution: Kumaraswamy, 1980."""
    return (1.0 - (1.0 - uniform(of, purpose)) ** (1.0 / b)) ** (1.0 / a)


def gamma(of: Keys, purpose: str, halves: int) -> np.ndarray:
    """Gamma numbers of shape `halves` / 2, scale 1: half the sum of `halves` squared normals."""
    total = np.zeros(of.shape)
    for number in range(halves // 2):
        total += exponential(of, f"{purpose} {number}")
    return total + normal(of, purpose) ** 2 / 2 if halves % 2 else total


def geometric(of: Keys, purpose: str, success: float) -> np.ndarray:
    """The number of tries up to the first success: whole numbers from 1 on."""
    return 1 + np.floor(np.log1p(-uniform(of, purpose)) / np.log1p(-success)).astype(np.int64)


def poisson(of: Keys, purpose: str, mean: Numbers) -> np.ndarray:
    """Poisson counts around `mean`, by inversion; with a large mean, from a normal."""
    left = uniform(of, purpose)
    mean = np.broadcast_to(np.asarray(mean, float), left.shape)
    count = np.zeros(left.shape, np.int64)
    rows = np.flatnonzero((left >= np.exp(-mean)) & (mean <= _MANY))
    left, rate = left.ravel()[rows], mean.ravel()[rows]
    term, tries = np.exp(-rate), 0
    while len(rows) and tries < 200:
        tries += 1
        left = left - term
        term = term * rate / tries
        count.ravel()[rows] = tries
        on = left >= term
        rows, left, rate, term = rows[on], left[on], rate[on], term[on]
    many = np.flatnonzero(mean > _MANY)
    rate = mean.ravel()[many]
    drawn = normal(of.ravel()[many], purpose, rate, np.sqrt(rate))
    count.ravel()[many] = np.maximum(np.round(drawn), 0).astype(np.int64)
    return count


@cache
def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def _mix(bits: Keys) -> Keys:
    """A new array; each bit of the input changes half of the output bits."""
    bits = bits ^ (bits >> _SHIFTS[0])
    bits *= _FIRST
    bits ^= bits >> _SHIFTS[1]
    bits *= _SECOND
    bits ^= bits >> _SHIFTS[2]
    return bits
