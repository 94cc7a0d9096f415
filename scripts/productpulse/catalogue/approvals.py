"""Who approved which metric, when, and what it was made of then: metrics/approvals/ID.json."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from productpulse.catalogue.made_of import Parts, fingerprint
from productpulse.catalogue.read import FOLDER, Metric
from productpulse.errors import PulseError
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
        at = datetime.fromisoformat(read["approved_at"])
        return Approval(str(read["approved_by"]), at.astimezone(UTC), dict(read["made_of"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PulseError(
            f"{path}: is not an approval ({type(error).__name__}: {error}): restore it, or remove"
            f" it and approve {metric.id} again"
        ) from error


def approve(metric: Metric, by: str, parts: Parts) -> Path:
    """Record that somebody approves the metric as it is made now; returns the file.

    Raises PulseError for a name that is none, and when the file cannot be written.
    """
    if not by.strip() or re.search(r"[\x00-\x1f]", by):
        raise PulseError("--by needs the name of a person or a role, on one line")
    path = _path(metric.id)
    said = {
        "approved_by": by.strip(),
        "approved_at": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "made_of": parts,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise PulseError(f"{path}: {error.strerror or error}: allow it to be written") from error
    return path


def _path(name: str) -> Path:
    return (own_folder() or project_root()) / FOLDER / "approvals" / f"{name}.json"
