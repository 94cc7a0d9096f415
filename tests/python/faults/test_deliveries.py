"""The marts are the same however often and in whatever pieces a day is delivered."""

import random
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from warehouse import copy_warehouse

from productpulse.errors import Exit

from .conftest import WITHOUT_TESTS, Story
from .digests import digests, marts
from .own_server import OwnServer

pytestmark = pytest.mark.slow


def marts_of(told: dict[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in told.items() if name.startswith("marts.")}


def test_a_day_delivered_three_times_and_then_shuffled(
    own_server: OwnServer, runs: Story, tmp_path: Path
) -> None:
    own_server.start()
    warehouse = copy_warehouse(runs.before, "repeated", tmp_path / "home")
    for _ in range(3):
        warehouse.command("run", runs.folder, **WITHOUT_TESTS)
    assert digests(warehouse) == runs.told

    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    for path in runs.folder.iterdir():
        rows = pq.read_table(path)
        order = random.Random(path.name).sample(range(rows.num_rows), rows.num_rows)
        pq.write_table(rows.take(order), shuffled / path.name)
    warehouse.command("run", shuffled, **WITHOUT_TESTS)
    assert warehouse.rows("select count(*) > count(distinct event_id) from raw.events") == [(True,)]
    assert marts(warehouse) == marts_of(runs.told)


def test_a_day_of_which_some_files_are_refused_and_come_later(
    own_server: OwnServer, runs: Story, tmp_path: Path
) -> None:
    own_server.start()
    warehouse = copy_warehouse(runs.before, "refused", tmp_path / "home")
    broken = tmp_path / "broken"
    shutil.copytree(runs.folder, broken)
    events = pq.read_table(broken / "events.parquet")
    renamed = [name.replace("occurred_at", "happened_at") for name in events.column_names]
    pq.write_table(events.rename_columns(renamed), broken / "events.parquet")
    users = broken / "users.parquet"
    users.write_bytes(users.read_bytes()[:-10])

    done = warehouse.command("run", broken, check=False, **WITHOUT_TESTS)
    assert done.returncode == Exit.PARTLY_LOADED
    for line in ("events.parquet: missing column occurred_at", "users.parquet: not a readable"):
        assert f"error: {line}" in done.stderr
    assert marts(warehouse) != marts_of(runs.told)
    warehouse.command("run", runs.folder, **WITHOUT_TESTS)
    assert marts(warehouse) == marts_of(runs.told)
