"""`productpulse metric export`: where it writes, and what it says to a wrong command line."""

import zipfile
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from productpulse.cli import app
from productpulse.errors import Exit, PulseError


def export(*arguments: str | Path) -> str:
    """What the command prints on stdout; an error is raised as the PulseError that it is."""
    done = CliRunner().invoke(app, ["metric", "export", *map(str, arguments)])
    if done.exception:
        raise done.exception
    return done.stdout


@pytest.mark.parametrize("form", ["dbt", "ossie"])
def test_it_prints_yaml_or_writes_the_same_into_a_file(form: str, tmp_path: Path) -> None:
    printed = export("--format", form)
    assert yaml.safe_load(printed)
    assert export("--format", form, "--output", tmp_path / "metrics.yml") == ""
    assert (tmp_path / "metrics.yml").read_text() == printed


def test_superset_gets_a_zip(tmp_path: Path) -> None:
    export("--format", "superset", "--output", tmp_path / "metrics.zip")
    assert zipfile.is_zipfile(tmp_path / "metrics.zip")


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--format", "lookml"], "--format lookml: there is dbt, ossie, superset", Exit.USAGE),
        (["--format", "superset"], "needs a zip file: give --output metrics.zip", Exit.USAGE),
        (["--format", "superset", "--output", "x.yml"], "needs a zip file", Exit.USAGE),
        (["--format", "dbt", "--output", "no/such/x.yml"], "No such file or dir", Exit.FAILED),
    ],
)
def test_a_wrong_command_line_is_one_line(arguments: list[str], said: str, code: Exit) -> None:
    with pytest.raises(PulseError, match=said) as error:
        export(*arguments)
    assert error.value.exit_code == code and "\n" not in str(error.value)
