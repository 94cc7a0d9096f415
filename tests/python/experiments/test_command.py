"""`productpulse experiment power` plans a test, and says what is wrong with a plan."""

import json
import re

import pytest
from statsmodels.stats.power import NormalIndPower
from typer.testing import CliRunner

from productpulse.cli import app
from productpulse.errors import Exit
from productpulse.paths import project_root


def planned(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["experiment", "power", *arguments])
    return done.exit_code, done.output


def test_users_needed_are_those_of_statsmodels() -> None:
    code, told = planned("--minimum-effect", "2", "--deviation", "10")
    needed = 2 * NormalIndPower().solve_power(0.2, alpha=0.05, power=0.8)
    (line,) = (line for line in told.splitlines() if line.startswith("users needed"))
    assert code == 0
    assert 0 <= int(line.split()[-1].replace(",", "")) - needed <= 2


def test_a_given_number_of_users_tells_the_chance() -> None:
    code, told = planned("--minimum-effect", "2", "--deviation", "10", "--users", "400")
    chance = NormalIndPower().power(0.2, 200, 0.05)
    assert code == 0 and f"{chance:.1%}" in told and "users needed" not in told
    code, told = planned("--minimum-effect", "2", "--deviation", "10", "--users", "400", "--json")
    figures = json.loads(told)
    assert (figures["users"], figures["treated"]) == (400, 200)
    assert figures["power"] == pytest.approx(chance)


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["--minimum-effect", "0.1"], "--baseline"),
        (["--minimum-effect", "0", "--baseline", "0.2"], "--minimum-effect"),
        (["--minimum-effect", "0.9", "--baseline", "0.2"], "--baseline"),
        (["--minimum-effect", "1", "--deviation", "-1"], "--deviation"),
        (["--minimum-effect", "1", "--deviation", "inf"], "--deviation"),
        (["--minimum-effect", "nan", "--deviation", "1"], "--minimum-effect"),
        (["--minimum-effect", "1e-300", "--deviation", "1"], "--minimum-effect"),
        (["--minimum-effect", "1", "--deviation", "1", "--share", "1"], "--share"),
        (["--minimum-effect", "1", "--deviation", "1", "--alpha", "0"], "--alpha"),
    ],
)
def test_a_wrong_plan_is_refused_in_a_line(arguments: list[str], named: str) -> None:
    done = CliRunner().invoke(app, ["experiment", "power", *arguments])
    assert getattr(done.exception, "exit_code", done.exit_code) == Exit.USAGE
    assert named in str(done.exception or done.output)


def test_the_page_shows_what_the_commands_print(capsys: pytest.CaptureFixture[str]) -> None:
    page = (project_root() / "docs" / "experiments.md").read_text()
    shown = re.findall(r"```console\n\$ productpulse (.*)\n([^`]*)```", page)
    assert len(shown) == 2
    for command, expected in shown:
        output = CliRunner().invoke(app, command.split()).output
        told = "\n".join(line.rstrip() for line in output.strip().splitlines())
        assert told == expected.strip()
    ((program, expected),) = re.findall(r"```python\n(.*?)```\n\n```\n(.*?)```", page, re.S)
    exec(program, {})
    assert capsys.readouterr().out == expected
