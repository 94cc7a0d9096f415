"""One world has one set of files, however it is made; one part changes without the others."""

import dataclasses
import hashlib
import json
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from productpulse.simulator import company
from productpulse.simulator import world as w
from productpulse.simulator.instants import DAY
from productpulse.simulator.simulate import simulate
from productpulse.simulator.world import World

from .conftest import CLEAN, DIRTY, TINY, Tables, tables, truth


def hashes(directory: Path) -> dict[str, str]:
    """A hash for each file, by its place in the folder."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_in_any_zone_and_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(TINY, tmp_path / "a")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LANG", "tr_TR.UTF-8")
    simulate(TINY, tmp_path / "b")
    assert hashes(tmp_path / "a") == hashes(tmp_path / "b")


def test_any_number_of_processes_writes_the_same_bytes(dirty_dir: Path, tmp_path: Path) -> None:
    simulate(DIRTY, tmp_path / "two", workers=2)
    assert hashes(tmp_path / "two") == hashes(dirty_dir)


def test_blocks_of_another_size_hold_the_same_rows(
    clean_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Except for devices that users of a block share, blocks decide only the order of rows."""
    alone = dataclasses.replace(CLEAN, dirt=dataclasses.replace(CLEAN.dirt, shared_device=0.0))
    simulate(alone, tmp_path / "usual")
    monkeypatch.setattr(company, "USERS_PER_BLOCK", 700)
    simulate(alone, tmp_path / "other")
    for name, usual in tables(tmp_path / "usual").items():
        same_rows(usual, tables(tmp_path / "other")[name])
    for name, usual in truth(tmp_path / "usual").items():
        same_rows(usual, truth(tmp_path / "other")[name])


def same_rows(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Both have the same rows, in any order."""
    columns = list(one.columns)
    ordered = [
        frame.astype(str).sort_values(columns).reset_index(drop=True) for frame in (one, other)
    ]
    pd.testing.assert_frame_equal(*ordered)


def test_another_seed_gives_another_company(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "a")
    simulate(dataclasses.replace(TINY, seed=8), tmp_path / "b")
    a, b = hashes(tmp_path / "a"), hashes(tmp_path / "b")
    assert a.keys() == b.keys()
    # The effects of experiments are parameters, not draws; no invoice has lines.
    same = {name for name in a if a[name] == b[name]}
    assert same == {"truth/experiment_effects.parquet", "invoice_lines.parquet"}


def test_one_part_changes_without_reshuffling_the_others(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "a")
    other = dataclasses.replace(TINY, billing=w.Billing(retried=0.5), care=w.Care(nps_answers=0.9))
    simulate(other, tmp_path / "b")
    a, b = hashes(tmp_path / "a"), hashes(tmp_path / "b")
    changed = {name for name in a if a[name] != b[name]}
    may_change = {"invoices.parquet", "truth/leaks.parquet", "truth/dirty_rows.parquet"}
    assert changed - may_change == {"payments.parquet", "nps_responses.parquet", "manifest.json"}


@pytest.mark.parametrize("kind", [field.name for field in dataclasses.fields(w.Dirt)])
def test_leaving_out_a_kind_of_dirt_leaves_all_other_rows(
    dirty: Tables, dirty_dir: Path, tmp_path: Path, kind: str
) -> None:
    """A row that stays keeps its values: nothing is drawn again."""
    if kind in IN_LIFE:
        pytest.skip("without it other things happen, and not only other rows")
    simulate(dataclasses.replace(DIRTY, dirt=without(kind)), tmp_path / "world")
    less = tables(tmp_path / "world")["events"]
    kept = less.merge(dirty["events"].drop_duplicates(), how="left", indicator=True)
    changed = kept[kept["_merge"] == "left_only"]
    planted = truth(dirty_dir)["dirty_rows"]
    of_kind = planted[(planted["kind"] == kind) & (planted["table_name"] == "events")]
    # Only events that were late, or had another clock, arrive at another time now.
    assert set(changed["event_id"]) <= set(of_kind["row_key"])
    assert kind not in set(truth(tmp_path / "world")["dirty_rows"]["kind"])


# Kinds that change what people do, and so which events there are to be late or repeated.
IN_LIFE = {"internal_user", "deleted_user", "visitor_before_sign_up", "same_day_changes"}
IN_LIFE |= {"overlapping", "second_device"}


def without(kind: str) -> w.Dirt:
    """All dirt except one kind."""
    return dataclasses.replace(DIRTY.dirt, **{kind: 0.0})


def test_the_manifest_says_what_decides_the_files_and_no_time_of_day(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "a")
    manifest = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["parameters"]["seed"] == TINY.seed
    assert manifest["parameters"]["as_of"] == "2026-06-30"
    assert manifest["rows"]["users"] == TINY.users
    assert set(manifest) == {"made_by", "parameters", "rows"}


# Piece by piece


SLICED = World(users=1_500, days=150, dirt=dataclasses.replace(DIRTY.dirt, late=0.02))
STATES = {
    "users": "user_id",
    "subscriptions": "subscription_id",
    "invoices": "invoice_id",
    "support_tickets": "ticket_id",
}


def test_slices_together_are_the_whole(tmp_path: Path) -> None:
    simulate(SLICED, tmp_path / "whole")
    whole = tables(tmp_path / "whole")
    edges = [0, 1, 40, 41, 97, SLICED.days]
    pieces: dict[str, list[pd.DataFrame]] = {name: [] for name in whole}
    for number, (since, until) in enumerate(pairwise(edges)):
        folder = tmp_path / f"slice_{number}"
        simulate(SLICED, folder, since=SLICED.start + since * DAY, until=SLICED.start + until * DAY)
        for name, table in tables(folder).items():
            pieces[name].append(table)
    changed_later = 0
    for name, table in whole.items():
        together = pd.concat(pieces[name])
        if name in STATES:
            # The latest version of a row counts.
            latest = together.drop_duplicates(STATES[name], keep="last")
            changed_later += len(together) - len(latest)
            together = latest
        same_rows(table, together)
    assert changed_later > 20
    assert hashes(folder / "truth") == hashes(tmp_path / "whole" / "truth")
