"""Statements and builds on a scratch database, and how long they take."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from measure import seconds
from sqlalchemy import URL

from productpulse import database
from productpulse.paths import project_root


def run(url: URL, statement: str) -> None:
    """Execute SQL in its own transaction."""
    with closing(database.connect(url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


def timed(url: URL, statement: str) -> float:
    """Seconds of a statement that makes the table `bare`."""
    taken = seconds(lambda: run(url, statement))
    run(url, "drop table bare")
    return taken


def build(url: URL, *options: str, project: Path | None = None) -> dict[str, float]:
    """Seconds per node of one `dbt build` without tests, one node at a time, by dbt's run_results.

    `options` go to dbt, `project` is another folder than this project's. Exits when dbt fails.
    """
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as folder:
        shutil.copy(project_root() / "profiles.example.yml", Path(folder) / "profiles.yml")
        command = [
            *(str(Path(sys.executable).parent / "dbt"), "build", *options, "--threads", "1"),
            *("--exclude-resource-type", "test", "unit_test", "--profiles-dir", folder),
            # Rows not from the simulator, read with the seeds of the demo company on purpose.
            *("--vars", "seeds_of: own"),
            *("--project-dir", str(project or project_root())),
            *("--log-path", folder, "--target-path", folder),
        ]
        environment = {**os.environ, "PULSE_DATABASE_URL": database.url_text(url)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stdout)
        return by_node(Path(folder) / "run_results.json")


def by_node(run_results: Path) -> dict[str, float]:
    """Seconds per model, seed and test of a build, by name."""
    results = json.loads(run_results.read_text())["results"]
    return {each["unique_id"].split(".")[2]: each["execution_time"] for each in results}
