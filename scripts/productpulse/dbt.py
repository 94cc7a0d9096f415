"""`dbt build` as a child process: what a person could type, with progress and short errors."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from productpulse import builds, quarantine
from productpulse.builds import Change
from productpulse.catalogue.made_of import FINGERPRINTS, fingerprints
from productpulse.catalogue.read import Metric, catalogue
from productpulse.catalogue.trust import drifted
from productpulse.console import Step, err, fail, notice, step, warn
from productpulse.database import BUILDER, child_environment, connect, database_url, lake_dir
from productpulse.errors import NOT_BUILT, Exit, PulseError
from productpulse.leashed_dbt import TELL
from productpulse.lock import Lock, hold, hold_lake
from productpulse.own import check_seeds, dbt_project
from productpulse.paths import PROJECT_VARIABLE, own_folder, project_root, state_dir
from productpulse.schemas import VARIABLE, schema_prefix
from productpulse.settings import project_vars

# Statuses in run_results.json.
PASSED = ("success", "pass")
FAILED = ("error", "fail", "runtime error", "partial success")
RESULTS = "run_results.json"
TARGETS = ("postgres", "duckdb")
# Those of tests that say which rules of a table are broken.
RULES = re.compile(r"rules_of_\w+_hold")
# Unit tests are about our SQL, not about the user's rows: the project's own tests run them.
USUAL = dict([builds.USUAL])


@dataclass
class Outcome:
    """What a build did: nodes by their status in run_results.json, and what was said.

    `notices` are of the project's own macros; `unasked` is what Python itself printed.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    change: Change = field(default_factory=lambda: Change(None))

    @property
    def did_nothing(self) -> bool:
        """Whether all was built already."""
        return self.change.nodes == frozenset()

    def as_dict(self) -> dict[str, Any]:
        """In the terms of JSON: steps, of them passed and warned, and what was said."""
        steps = self.statuses.total()
        return {
            "steps": steps,
            "passed": sum(self.statuses[status] for status in PASSED),
            "warned": self.statuses["warn"],
            "steps_of_all": self.change.steps or steps,
            "changed": list(self.change.because),
            "warnings": self.warnings,
            "notices": self.notices,
        }

    def as_text(self) -> str:
        """In one line."""
        did = self.as_dict()
        steps = f"{did['steps']} steps"
        if self.change.nodes is not None:
            changed = ", ".join(self.change.because) or "nothing"
            steps = f"{did['steps']} of {did['steps_of_all']} steps ({changed} changed)"
        return f"{steps}: {did['passed']} passed, {did['warned']} warned"


def build(
    target: str = "postgres", variables: str | None = None, full_refresh: bool = False
) -> Outcome:
    """Run one `dbt build` of the whole project, or of what changes touch (see `builds.change`).

    `variables` is a JSON object of dbt vars, as `parse_variables` takes it, which win over those of
    productpulse.yml. A full refresh and DuckDB always get everything. Raises PulseError when
    anything in the build fails; every failure has been shown on stderr by then.
    """
    check_target(target)
    check_seeds()
    command = [*dbt_command("build", target, TELL), "--write-json"]
    if variables:
        command += ["--vars", variables]
    if full_refresh:
        command.append("--full-refresh")
    # DuckDB needs no server, so none is started for it.
    url = None if target == "duckdb" else database_url()
    environment = _environment(url)
    with (
        hold(url) if url else hold_lake(lake_dir()) as lock,
        ExitStack() as stack,
    ):
        change = builds.change(url, variables) if url and not full_refresh else Change(None)
        if change.nodes == frozenset():
            err.print("dbt build: nothing has changed since the last one", markup=False)
            return Outcome(change=change)
        metrics = catalogue().metrics.values()
        in_force = project_vars() | json.loads(variables or "{}")
        environment |= metric_environment(metrics, in_force)
        parts = stack.enter_context(builds.recorded(url, variables)) if url else {}
        parts["steps"] = change.steps
        progress = stack.enter_context(step(f"dbt build on {target}"))
        if change.nodes:
            command += ["--select", *(f"{name}+" for name in sorted(change.nodes))]
        # so that what is there afterwards is of this build
        (target_path(target) / RESULTS).unlink(missing_ok=True)
        outcome, code = _run(command, environment, progress, lock)
        outcome.change = change
        if code < 0:
            name = signal.Signals(-code).name
            outcome.errors.append(f"dbt was killed ({name}), perhaps for want of memory: run again")
        else:
            _add_results(outcome, target, url)
        if code and not outcome.errors:
            outcome.errors = outcome.unasked or [f"dbt ended with exit code {code}"]
        if changes := drifted(metrics, in_force):
            outcome.warnings.append(_of_drift(changes))
        for text in outcome.notices:
            notice(text)
        for text in outcome.warnings:
            warn(text)
        for text in outcome.errors:
            fail(text)
        if outcome.errors:
            raise PulseError(
                f"dbt build failed: {len(outcome.errors)} error(s) above; "
                f"all of it in {state_dir() / 'logs' / 'dbt.log'}"
            )
        if change.nodes is None:
            parts["steps"] = outcome.statuses.total()
    return outcome


def show(query: str, target: str = "postgres") -> list[dict[str, Any]]:
    """The rows of a query in the project's own SQL and Jinja, on what is built.

    Raises PulseError when it fails, as before the first build.
    """
    check_target(target)
    command = [
        *dbt_command("show", target),
        *("--quiet", "--inline", query),
        *("--output", "json", "--limit", "-1"),
    ]
    url = None if target == "duckdb" else database_url()
    done = ask(command, url)
    if done.returncode:
        if "does not exist" in done.stdout:
            raise PulseError(NOT_BUILT)
        raise PulseError(
            "the marts could not be asked: run `productpulse build` first "
            f"({_one_line(done.stdout)[:300]})"
        )
    rows: list[dict[str, Any]] = json.loads(done.stdout[done.stdout.index("{") :])["show"]
    return rows


def ask(command: list[str], url: URL | None) -> subprocess.CompletedProcess[str]:
    """Run a dbt command to its end on `url`, or without a server, and return what it printed."""
    return subprocess.run(
        command,
        cwd=dbt_project(),
        env=_environment(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def check_target(target: str) -> None:
    """Raise PulseError unless the profile has such a target."""
    if target not in TARGETS:
        raise PulseError(
            f"--target {target}: there is no such target, there are {', '.join(TARGETS)}",
            Exit.USAGE,
        )


def dbt_command(verb: str, target: str, *before: str) -> list[str]:
    """A dbt command on this project; `before` the verb are options of `leashed_dbt`."""
    return [
        sys.executable, "-m", "productpulse.leashed_dbt", *before,
        verb,
        "--no-use-colors",
        "--log-path", str(state_dir() / "logs"),
        "--log-level-file", "info",
        "--project-dir", str(dbt_project()),
        "--profiles-dir", str(_profiles_dir()),
        "--target", target,
        "--target-path", str(target_path(target)),
    ]  # fmt: skip


def project_environment() -> dict[str, str]:
    """The variables, besides those of the database, with which dbt works on the same as we do."""
    own, state = own_folder(), state_dir()
    return ({PROJECT_VARIABLE: str(own)} if own else {}) | {
        VARIABLE: schema_prefix(),
        "PULSE_LAKE": str(lake_dir()),
        "DBT_PROJECT_DIR": str(dbt_project()),
        "DBT_PROFILES_DIR": str(_profiles_dir()),
        "DBT_TARGET_PATH": str(target_path("postgres")),
        "DBT_LOG_PATH": str(state / "logs"),
    }


def metric_environment(metrics: Iterable[Metric], in_force: dict[str, Any]) -> dict[str, str]:
    """The variable with which dbt knows what each metric is made of, where these vars are."""
    return {FINGERPRINTS: json.dumps(fingerprints(metrics, in_force))}


def target_path(target: str) -> Path:
    """Where dbt keeps what it parsed and compiled: a folder per engine."""
    return state_dir() / "target" / target


def _profiles_dir() -> Path:
    """Where profiles.yml is: in the folder of one's own or the checkout; else a copied example."""
    for folder in filter(None, (own_folder(), project_root())):
        if (folder / "profiles.yml").is_file():
            return folder
    root = project_root()
    folder = state_dir() / "profiles"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(root / "profiles.example.yml", folder / "profiles.yml")
    return folder


def _environment(url: URL | None) -> dict[str, str]:
    lake = lake_dir()
    lake.mkdir(parents=True, exist_ok=True)
    inherited = child_environment(url) if url else dict(os.environ)
    return {**USUAL, **inherited, **project_environment(), "PULSE_APPLICATION": BUILDER}


def _run(
    command: list[str], environment: dict[str, str], progress: Step, lock: Lock | None
) -> tuple[Outcome, int]:
    process = subprocess.Popen(
        command,
        cwd=dbt_project(),
        env=environment,
        # What ends dbt, whatever ends us; so Ctrl-C is for us alone.
        stdin=subprocess.PIPE,
        process_group=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdin and process.stdout
    try:
        with lock.watched(process.stdin.close) if lock else nullcontext():
            outcome = _follow(process.stdout, progress)
            code = process.wait()
    except BaseException:
        process.stdin.close()
        process.stdout.read()
        process.wait()
        raise
    if lock and lock.loss:
        raise PulseError(
            f"the connection that kept others from building was lost ({lock.loss}), so dbt was"
            " stopped: see that Postgres runs, and run again"
        )
    return outcome, code


def _follow(lines: Iterable[str], progress: Step) -> Outcome:
    outcome = Outcome()
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        match said:
            case {"node": note, "total": total}:
                progress.advance(1, total=total, note=note)
            case {"notice": text}:
                outcome.notices.append(_one_line(text))
            case {"error": text}:
                outcome.errors.append(_one_line(text))
            case _ if line.strip():
                outcome.unasked.append(line.strip())
    return outcome


def _add_results(outcome: Outcome, target: str, url: URL | None) -> None:
    """What became of each node, as dbt wrote it down; nothing when it did not come to that."""
    folder = target_path(target)
    if not (folder / RESULTS).is_file():
        return
    found = json.loads((folder / RESULTS).read_text())["results"]
    # exposures are among them, though dbt does nothing with them
    results = [result for result in found if not result["unique_id"].startswith("exposure.")]
    outcome.statuses = Counter(result["status"] for result in results)
    if not outcome.statuses.keys() & {*FAILED, "warn"}:
        return
    manifest = json.loads((folder / "manifest.json").read_text())
    nodes = manifest["nodes"] | manifest["unit_tests"]
    errors = []
    for result in results:
        node = nodes[result["unique_id"]]
        place = f"{node['resource_type']} {node['name']} ({node['original_file_path']})"
        text = _one_line(f"{place}\n{result['message'] or result['status']}")
        if result["status"] == "fail" and RULES.fullmatch(node["name"]):
            errors.append(f"{place}: {_broken_rules(_rows(result['compiled_code'], url))}")
        elif result["status"] in FAILED:
            errors.append(text)
        elif result["status"] == "warn" and node["name"] == quarantine.TEST:
            outcome.warnings += quarantine.in_words(_rows(quarantine.query(), url))
        elif result["status"] == "warn":
            outcome.warnings.append(text)
    outcome.errors = errors + outcome.errors


def _of_drift(changes: dict[str, tuple[str, ...]]) -> str:
    """What to say of metrics that are not made as they were approved."""
    names = list(changes)
    many = f" and {len(names) - 1} other metrics" if len(names) > 1 else ""
    more = f" and {len(changes[names[0]]) - 1} more" if len(changes[names[0]]) > 1 else ""
    return (
        f"drifted: {names[0]}{many}: not made as approved ({changes[names[0]][0]}{more}); see"
        " `productpulse metric list --trust drifted`, and approve again what is right"
    )


def _broken_rules(found: list[tuple[Any, ...]]) -> str:
    """What a test of a table's rules found, in words."""
    return "; ".join(
        f"{name} ({condition}) is broken by {rows} {'row' if rows == 1 else 'rows'}"
        for name, condition, rows in found
    )


def _rows(query: str, url: URL | None) -> list[tuple[Any, ...]]:
    """The answer to a query in Postgres or, without a URL, in DuckDB."""
    if url is None:
        import duckdb

        with duckdb.connect(str(lake_dir() / "warehouse.duckdb"), read_only=True) as lake:
            return lake.execute(query).fetchall()
    with closing(connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def _one_line(text: str) -> str:
    """What a person needs of dbt's several lines: where, and what; not the stack of macros."""
    noise = ("> ", "compiled code at", "Runtime Error", "Database Error in")
    lines = (line.strip() for line in text.splitlines())
    return ": ".join(line for line in lines if line and not line.startswith(noise))[:1000]
