"""What a full build of the project costs, compared in turns with an earlier version.

python scripts/bench/build.py [--size demo] [--runs N] [--earlier COMMIT] [--json]

Both versions load the same simulated company on one server, each into its own database and lake.
Then one more day arrives, and a build runs on databases with unfavourable settings.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from measure import Line, in_turns, report, seconds
from scratch import fresh_database, scratch_server
from sqlalchemy import URL
from warehouse import run

from productpulse import database
from productpulse.paths import project_root

EARLIER = "ffa4050"
# The planner's settings of a server with default configuration.
STOCK = {
    "work_mem": "4MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "4GB",
    "random_page_cost": "4",
    "jit": "on",
}


@dataclass(frozen=True)
class Version:
    """A checkout, with its own database and state folder."""

    root: Path
    url: URL
    home: Path

    def command(self, *arguments: str | Path) -> None:
        """Run `productpulse`; exits with its output when that fails."""
        self.home.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "productpulse.cli", *map(str, arguments)],
            cwd=self.root,
            env={
                **os.environ,
                "PYTHONPATH": str(self.root / "scripts"),
                "PULSE_DATABASE_URL": database.url_text(self.url),
                "PULSE_HOME": str(self.home),
                "PULSE_LAKE": str(self.home / "lake"),
            },
            capture_output=True,
            text=True,
        )
        if done.returncode:
            sys.exit(f"{self.root}: productpulse {arguments[0]}: {done.stderr}")

    def build(self, target: str) -> Callable[[], None]:
        """A build of everything."""
        again = ["--full-refresh"] if target == "postgres" else []
        return lambda: self.command("build", "--target", target, *again)


@contextmanager
def checkout(commit: str, folder: Path) -> Iterator[Path]:
    """The files of a commit in a new folder."""
    git = ["git", "-C", str(project_root())]
    done = subprocess.run(
        [*git, "worktree", "add", "--detach", str(folder), commit], capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"no checkout of {commit}: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([*git, "worktree", "remove", "--force", str(folder)], check=True)


def measured(size: str, runs: int, earlier: str) -> list[Line]:
    """All lines of the report."""
    lines = []
    with (
        scratch_server() as server,
        tempfile.TemporaryDirectory(prefix="pulse-bench-") as name,
        checkout(earlier, Path(name) / "earlier") as old_root,
    ):
        place = Path(name)
        new = Version(project_root(), fresh_database(server, "new"), place / "home_new")
        old = Version(old_root, fresh_database(server, "old"), place / "home_old")
        new.command("simulate", "--size", size, "--out", place / "company")
        said = json.loads((place / "company" / "manifest.json").read_text())
        last = date.fromisoformat(said["parameters"]["as_of"])
        slices = {"past": ("--to", str(last - timedelta(days=1))), "day": ("--from", str(last))}
        for slice_name, options in slices.items():
            new.command("simulate", "--size", size, *options, "--out", place / slice_name)
        for version in (old, new):
            version.command("load", place / "past")
        whole = {}
        for target, goal in (("postgres", 5), ("duckdb", 4)):
            taken = in_turns(runs, old=old.build(target), new=new.build(target))
            lines += [
                Line(f"{target}: {earlier}", f"{taken['old']:.0f} s"),
                Line(f"{target}: now", f"{taken['new']:.0f} s"),
                Line(
                    f"{target}: times faster",
                    f"{taken['old'] / taken['new']:.1f}",
                    f"at least {goal}",
                ),
            ]
            whole[target] = taken["new"]
        day = seconds(lambda: new.command("run", place / "day"))
        lines += [
            Line("one more day, loaded and built", f"{day:.0f} s"),
            Line(
                "by a build of everything", f"{100 * day / whole['postgres']:.0f} %", "at most 20 %"
            ),
        ]
        lines += lucky(server, place, whole["postgres"])
    return lines


def lucky(server: URL, place: Path, whole: float) -> list[Line]:
    """First builds without automatic statistics, and with the planner's default settings."""
    taken = {}
    for name, settings in (("first", {}), ("no_autovacuum", {}), ("stock", STOCK)):
        url = fresh_database(server, name)
        for setting, value in settings.items():
            run(url, f"alter database {name} set {setting} = '{value}'")
        run(server, f"alter system set autovacuum = {'off' if name == 'no_autovacuum' else 'on'}")
        run(server, "select pg_reload_conf()")
        version = Version(project_root(), url, place / "home_new")
        version.command("load", place / "past", "--target", "postgres")
        taken[name] = seconds(version.build("postgres"))
    run(server, "alter system reset autovacuum")
    run(server, "select pg_reload_conf()")
    shown = ", ".join(f"{each:.0f}" for each in taken.values())
    spread = max(whole, *taken.values()) / min(whole, *taken.values())
    return [
        Line("first build: as usual, without autovacuum, stock settings", f"{shown} s"),
        Line("slowest by fastest", f"{spread:.2f}", "at most 1.5"),
    ]


def main() -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="demo", choices=["tiny", "small", "demo", "large"])
    parser.add_argument("--runs", type=int, default=2, help="builds of each version and engine")
    parser.add_argument("--earlier", default=EARLIER, help="the commit to compare with")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    lines = measured(given.size, given.runs, given.earlier)
    report(f"Builds of everything, size {given.size}", lines, given.json)


if __name__ == "__main__":
    main()
