"""How large a test must be, and what a given size can find: two-sided, normal approximation."""

import math

from scipy import stats


def power_of(effect: float, standard_error: float, alpha: float = 0.05) -> float:
    """The chance that an effect of this size, in either direction, is found significant."""
    z = stats.norm.isf(alpha / 2)
    away = abs(effect) / standard_error
    return float(stats.norm.cdf(away - z) + stats.norm.cdf(-away - z))


def minimum_detectable_effect(
    standard_error: float, alpha: float = 0.05, power: float = 0.8
) -> float:
    """The effect that is found with this chance; the wrong direction does not count."""
    return float((stats.norm.isf(alpha / 2) + stats.norm.ppf(power)) * standard_error)


def standard_error(users: float, share: float, variance: float, control_variance: float) -> float:
    """Of the difference of two means: `users` in both arms, a `share` of them in the treatment."""
    return math.sqrt(variance / (users * share) + control_variance / (users * (1 - share)))


def users_needed(
    effect: float,
    variance: float,
    control_variance: float | None = None,
    *,
    share: float = 0.5,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int:
    """Users in both arms together that find the effect with this chance.

    `variance`: of one user's outcome in the treatment, and in the control unless given separately.
    """
    control_variance = variance if control_variance is None else control_variance
    of_one_user = standard_error(1, share, variance, control_variance)
    factor = (stats.norm.isf(alpha / 2) + stats.norm.ppf(power)) * of_one_user / abs(effect)
    return math.ceil(factor**2)
