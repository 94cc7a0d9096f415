"""Experiments by hand: evaluate a frame or plan a test, with SciPy and the marts' definitions."""

from productpulse.experiments.draw import draw_outcomes
from productpulse.experiments.evaluate import Evaluation, evaluate_ab
from productpulse.experiments.power import minimum_detectable_effect, power_of, users_needed

__all__ = [
    "Evaluation",
    "draw_outcomes",
    "evaluate_ab",
    "minimum_detectable_effect",
    "power_of",
    "users_needed",
]
