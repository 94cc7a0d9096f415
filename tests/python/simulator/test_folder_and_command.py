"""The folder that a simulation writes, and its command."""

import dataclasses
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from productpulse.cli import app
from productpulse.errors import Exit, PulseError
from productpulse.simulator.simulate import simulate
from productpulse.simulator.world_file import library

from .conftest import TINY
from .test_reproducible import hashes


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and output of `productpulse simulate`."""
    result = CliRunner().invoke(app, ["simulate", *map(str, arguments)])
    if isinstance(result.exception, PulseError):
        return result.exception.exit_code, str(result.exception)
    return result.exit_code, result.output


def test_an_earlier_simulation_is_replaced(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "world")
    (tmp_path / "other").mkdir()
    simulate(dataclasses.replace(TINY, seed=9), tmp_path / "world")
    simulate(dataclasses.replace(TINY, seed=9), tmp_path / "other")
    assert hashes(tmp_path / "world") == hashes(tmp_path / "other")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "world"]


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"thesis.txt": "mine"}, "not an earlier simulation"),
        ({"manifest.json": '{"name": "a web app"}'}, "not an earlier simulation"),
        ({"manifest.json": "["}, "not an earlier simulation"),
        (
            {"manifest.json": '{"made_by": "productpulse simulate"}', "thesis.txt": "mine"},
            "holds thesis.txt",
        ),
    ],
)
def test_a_foreign_folder_is_left_alone(
    tmp_path: Path, files: dict[str, str], complaint: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(PulseError, match=complaint) as refused:
        simulate(TINY, tmp_path)
    assert "\n" not in str(refused.value)
    assert {p.name: p.read_text(encoding="utf-8") for p in tmp_path.iterdir()} == files


def test_a_file_in_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "world").write_text("mine", encoding="utf-8")
    with pytest.raises(PulseError, match="is a file"):
        simulate(TINY, tmp_path / "world")
    with pytest.raises(PulseError, match="cannot be written"):
        simulate(TINY, tmp_path / "world" / "deeper")
    assert (tmp_path / "world").read_text(encoding="utf-8") == "mine"


def test_an_interrupted_run_leaves_things_as_they_were(tmp_path: Path) -> None:
    simulate(TINY, tmp_path / "world")
    before = hashes(tmp_path / "world")

    def interrupt(users: int) -> None:
        raise KeyboardInterrupt

    for folder in ("world", "new"):
        with pytest.raises(KeyboardInterrupt):
            simulate(dataclasses.replace(TINY, seed=9), tmp_path / folder, interrupt)
    assert hashes(tmp_path / "world") == before
    assert [p.name for p in tmp_path.iterdir()] == ["world"]


def test_the_command_writes_a_world_and_says_what_is_next(tmp_path: Path) -> None:
    code, output = run("--out", tmp_path / "my world", "--size", "tiny", "--users", 50)
    assert code == Exit.OK
    assert "2026-03-03 to 2026-06-30" in output
    assert output.rstrip().splitlines()[-1].startswith("next: productpulse load")
    assert pq.read_metadata(tmp_path / "my world" / "users.parquet").num_rows == 50


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--users", "0"),
        ("--users", "many"),
        ("--days", "-3"),
        ("--days", "100000"),
        ("--seed", "-1"),
        ("--size", "gigantic"),
        ("--as-of", "2026-02-30"),
        ("--as-of", "yesterday"),
        ("--as-of", "2019-03-01"),
        ("--from", "2026-02-30"),
        ("--from", "2020-01-01"),
        ("--to", "2030-01-01"),
        ("--workers", "0"),
        ("--speed", "0"),
    ],
)
def test_a_wrong_option_is_a_wrong_command_line(tmp_path: Path, option: str, value: str) -> None:
    code, output = run("--out", tmp_path / "world", option, value)
    assert code == Exit.USAGE
    assert option in output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--from", "2026-03-02", "--to", "2026-03-01"], "--from 2026-03-02 is after --to"),
        (["--world", "viraal"], "viraal: no such world"),
        (["--dirt", "lat"], "no dirt is called 'lat': did you mean late?"),
        (["--dirt", "late,-bot"], "give either kinds to include or"),
        (["--follow"], "remove --out"),
    ],
)
def test_options_that_do_not_go_together_are_told_in_one_line(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    code, output = run("--out", tmp_path / "world", *arguments)
    assert code == Exit.USAGE
    assert said in output
    assert "\n" not in output
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_told_in_one_line() -> None:
    assert run() == (Exit.USAGE, "--out is missing: give the folder to write")


def test_options_win_over_the_file_and_names_of_dirt_over_both(tmp_path: Path) -> None:
    code, _ = run(
        *("--out", tmp_path / "world", "--world", "stress", "--users", 60, "--days", 30),
        *("--dirt", "bot,late"),
    )
    assert code == Exit.OK
    said = json.loads((tmp_path / "world" / "manifest.json").read_text())["parameters"]
    assert (said["users"], said["days"], said["as_of"]) == (60, 30, "2021-02-28")
    on = {kind: rate for kind, rate in said["dirt"].items() if rate}
    assert on == {"bot": 0.03, "late": 0.03}


@pytest.mark.parametrize("name", library())
def test_every_world_of_the_library_can_be_simulated(tmp_path: Path, name: str) -> None:
    code, output = run("--out", tmp_path / name, "--world", name, "--users", 300, "--days", 200)
    assert code == Exit.OK, output
    assert pq.read_metadata(tmp_path / name / "users.parquet").num_rows == 300
    assert library()[name].read_text().startswith("# ")
