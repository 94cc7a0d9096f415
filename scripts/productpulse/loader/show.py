"""A report for a reader: problems on stderr, the table on stdout."""

import shlex
from pathlib import Path

from rich import box
from rich.table import Table as RichTable

from productpulse.console import fail, note, out, warn
from productpulse.loader.origin import own_folder_first
from productpulse.loader.report import FileReport, LoadReport


def show_lines(report: LoadReport) -> None:
    """One line on stderr for each problem, warning and note."""
    for problem in report.problems:
        fail(problem)
    for warning in report.warnings:
        warn(warning)
    for line in report.notes:
        note(line)


def show_table(report: LoadReport) -> None:
    """The files on stdout, and what to do next as the last line."""
    if report.files:
        table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("file")
        for heading in ("landed", "would load" if report.is_check else "loaded", "rejected"):
            table.add_column(heading, justify="right")
        if not report.is_check:
            table.add_column("into")
        for file in report.files:
            table.add_row(*_cells(file, report.is_check))
        out.print(table)
    for file in report.files if report.is_check else []:
        for at, reason in file.examples:
            out.print(f"{file.file}: {file.unit} {at}: {reason}", markup=False)
    out.print(f"next: {_next(report)}", markup=False)


def _next(report: LoadReport) -> str:
    """What to do next: first fix what is wrong, if anything is."""
    folder = shlex.quote(report.directory)
    has_any = any(file.usable_rows or file.already_loaded for file in report.files)
    if report.exit_code or not has_any:
        again = "check" if report.is_check else "load"
        return f"fix the problems above, then productpulse {again} {folder}"
    if not report.is_check:
        return "productpulse build"
    usual = f"productpulse load {folder}, then productpulse build"
    return own_folder_first(Path(report.directory)) or usual


def _cells(file: FileReport, is_check: bool) -> list[str]:
    counts = (file.landed_rows, file.loaded_rows, file.rejected_rows)
    if file.already_loaded:
        return [file.file, "", "", "", "already loaded"]
    numbers = [f"{count:,}" for count in counts]
    state = [] if is_check else [", ".join(file.loaded_into)]
    return [file.file, *numbers, *state]
