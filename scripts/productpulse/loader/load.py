"""Load a folder: each new file goes into every sink that lacks it.

A file is found, read, classified, stamped and written, each by a module of that name, which knows
only the modules before it.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from productpulse.console import Step, step
from productpulse.errors import PulseError
from productpulse.loader.classify import classified
from productpulse.loader.completeness import told_until
from productpulse.loader.find import DataFile, find_files
from productpulse.loader.layout import Layout, with_hint
from productpulse.loader.origin import origin_of, refuse_demo_seeds, refuse_mixing
from productpulse.loader.read import Candidate, Key, inspect, read
from productpulse.loader.records import FileProblem, shown
from productpulse.loader.report import FileReport, LoadReport, Quarantined
from productpulse.loader.stamp import Known, Stamp, ledger_row, stamped, stamps_of
from productpulse.loader.write import Sink, write
from productpulse.own import check_seeds
from productpulse.quarantine import remedy
from productpulse.raw_schema import raw_tables
from productpulse.schemas import schema_of
from productpulse.settings import project_vars
from productpulse.variables import parse_variables

TARGETS = ("all", "postgres", "duckdb")
MOST_NAMES = 10
# A load with at most this share of the median of earlier loads gets a warning, if there are enough.
SMALL_SHARE = 0.1
ENOUGH_LOADS = 3
# When at least this share of a file is quarantined, one line says so.
NEARLY_ALL = 0.9


def load(
    directory: Path,
    target: str = "all",
    complete_until: str | None = None,
    variables: Mapping[str, Any] | None = None,
) -> LoadReport:
    """Load the tables in `directory` into Postgres, the lake, or both (`target` all).

    Each gets all or nothing, and files that it already has are not loaded again. `complete_until`:
    a date or a moment, see `told_until`; it is also recorded for files that are already loaded.
    `variables`: parameters of the coming build that win over those of the project; they decide
    which rows are reported as quarantined. Raises PulseError when nothing can be loaded at all.
    """
    from productpulse.loader.lake_sink import open_lake
    from productpulse.loader.postgres_sink import open_postgres

    if target not in TARGETS:
        raise PulseError(f"no target is called {target!r}: use one of {', '.join(TARGETS)}")
    now = datetime.now(UTC)
    parse_variables(None)
    check_seeds()
    report = LoadReport(str(directory), target)
    report.complete_until = told_until(directory, complete_until, now)
    found = find_files(directory, raw_tables())
    report.origin = origin_of(directory)
    refuse_demo_seeds(directory)
    with ExitStack() as stack:
        sinks: list[Sink] = []
        # Postgres is published first, because its commit fails most often.
        if target != "duckdb":
            sinks.append(stack.enter_context(open_postgres({file.table for file in found[0]})))
        if target != "postgres":
            sinks.append(stack.enter_context(open_lake()))
        for sink in sinks:
            refuse_mixing(directory, report.origin, sink.origins())
        _run(report, found, sinks, now, project_vars() | dict(variables or {}))
        for sink in sinks:
            sink.publish()
    return report


def check(directory: Path) -> LoadReport:
    """What `load` would take from `directory` and what it would not, without a database."""
    parse_variables(None)
    check_seeds()
    report = LoadReport(str(directory), "none", is_check=True)
    _run(report, find_files(directory, raw_tables()), [], datetime.now(UTC), project_vars())
    return report


def _run(
    report: LoadReport,
    found: tuple[list[DataFile], list[str]],
    sinks: Sequence[Sink],
    now: datetime,
    variables: Mapping[str, Any],
) -> None:
    files, problems = found
    report.problems += problems
    size = sum(file.size for file in files)
    with step("checking" if report.is_check else "loading", total=2 * size) as progress:
        candidates = inspect(files, report.problems, progress)
        ledgers = [sink.known() for sink in sinks]
        stamps = stamps_of([c.key for c in candidates], ledgers, now, report)
        if report.complete_until:
            for sink, ledger in zip(sinks, ledgers, strict=True):
                sink.tell({c.key for c in candidates} & set(ledger), report.complete_until)
        for candidate in candidates:
            lacking = [
                sink
                for sink, ledger in zip(sinks, ledgers, strict=True)
                if candidate.key not in ledger
            ]
            if sinks and not lacking:
                report.files.append(_already(candidate))
                progress.advance(candidate.file.size)
            else:
                stamp = stamps[candidate.key]
                _load_file(candidate, stamp, lacking, report, progress, variables)
    report.problems.sort()
    _warn(report, candidates, {key: entry for ledger in ledgers for key, entry in ledger.items()})


def _already(candidate: Candidate) -> FileReport:
    file = candidate.file
    return FileReport(candidate.table.name, file.name, file.unit, already_loaded=True)


def _load_file(
    candidate: Candidate,
    stamp: Stamp,
    sinks: list[Sink],
    report: LoadReport,
    progress: Step,
    variables: Mapping[str, Any],
) -> None:
    """Read one file into `sinks`; nothing of it stays when it turns out to be unreadable."""
    file, table = candidate.file, candidate.table
    into = tuple(sink.name for sink in sinks)
    done = FileReport(table.name, file.name, file.unit, loaded_into=into)
    found = classified(read(candidate, progress), table, file.stated, variables, done)
    try:
        if sinks:
            # The findings are complete only when everything is written.
            ledger = partial(ledger_row, candidate, stamp, done, report.origin)
            write(stamped(found, candidate, stamp), ledger, table, stamp, sinks)
        else:
            deque(found, maxlen=0)  # A check only classifies.
    except FileProblem as problem:
        report.problems.append(f"{file.name}: {problem}")
    else:
        report.files.append(done)


def _warn(report: LoadReport, candidates: list[Candidate], known: dict[Key, Known]) -> None:
    layouts = {c.file.name: c.layout for c in candidates}
    for file in report.files:
        if not file.already_loaded:
            earlier = [entry for (table, _), entry in known.items() if table == file.table]
            report.warnings += _about_columns(file, layouts[file.file], earlier)
            report.warnings += _about_volume(file, [entry.loaded_rows for entry in earlier])
        if file.rejected_rows:
            report.warnings.append(_rejected_line(file, report.is_check))
        report.warnings += _about_quarantined(file)
        report.notes += _about_readings(file)
    users = sum(file.loaded_rows for file in report.files if file.table == "users")
    users += sum(entry.loaded_rows for (table, _), entry in known.items() if table == "users")
    if not users:
        where = "here" if report.is_check else "yet"
        report.warnings.append(f"no users {where}: users is the only required table: add it")


def _about_columns(file: FileReport, layout: Layout, earlier: list[Known]) -> list[str]:
    lines = []
    if layout.ignored:
        names = ", ".join(layout.ignored[:MOST_NAMES])
        names += ", …" if len(layout.ignored) > MOST_NAMES else ""
        lines.append(f"{file.file}: columns not in the raw schema are ignored: {names}")
    last = max(earlier, key=lambda entry: entry.stamp.loaded_at, default=None)
    gone = [name for name in last.columns if name not in layout.positions] if last else []
    if gone:
        names = ", ".join(with_hint(name, layout.ignored) for name in gone)
        lines.append(
            f"{file.file}: the last load of {file.table} had {names}, which is missing here: loaded"
            " without it; add it to the file unless this is intended"
        )
    return lines


def _about_volume(file: FileReport, earlier: list[int]) -> list[str]:
    """A line when the file has a tenth of the usual rows, or less."""
    if len(earlier) < ENOUGH_LOADS:
        return []
    usual = round(median(earlier))
    if file.loaded_rows > usual * SMALL_SHARE or not usual:
        return []
    return [
        f"{file.file}: {file.loaded_rows:,} rows loaded, but a load of {file.table} usually"
        f" brings {usual:,} (median of {len(earlier)}): check that the export is complete"
    ]


def _about_readings(file: FileReport) -> list[str]:
    """A line for each column in which words were read as other words."""
    read: dict[str, list[str]] = {}
    for r in file.readings:
        rows = "1 row" if r.rows == 1 else f"{r.rows:,} rows"
        read.setdefault(r.column, []).append(f"{rows} {shown(r.found)} read as {r.read_as}")
    return [
        f"{file.file}: {column}: {', '.join(told[:MOST_NAMES])}"
        + (", …" if len(told) > MOST_NAMES else "")
        for column, told in read.items()
    ]


def _about_quarantined(file: FileReport) -> list[str]:
    """A line for each reason why rows will be quarantined, and one more when these are nearly all
    rows; when nearly all have one reason, the two lines are one."""
    lines = [
        f"{file.file}: {unusable.rows} of {file.landed_rows} rows load and will be quarantined as"
        f" {_in_words(file, unusable)}"
        for unusable in file.quarantined
    ]
    rows = file.loaded_rows - file.usable_rows
    if not rows or rows < file.loaded_rows * NEARLY_ALL:
        return lines
    which, count = f"{rows:,} of {file.loaded_rows:,} rows", "few"
    if rows == file.loaded_rows:
        which, count = f"all {rows:,} rows" if rows > 1 else "the only row", "none"
    most = max(file.quarantined, key=lambda unusable: unusable.rows)
    if most.rows < rows * NEARLY_ALL:
        return [f"{file.file}: {which} will be quarantined: {count} of them will count", *lines]
    others = [
        line for unusable, line in zip(file.quarantined, lines, strict=True) if unusable != most
    ]
    return [
        f"{file.file}: {which} will be quarantined as {_in_words(file, most)}: {count} of them will"
        f" count: {remedy(most.reason)}",
        *others,
    ]


def _in_words(file: FileReport, unusable: Quarantined) -> str:
    more = "; …" if unusable.rows > 1 else ""
    return f"{unusable.reason} ({file.unit} {unusable.line}: {unusable.words}{more})"


def _rejected_line(file: FileReport, is_check: bool) -> str:
    at, reason = file.examples[0]
    more = "; …" if file.rejected_rows > 1 else ""
    see = "" if is_check else f", see {schema_of('audit')}.rejected_rows"
    return (
        f"{file.file}: {file.rejected_rows} of {file.landed_rows} rows rejected"
        f" ({file.unit} {at}: {reason}{more}){see}"
    )
