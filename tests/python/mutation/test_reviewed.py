"""The file that explains why a survivor may live."""

from pathlib import Path

import pytest

from mutate.reviewed import Reason, read_reviewed, reviewed_path
from productpulse.errors import PulseError
from productpulse.paths import project_root


def test_reasons_are_for_models_that_there_are() -> None:
    models = {path.stem for path in (project_root() / "models").rglob("*.sql")}
    assert {reason.model for reason in read_reviewed(reviewed_path())} <= models


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- {model: m, changes: [a]}", "entry 1 is not a model, a why and a list of changes"),
        ("- {model: m, why: ' ', changes: [a]}", "entry 1 is not"),
        ("- {model: m, why: w, changes: a}", "entry 1 is not"),
        ("- {model: m, why: w}", "entry 1 is not"),
        ("- {model: m, why: w, changes: [a], lines: [b]}", "entry 1 is not"),
        ("- {model: m, why: w, changes: [a, a]}", "m has 'a' twice"),
        ("model: [", "not YAML"),
    ],
)
def test_what_is_no_list_of_reasons_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "survivors.yml"
    path.write_text(text)
    with pytest.raises(PulseError, match=complaint) as caught:
        read_reviewed(path)
    assert str(path) in str(caught.value)


def test_a_reason_holds_for_each_of_its_changes(tmp_path: Path) -> None:
    path = tmp_path / "survivors.yml"
    path.write_text("- {model: m, why: because, changes: ['a → b', 'b → c']}")
    first, second = read_reviewed(path)
    assert first == Reason("m", "because", "changes", "a → b")
    assert second.covers("b → c", "any line") and not second.covers("a → b", "b → c")


def test_a_reason_may_be_for_all_changes_to_a_line(tmp_path: Path) -> None:
    path = tmp_path / "survivors.yml"
    path.write_text("- {model: m, why: because, lines: [exp(]}")
    (reason,) = read_reviewed(path)
    assert reason.covers("a → b", "else exp(x) end") and not reason.covers("exp(x) → 1", "else y")
