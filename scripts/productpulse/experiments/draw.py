"""Pictures of experiments."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 40


def draw_outcomes(
    dataframe: pd.DataFrame, *, variant: str = "variant", value: str = "value"
) -> "Figure":
    """The distribution of the outcome in each variant as shares of its users, with the means."""
    from matplotlib.figure import Figure

    frame = dataframe[[variant, value]].dropna()
    values = frame[value].to_numpy(float)
    few = np.unique(values)
    # When there are few values, each has its own bar.
    edges = np.histogram_bin_edges(values, BINS) if len(few) > BINS or not len(few) else None
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    for place, (name, part) in enumerate(frame.groupby(variant)):
        own = part[value].to_numpy(float)
        colour = f"C{place}"
        label = f"{name}: {len(own):,} users, mean {own.mean():.4g}"
        if edges is None:
            shares = [(own == one).mean() for one in few]
            axes.plot(few, shares, "o-", color=colour, label=label)
        else:
            weights, bins = np.full(len(own), 1 / len(own)), edges.tolist()
            axes.hist(own, bins, weights=weights, histtype="step", color=colour, label=label)
        axes.axvline(own.mean(), color=colour, linestyle=":")
    axes.set(xlabel=value, ylabel="share of users")
    axes.legend(frameon=False)
    return figure
