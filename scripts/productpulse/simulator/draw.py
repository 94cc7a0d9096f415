"""Chance: one stream of random numbers for each purpose and block of users."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np


def stream(seed: int, purpose: str, block: int = 0) -> np.random.Generator:
    """The generator for one purpose; another purpose or block never disturbs it."""
    key = (crc32(purpose.encode()), block)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def choose(
    rng: np.random.Generator, weights: Sequence[float] | np.ndarray, count: int
) -> np.ndarray:
    """`count` positions in `weights`, each as often as its weight says."""
    bounds = np.cumsum(weights)
    return np.searchsorted(bounds[:-1], rng.random(count) * bounds[-1], side="right")


def between(rng: np.random.Generator, low: float, high: float, count: int) -> np.ndarray:
    """`count` whole numbers, evenly from `low` up to but without `high`."""
    return rng.uniform(low, high, count).astype(np.int64)


def waits(rng: np.random.Generator, mean: float, count: int) -> np.ndarray:
    """`count` whole waiting times, exponential around `mean`."""
    return rng.exponential(mean, count).astype(np.int64)
