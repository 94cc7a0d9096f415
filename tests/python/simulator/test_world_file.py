"""Worlds from YAML: each mistake in one line that says where, what, and what to do."""

from pathlib import Path

import pytest

from productpulse.errors import Exit, PulseError
from productpulse.simulator.world_file import library, read_world, with_dirt, world

GOOD = "users: 50\ndays: 30\n"
ARMS = "[{name: a, planned_share: 0.5}, {name: b, planned_share: 0.5}]"
TRIAL = f"experiment_id: x, begins: 0, ends: 1, reach: 1, base: 0.1, variants: {ARMS}"


def said(text: str, tmp_path: Path) -> list[str]:
    """The error in a file with this text, without the file's name."""
    path = tmp_path / "w.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PulseError) as refused:
        world(read_world(str(path)), "w.yml")
    assert refused.value.exit_code == Exit.USAGE
    return [line.removeprefix("w.yml: ") for line in str(refused.value).splitlines()]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("peple: {growth: 1}", "peple: no such parameter: did you mean people?"),
        ("people: {grow: 1}", "people.grow: no such parameter: did you mean growth?"),
        ("people: {growth: fast}", "people.growth: 'fast' is not a number"),
        ("people: {individuals: 1.5}", "people.individuals: 1.5 must be at most 1"),
        ("people: {individuals: -1}", "people.individuals: -1 must be at least 0"),
        ("people: {join_days: 0}", "people.join_days: 0 must be more than 0"),
        ("people: 3", "people: 3 is not a section with names and values"),
        ("subscriptions: {trial_days: 1.5}", "subscriptions.trial_days: 1.5 is not a whole number"),
        ("as_of: soon", "as_of: 'soon' is not a date such as 2026-06-30"),
        ("seed: -1", "seed: -1 must be at least 0"),
        (
            "habits: {weekday_factors: [1, 2]}",
            "habits.weekday_factors: [1, 2] must be a list of 7 or more",
        ),
        (
            f"experiments: [{{event_name: tour_start, kind: conversion, {TRIAL}}}]",
            "experiments: no event is called tour_start: did you mean tour_started?",
        ),
        (
            f"experiments: [{{event_name: tour_started, kind: guess, {TRIAL}}}]",
            "experiments.0.kind: 'guess' is not conversion or amount",
        ),
    ],
)
def test_a_mistake_is_told_in_a_line(tmp_path: Path, text: str, line: str) -> None:
    assert said(GOOD + text, tmp_path) == [line]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    lines = said("users: 0\ndays: many\nhabits: {returns: 7}\n", tmp_path)
    assert [line.split(":")[0] for line in lines] == ["users", "days", "habits.returns"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"users: [", "not YAML in line 1"),
        (b"users: 1\n  days: 3", "not YAML in line 2"),
        (b"- a\n- b", "has no names and values"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
    ],
)
def test_what_is_no_world_file_is_told_in_a_line(tmp_path: Path, content: bytes, line: str) -> None:
    (tmp_path / "w.yml").write_bytes(content)
    with pytest.raises(PulseError, match=line) as refused:
        read_world(str(tmp_path / "w.yml"))
    assert "\n" not in str(refused.value)


def test_an_empty_file_is_the_usual_world(tmp_path: Path) -> None:
    (tmp_path / "w.yml").write_text("")
    assert read_world(str(tmp_path / "w.yml")) == {}


def test_the_library_has_the_worlds_that_are_promised() -> None:
    assert set(library()) == {"steady", "viral", "leaky", "seasonal", "b2c", "stress", "billing"}
    stress = world(read_world("stress"), "stress")
    # A leap day, and week 53 of 2020.
    assert stress.first_date.isoformat() < "2020-02-29" < "2020-12-31" < stress.as_of.isoformat()


def test_dirt_can_be_left_out_or_chosen_by_name() -> None:
    none = world(with_dirt({"users": 1, "days": 1}, "none")).dirt
    assert set(vars(none).values()) == {0.0}
    only = world(with_dirt({"users": 1, "days": 1}, "late, bot")).dirt
    assert {kind for kind, rate in vars(only).items() if rate} == {"late", "bot"}
    less = world(with_dirt({"users": 1, "days": 1, "dirt": {"bot": 0.5}}, "-late")).dirt
    assert (less.late, less.bot) == (0.0, 0.5)
