"""docs/simulator.md knows every parameter, kind of dirt and file of truth; its commands run."""

import math
import re
import shlex
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from productpulse.paths import project_root
from productpulse.simulator.world import World

from .conftest import TINY
from .test_folder_and_command import run

GUIDE = (project_root() / "docs" / "simulator.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([a-z_]+)`", GUIDE))
COMMANDS = re.findall(r"^\$ productpulse simulate (.*?)\s*(?:#.*)?$", GUIDE, re.MULTILINE)


def test_every_parameter_is_explained() -> None:
    world = World(users=1, days=1)
    parameters = {field.name for field in fields(World)}
    for name in list(parameters):
        if is_dataclass(section := getattr(world, name)):
            parameters |= {field.name for field in fields(section)}
            parameters -= {name}
    assert parameters - NAMED - {"experiments"} == set()


def test_every_file_of_the_truth_is_named_and_no_other(dirty_dir: Path) -> None:
    written = {path.stem for path in (dirty_dir / "truth").iterdir()}
    table = GUIDE[GUIDE.index("## The truth") :]
    assert set(re.findall(r"`([a-z_]+)`", table)) - {"truth"} == written


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.chdir(tmp_path)
    code, output = run(*shlex.split(command))
    assert code == 0, output
    assert "next: productpulse load" in output


def test_the_strengths_it_tells_are_those_of_the_default() -> None:
    trouble = TINY.trouble
    tickets = 1 + trouble.tickets_per_drop * 0.6
    points = trouble.score_per_ticket * (tickets - 1)
    assert (tickets, round(points, 1)) == (4.0, 2.4)
    assert round(math.exp(trouble.leaving_per_point * points), 1) == 3.7
