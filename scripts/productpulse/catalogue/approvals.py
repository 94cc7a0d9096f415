"""Who approved which metric, when, and what it was made of then: metrics/approvals/ID.json."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from productpulse.catalogue.made_of import Parts, fingerprint
from productpulse.catalogue.read import FOLDER, Metric
from productpulse.errors import PulseError
from productpulse.files import write_whole
from productpulse.paths import own_folder, project_root


@dataclass(frozen=True)
class Approval:
    """An approval; `at` in UTC."""

    by: str
    at: datetime
    parts: Parts

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.parts)


def approval(metric: Metric) -> Approval | None:
    """The latest approval. Raises PulseError when its file cannot be read."""
    path = _path(metric.id)
    if not path.is_file():
        return None
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        at, by = datetime.fromisoformat(read["approved_at"]), read["approved_by"]
        if at.tzinfo is None or not isinstance(by, str) or not is_name(by):
            raise ValueError("who approved it and when, with a zone")
        return Approval(by, at.astimezone(UTC), dict(read["made_of"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise PulseError(
            f"{path}: is not an approval ({type(error).__name__}: {error}): restore it, or remove"
            f" it and approve {metric.id} again"
        ) from error


def is_name(text: str) -> bool:
    """Whether a text can be the name of a person or a role: something, on one line."""
    return bool(text.strip()) and not re.search(r"[\x00-\x1f]", text)


def approve(metric: Metric, by: str, parts: Parts) -> Path:
    """Record that somebody approves the metric as it is made now; returns the file.

    Raises PulseError for a name that is none, and when the file cannot be written.
    """
    if not is_name(by):
        raise PulseError("--by needs the name of a person or a role, on one line")
    path = _path(metric.id)
    said = {
        "approved_by": by.strip(),
        "approved_at": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "made_of": parts,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(said, indent=1, ensure_ascii=False) + "\n")
    except OSError as error:
        raise PulseError(
            f"{error.filename or path}: {error.strerror or error}: fix that"
        ) from error
    return path


def _path(name: str) -> Path:
    return (own_folder() or project_root()) / FOLDER / "approvals" / f"{name}.json"
