"""The output of the command line: results on stdout, progress and problems on stderr."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

# rich itself honours NO_COLOR, and drops colour where the stream is not a terminal.
out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

# Set by Ctrl-C: an exception that is raised inside an import or a callback can get lost there.
interrupted = Event()

PLAIN_SECONDS_BETWEEN_LINES = 2.0


class Step:
    """A step of known or unknown length: a bar on a terminal, plain lines elsewhere."""

    def __init__(self, label: str, total: float | None) -> None:
        self.label = label
        self.total = total
        self.done = 0.0
        self.note = ""
        self.started = self.last_line = time.monotonic()
        self._bar: Progress | None = None
        if err.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=32),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                TextColumn("[dim]{task.fields[note]}"),
                console=err,
                transient=True,
            )
            self._bar.start()
            self._task = self._bar.add_task(label, total=total, note="")

    def advance(self, by: float = 1, *, total: float | None = None, note: str = "") -> None:
        """Advance by `by`; `total` may become known later; `note` says what is being done."""
        if interrupted.is_set():
            raise KeyboardInterrupt
        self.done += by
        self.total = total if total is not None else self.total
        self.note = note or self.note
        if self._bar:
            self._bar.update(
                self._task, completed=self.done, total=self.total, note=self.note[-40:]
            )
        elif time.monotonic() - self.last_line > PLAIN_SECONDS_BETWEEN_LINES:
            self.last_line = time.monotonic()
            share = f" {self.done / self.total:.0%}" if self.total else ""
            err.print(f"{self.label}:{share} {self.note}".rstrip(), markup=False)

    def finish(self, ok: bool) -> None:
        """Replace the bar by one line: what was done, and how long it took."""
        if self._bar:
            self._bar.stop()
        seconds = time.monotonic() - self.started
        err.print(f"{self.label}: {'done' if ok else 'stopped'} in {seconds:.1f} s", markup=False)


@contextmanager
def step(label: str, total: float | None = None) -> Iterator[Step]:
    """Show progress of one step on stderr; `total` is in the unit that `advance` counts."""
    running = Step(label, total)
    try:
        yield running
    except BaseException:
        running.finish(ok=False)
        raise
    running.finish(ok=True)


def show_table(table: Table) -> None:
    """Print a table on stdout: within a terminal as wide as that, elsewhere as wide as it is."""
    if out.is_terminal:
        out.print(table)
    else:
        unbounded = out.options.update(max_width=10_000)
        width = Measurement.get(out, unbounded, table).maximum
        Console(width=width, highlight=False, emoji=False).print(table)


def notice(message: str) -> None:
    """One line on stderr about something that is correct, but that the user may want to change."""
    err.print(f"notice: {message}", markup=False)


def warn(message: str) -> None:
    """One line on stderr about something the reader should know."""
    err.print(f"warning: {message}", style="yellow", markup=False)


def note(message: str) -> None:
    """One line on stderr about something that was not done as the user may expect."""
    err.print(f"note: {message}", markup=False)


def fail(message: str) -> None:
    """One line on stderr about something that went wrong."""
    err.print(f"error: {message}", style="red", markup=False)


def is_interactive() -> bool:
    """Whether a person sits at the terminal."""
    return sys.stdin.isatty() and err.is_terminal
