"""How fast the simulator makes events, and how fast they reach Postgres.

python scripts/bench/simulator.py [--size NAME] [--runs N] [--json]
"""

import argparse
import json
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from measure import Line, in_turns, process, report
from scratch import fresh_database, scratch_server
from sqlalchemy import URL

from productpulse import database
from productpulse.raw_schema import raw_tables
from productpulse.simulator.world import SIZES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="demo")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as folder:
        world = Path(folder) / "world"
        lines = generating(world, given.size, given.runs)
        lines += loading(world, Path(folder), given.runs)
    report(f"simulator, size {given.size}, {given.runs} runs", lines, given.as_json)


def generating(world: Path, size: str, runs: int) -> list[Line]:
    """Events per second of one core, everything from start to written files counted."""
    command = [sys.executable, "-m", "productpulse.cli", "simulate", "--workers", "1"]
    command += ["--size", size, "--out", str(world)]
    used = [process(command) for _ in range(runs)]
    events = json.loads((world / "manifest.json").read_text())["rows"]["events"]
    rate = events / statistics.median(each.cpu for each in used)
    return [
        Line("events", f"{events:,}"),
        Line("events per second and core", f"{rate:,.0f}", "at least 500,000"),
        Line("most memory", f"{max(each.peak_mb for each in used):,.0f} MB"),
    ]


def loading(world: Path, folder: Path, runs: int) -> list[Line]:
    """`productpulse load` against a bare COPY of the same rows into tables of the same columns."""
    load = [sys.executable, "-m", "productpulse.cli", "load", "--target", "postgres", str(world)]
    with scratch_server() as server:
        source = fresh_database(server, "bench_source")
        process(load)
        files = _written_out(source, folder)
        bare = fresh_database(server, "bench_bare")

        def ours() -> None:
            fresh_database(server, "bench_load")
            process(load)

        taken = in_turns(runs, load=ours, copy=lambda: _copy(bare, files))
    ratio = taken["load"] / taken["copy"]
    return [
        Line("loading", f"{taken['load']:.1f} s"),
        Line("bare COPY of the same rows", f"{taken['copy']:.1f} s"),
        Line("loading by bare COPY", f"{ratio:.2f}", "at most 2"),
    ]


def _written_out(source: URL, folder: Path) -> dict[str, Path]:
    """The raw tables as CSV files, which COPY only has to read."""
    files = {name: folder / f"{name}.csv" for name in raw_tables()}
    with closing(database.connect(source)) as connection, connection.cursor() as cursor:
        for name, path in files.items():
            with path.open("wb") as file:
                cursor.copy_expert(f"copy raw.{name} to stdout (format csv)", file)
    return files


def _copy(bare: URL, files: dict[str, Path]) -> None:
    tables = raw_tables()
    with closing(database.connect(bare)) as connection, connection.cursor() as cursor:
        for name, path in files.items():
            columns = ", ".join(f"{c.name} {c.data_type}" for c in tables[name].columns)
            cursor.execute(f"drop table if exists {name}; create table {name} ({columns})")
            with path.open("rb") as file:
                cursor.copy_expert(f"copy {name} from stdin (format csv)", file, size=1 << 20)
        connection.commit()


if __name__ == "__main__":
    main()
