"""Experiments by hand, by the definitions of the marts on SciPy: evaluate a frame, plan a test."""

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
