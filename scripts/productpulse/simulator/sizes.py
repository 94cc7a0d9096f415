"""Sizes of worlds by name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """`intensity` multiplies how often people come."""

    users: int
    days: int
    intensity: float = 1.0


SIZES = {
    "tiny": Size(200, 120),
    "small": Size(2_000, 365),
    "demo": Size(20_000, 730),
    "large": Size(200_000, 1_095, 1.75),
}
