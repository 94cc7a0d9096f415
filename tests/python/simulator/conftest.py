"""One company without dirt, and one with all dirt, each simulated once."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from productpulse.raw_schema import raw_tables
from productpulse.simulator import world as w
from productpulse.simulator.simulate import simulate
from productpulse.simulator.sizes import SIZES

Tables = dict[str, pd.DataFrame]

TINY = w.World(users=SIZES["tiny"].users, days=SIZES["tiny"].days)
NO_DIRT = w.Dirt(**{field.name: 0.0 for field in dataclasses.fields(w.Dirt)})
# Three blocks of users, long enough for everything to happen. Dirt that is normal life stays.
CLEAN = w.World(
    users=4_500,
    days=730,
    dirt=dataclasses.replace(
        NO_DIRT, internal_user=0.005, deleted_user=0.01, visitor_before_sign_up=0.35,
        second_device=0.1, shared_device=0.02, overlapping=0.05, same_day_changes=0.05,
    ),
)  # fmt: skip
DIRTY = dataclasses.replace(CLEAN, dirt=w.Dirt())
START = pd.Timestamp(CLEAN.first_date, tz="UTC")
END = pd.Timestamp("2026-07-01", tz="UTC")


def tables(folder: Path) -> Tables:
    """The raw tables of a simulation."""
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in raw_tables()}


def truth(folder: Path) -> Tables:
    """The tables of its truth."""
    return {path.stem: pd.read_parquet(path) for path in (folder / "truth").glob("*.parquet")}


@pytest.fixture(scope="package")
def clean_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company without dirty rows."""
    simulate(CLEAN, folder := tmp_path_factory.mktemp("simulated") / "clean")
    return folder


@pytest.fixture(scope="package")
def dirty_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with all dirt."""
    simulate(DIRTY, folder := tmp_path_factory.mktemp("simulated") / "dirty")
    return folder


@pytest.fixture(scope="package")
def clean(clean_dir: Path) -> Tables:
    """Its raw tables."""
    return tables(clean_dir)


@pytest.fixture(scope="package")
def dirty(dirty_dir: Path) -> Tables:
    """Its raw tables."""
    return tables(dirty_dir)
