"""The survivors that may live, and why: tests/mutation/survivors.yml."""

from pathlib import Path

import yaml

from productpulse.errors import PulseError
from productpulse.paths import project_root

Reviewed = dict[tuple[str, str], str]


def reviewed_path() -> Path:
    """The file that a person writes."""
    return project_root() / "tests" / "mutation" / "survivors.yml"


def read_reviewed(path: Path) -> Reviewed:
    """The reason by model and change.

    The file is a list of entries with `model`, `why` and `changes`, a list of names as the report
    prints them. Raises PulseError for anything else.
    """
    try:
        entries = yaml.safe_load(path.read_text()) or []
    except yaml.YAMLError as error:
        where = str(error).splitlines()[-1].strip()
        raise PulseError(f"{path}: not YAML ({where}): mend it") from error
    reasons: Reviewed = {}
    for place, entry in enumerate(entries, start=1):
        match entry:
            case {"model": str(model), "why": str(why), "changes": [*changes]} if why.strip():
                for change in changes:
                    if (model, change) in reasons:
                        raise PulseError(f"{path}: {model} has {change!r} twice: remove one")
                    reasons[model, change] = why.strip()
            case _:
                raise PulseError(
                    f"{path}: entry {place} is not a model, a why and a list of changes: mend it"
                )
    return reasons
