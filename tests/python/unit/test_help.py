"""The help of each command shows its whole text, however wide the terminal is."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from productpulse import __version__
from productpulse.cli import app

BOX = re.compile(r"[│╭╮╰╯─]")


def commands(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, *path, name)


COMMANDS = dict(commands(get_command(app)))


def words(text: str) -> str:
    """The words without the boxes and line breaks between them."""
    return " ".join(BOX.sub(" ", text).split())


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_is_whole(path: tuple[str, ...], width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    done = CliRunner().invoke(app, [*path, "--help"])
    assert done.exit_code == 0
    assert "\x1b[" not in done.stdout
    shown = words(done.stdout)
    command = COMMANDS[path]
    assert words(command.callback.__doc__ if command.callback else command.help) in shown
    assert all(len(line) <= width for line in done.stdout.splitlines())
    for parameter in command.params:
        assert parameter.help, f"{parameter.name} has no help"
        assert words(parameter.help) in shown
    for name, inner in getattr(command, "commands", {}).items():
        assert f"{name} {words(inner.help.split(chr(10) * 2)[0])}" in shown


def test_the_version_is_told() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"productpulse {__version__}\n")
