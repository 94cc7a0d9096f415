"""The pictures of docs/simulator.md: the simulated company beside real products.

    python scripts/docs/draw_simulator.py [--beside NAME=FILE ...]

A FILE is a CSV of user_id and occurred_at, perhaps gzipped. Without one, only the simulation shows.
"""

import argparse
import tempfile
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd

from productpulse.paths import project_root
from productpulse.simulator.catalogue import EVENTS
from productpulse.simulator.simulate import simulate
from productpulse.simulator.sizes import SIZES
from productpulse.simulator.world import World

matplotlib.use("svg")
import matplotlib.pyplot as plt

WEEKS = 26
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
COLOURS = ["#3451b2", "#b25f34", "#34915f", "#8a4fae"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--beside", nargs="*", default=[], metavar="NAME=FILE")
    products = {"simulated": simulated_days()}
    for given in parser.parse_args().beside:
        name, _, path = given.partition("=")
        products[name] = user_days(pd.read_csv(path, usecols=["user_id", "occurred_at"]))
    # The same picture always has the same bytes.
    plt.rcParams.update({"svg.hashsalt": "productpulse", "font.size": 9, "axes.grid": True})
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    for colour, (name, days) in zip(COLOURS, products.items(), strict=False):
        style = {"label": name, "color": colour, "linewidth": 2.2 if name == "simulated" else 1.2}
        left.plot(retention(days), **style)
        middle.plot(*tail(days), **style)
        right.plot(WEEKDAYS, weekday_shares(days), marker="o", **style)
    left.set(title="Retention flattens", xlabel="week after the first", ylabel="share active")
    middle.set(title="Few do much, many little", xlabel="active days", ylabel="share with as many")
    middle.set(xscale="log", yscale="log")
    right.set(title="The week has a wave", ylabel="share of active days", ylim=(0, None))
    left.set_ylim(0, None)
    left.legend()
    folder = project_root() / "docs" / "generated"
    folder.mkdir(exist_ok=True)
    figure.savefig(folder / "simulator.svg", metadata={"Date": None})


def simulated_days() -> pd.DataFrame:
    """User-days of the demo world, staff left out."""
    size = SIZES["demo"]
    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder) / "world"
        simulate(World(users=size.users, days=size.days, intensity=size.intensity), world)
        events = pd.read_parquet(
            world / "events.parquet", columns=["user_id", "event_name", "occurred_at"]
        )
        users = pd.read_parquet(world / "users.parquet", columns=["user_id", "is_internal"])
    is_activity = events["event_name"].isin([kind.name for kind in EVENTS if kind.is_activity])
    customers = events["user_id"].isin(users.loc[~users["is_internal"].fillna(False), "user_id"])
    return user_days(events[is_activity & customers])


def user_days(events: pd.DataFrame) -> pd.DataFrame:
    """One row per user and day number with an event, from the year 2000 on."""
    at = pd.to_datetime(events["occurred_at"], utc=True, format="mixed")
    day = (at - pd.Timestamp("2000-01-01", tz="UTC")).dt.days
    found = pd.DataFrame({"user": events["user_id"], "day": day})
    return found[(found["day"] > 0) & (found["day"] < 365 * 27)].drop_duplicates()


def retention(days: pd.DataFrame) -> pd.Series:
    """Share of users active in each week after their first, among those whose week is over."""
    first = days.groupby("user")["day"].min()
    week = (days["day"] - days["user"].map(first)) // 7
    active = days.assign(week=week).drop_duplicates(["user", "week"])["week"].value_counts()
    last = days["day"].max()
    weeks = range(WEEKS + 1)
    eligible = [int((first + 7 * n + 6 <= last).sum()) for n in weeks]
    enough = [n for n in weeks if eligible[n] >= 100]
    return pd.Series({n: active.get(n, 0) / eligible[n] for n in enough})


def tail(days: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of active days, and the share of users who have at least as many."""
    counts = np.sort(days.groupby("user")["day"].size().to_numpy())
    values = np.unique(counts)
    return values, 1 - np.searchsorted(counts, values) / len(counts)


def weekday_shares(days: pd.DataFrame) -> np.ndarray:
    """Share of user-days on each weekday, Monday first."""
    weekday = (days["day"].to_numpy() + 5) % 7  # the first of January 2000 was a Saturday
    return np.bincount(weekday, minlength=7) / len(days)


if __name__ == "__main__":
    main()
