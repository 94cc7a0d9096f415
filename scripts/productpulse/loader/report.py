"""What a load did, or would do."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from productpulse.errors import Exit
from productpulse.loader.origin import Origin

EXAMPLES = 5


@dataclass
class Quarantined:
    """Rows that staging will quarantine for one reason; `line` and `words`: those of the first."""

    reason: str
    rows: int
    line: int
    words: str


@dataclass(frozen=True)
class Reading:
    """A word of a closed list in another spelling: `rows` rows with `found`, read as `read_as`."""

    column: str
    found: str
    read_as: str
    rows: int


@dataclass
class FileReport:
    """One file. `landed_rows` = `loaded_rows` + `rejected_rows`; all 0 when loaded before.

    `examples`: the first rejected records as (line number, reason). `loaded_into`: the sinks that
    lacked it.
    """

    table: str
    file: str
    unit: str = "line"
    loaded_rows: int = 0
    rejected_rows: int = 0
    already_loaded: bool = False
    loaded_into: tuple[str, ...] = ()
    examples: list[tuple[int, str]] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    @property
    def landed_rows(self) -> int:
        """Records in the file; blank lines do not count."""
        return self.loaded_rows + self.rejected_rows

    @property
    def usable_rows(self) -> int:
        """Loaded rows that staging will accept, as far as one file shows."""
        return self.loaded_rows - sum(unusable.rows for unusable in self.quarantined)


@dataclass
class LoadReport:
    """A load, or with `is_check` what a load would do.

    `load_id`, `loaded_at`: None when nothing new was loaded. `complete_until`: the time until which
    it is said to be complete, from `told_until`. `problems`: one line for each file or folder that
    could not be loaded. `warnings`: lines about doubtful things that were loaded. `notes`: lines
    about values that were read as other words.
    """

    directory: str
    target: str
    is_check: bool = False
    origin: Origin = "own"
    load_id: str | None = None
    loaded_at: datetime | None = None
    complete_until: str | None = None
    files: list[FileReport] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> Exit:
        """PARTLY_LOADED when a file could not be loaded, or when it has rows but none is usable."""
        is_lost = any(file.landed_rows and not file.usable_rows for file in self.files)
        return Exit.PARTLY_LOADED if self.problems or is_lost else Exit.OK

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            **asdict(self),
            "loaded_at": self.loaded_at and self.loaded_at.isoformat(),
            "files": [
                {
                    **asdict(file),
                    "landed_rows": file.landed_rows,
                    "examples": [{file.unit: at, "reason": why} for at, why in file.examples],
                }
                for file in self.files
            ],
        }
