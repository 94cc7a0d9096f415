"""The file in which a person says why a survivor may live."""

from pathlib import Path

import pytest

from mutate.reviewed import read_reviewed, reviewed_path
from productpulse.errors import PulseError
from productpulse.paths import project_root


def test_reasons_are_for_models_that_there_are() -> None:
    models = {path.stem for path in (project_root() / "models").rglob("*.sql")}
    assert {model for model, _ in read_reviewed(reviewed_path())} <= models


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- {model: m, changes: [a]}", "entry 1 is not a model, a why and a list of changes"),
        ("- {model: m, why: ' ', changes: [a]}", "entry 1 is not"),
        ("- {model: m, why: w, changes: a}", "entry 1 is not"),
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
    assert read_reviewed(path) == {("m", "a → b"): "because", ("m", "b → c"): "because"}
