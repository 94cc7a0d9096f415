"""The survivors that may live, and why: tests/mutation/survivors.yml."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from productpulse.errors import PulseError
from productpulse.paths import project_root


@dataclass(frozen=True)
class Reason:
    """Why survivors of a model may live: changes with this name, or to a line with this text."""

    model: str
    why: str
    kind: str
    text: str

    def covers(self, change: str, line: str) -> bool:
        """Whether the reason applies to a survivor of the model."""
        return self.text == change if self.kind == "changes" else self.text in line


def reviewed_path() -> Path:
    """The file with the reasons, which people write."""
    return project_root() / "tests" / "mutation" / "survivors.yml"


def read_reviewed(path: Path) -> list[Reason]:
    """The reasons, in the order of the file.

    The file is a list of entries with `model`, `why`, and `changes`, names as the report prints
    them, or `lines`, texts that identify lines of compiled SQL. Raises PulseError for
    anything else.
    """
    try:
        entries = yaml.safe_load(path.read_text()) or []
    except yaml.YAMLError as error:
        where = str(error).splitlines()[-1].strip()
        raise PulseError(f"{path}: not YAML ({where}): fix it") from error
    reasons: list[Reason] = []
    for place, entry in enumerate(entries, start=1):
        match entry:
            case {"model": str(model), "why": str(why), "changes": [*texts], **rest} if (
                why.strip() and not rest
            ):
                kind = "changes"
            case {"model": str(model), "why": str(why), "lines": [*texts], **rest} if (
                why.strip() and not rest
            ):
                kind = "lines"
            case _:
                raise PulseError(
                    f"{path}: entry {place} is not a model, a why and a list of changes or "
                    "lines: fix it"
                )
        for text in texts:
            if any((each.model, each.text) == (model, text) for each in reasons):
                raise PulseError(f"{path}: {model} has {text!r} twice: remove one")
            reasons.append(Reason(model, why.strip(), kind, text))
    return reasons
