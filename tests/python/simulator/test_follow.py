"""A world that is followed ends like the one that is made at once."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from productpulse.cli import app
from productpulse.simulator.simulate import simulate
from productpulse.simulator.world import World


def test_following_to_the_end_loads_the_whole_world(
    query: Callable[[str], list[tuple]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("productpulse.simulator.follow.SECONDS_BETWEEN_LOADS", 0.0)
    arguments = ["simulate", "--follow", "--users", "60", "--days", "40"]
    done = CliRunner().invoke(app, [*arguments, "--speed", "2000000"])
    assert done.exit_code == 0, done.output
    ticks = [line for line in done.output.splitlines() if line.startswith("2026-")]
    assert ticks[-1].startswith("2026-07-01 00:00:00")
    assert len(ticks) >= 3

    simulate(World(users=60, days=40), tmp_path / "whole")
    for table in ("events", "payments", "subscription_changes"):
        expected = pq.read_metadata(tmp_path / "whole" / f"{table}.parquet").num_rows
        [(loaded,)] = query(f"select count(*) from raw.{table}")
        [(rejected,)] = query(
            f"select count(*) from audit.rejected_rows where table_name = '{table}'"
        )
        assert loaded + rejected == expected
