"""Evidence for the numbers, from the last runs of tests and mutants: docs/generated/proof.md.

python scripts/proof.py (after `make test test-slow mutate`; `make proof` does it all)

Exit codes: 0 everything passed, 1 something failed or is missing.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutate.places import model_names, mutation_dir, report_path
from productpulse import __version__
from productpulse.console import fail, out
from productpulse.errors import Exit, PulseError
from productpulse.paths import project_root, state_dir

RUNS = ("fast", "slow")
OUTCOMES = ("passed", "failed", "skipped")
# The folders of tests/python, and what each shows.
KINDS = {
    "oracle": "the oracle itself, on worlds whose answers are written down",
    "marts": "every cell of every mart against the oracle; both engines against each other",
    "properties": "generated worlds, metamorphic relations, and that each dbt test can fail",
    "funnels": "funnels against an exhaustive search, and in the ways of other tools",
    "retention": "retention in the ways of other tools",
    "revenue": "revenue under scaling, splitting and reordering, and in the ways of other tools",
    "experiments": "distributions against SciPy, coverage and error rates by simulation",
    "incremental": "after every batch, each table is that of a full refresh",
    "outside": "data of others with their published answers",
    "planted": "what the simulator planted, found again",
    "faults": "what can break, broken: nothing lost, nothing doubled, and told in one line",
    "metrics": "the catalogue of metrics: its checks, approvals and exports",
    "mutation": "the machinery of the mutants",
    "simulator": "the simulator: reproducible, and true to its own truth",
    "project": "the command line and the structure of the project",
    "unit": "parts of the loader, the server and the models of churn",
}


@dataclass(frozen=True)
class Case:
    """One test of a run: its folder, name, outcome, and what it recorded."""

    folder: str
    name: str
    outcome: str
    recorded: dict[str, str]


def main() -> None:
    try:
        cases = [case for run in RUNS for case in read_run(run)]
        mutants = read_mutants()
        page = written(cases, mutants, dbt_tests())
    except PulseError as error:
        fail(str(error))
        sys.exit(error.exit_code)
    (project_root() / "docs" / "generated" / "proof.md").write_text(page)
    out.print(page, markup=False, end="")
    held = all(case.outcome != "failed" for case in cases) and all(m["is_good"] for m in mutants)
    sys.exit(Exit.OK if held else Exit.FAILED)


def read_run(run: str) -> list[Case]:
    """The tests of a run, from pytest's JUnit file. Raises PulseError when the file is missing."""
    path = state_dir() / "proof" / f"{run}.xml"
    if not path.is_file():
        raise PulseError(f"{path}: missing: run `make proof`")
    cases = []
    for case in ElementTree.parse(path).iter("testcase"):
        module = case.get("classname", "").split(".")
        folder = module[module.index("python") + 1] if "python" in module else module[0]
        if folder not in KINDS:
            raise PulseError(f"tests/python/{folder}: say in scripts/proof.py what it shows")
        tags = {child.tag for child in case}
        failed = "failed" if tags & {"failure", "error"} else "passed"
        outcome = "skipped" if "skipped" in tags else failed
        recorded = {str(r.get("name")): str(r.get("value")) for r in case.iterfind("properties/*")}
        cases.append(Case(folder, str(case.get("name")), outcome, recorded))
    return cases


def read_mutants() -> list[dict[str, Any]]:
    """The last report on each model that can be changed. Raises PulseError when one is missing."""
    reports = []
    for model in model_names():
        path = report_path(model)
        if not path.is_file():
            raise PulseError(f"{path}: missing: run `make mutate MODEL={model}`")
        reports.append(json.loads(path.read_text()))
    return reports


def dbt_tests() -> Counter[str]:
    """How many tests dbt runs, by kind, from its artifacts of the mutants' worlds."""
    built = next(mutation_dir().glob("*/target/duckdb/manifest.json"))
    manifest = json.loads(built.read_text())
    kinds = Counter(
        Path(node["original_file_path"]).parent.name
        if node["original_file_path"].startswith("tests/")
        else "columns and keys"
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
    )
    return kinds + Counter({"unit tests": len(manifest["unit_tests"])})


def written(cases: list[Case], mutants: list[dict[str, Any]], of_dbt: Counter[str]) -> str:
    """The page."""
    faults = [case for case in cases if case.folder == "faults" and case.outcome != "skipped"]
    killed = sum(each["killed"] for each in mutants)
    changing = sum(map(changing_a_result, mutants))
    outcomes = Counter(case.outcome for case in cases)
    lines = [
        "# Proof",
        "",
        f"What `make proof` found with version {__version__}.",
        "",
        f"- **Tests**: {', '.join(f'{outcomes[o]} {o}' for o in OUTCOMES)}; "
        f"and {of_dbt.total()} of dbt.",
        f"- **Mutants**: {killed} killed of {changing} that change a result.",
        f"- **Worlds tried**: {recorded(cases, 'worlds')}, each cell of each mart by the oracle.",
        f"- **Faults survived**: {sum(c.outcome == 'passed' for c in faults)} of {len(faults)}.",
        f"- **Engines compared**: {recorded(cases, 'tables equal on both engines')} tables, row "
        "for row, on Postgres and DuckDB.",
        "",
        "## Tests by kind",
        "",
        *table(
            ("kind", "shows", *OUTCOMES),
            [
                (kind, shows, *(found[outcome] for outcome in OUTCOMES))
                for kind, shows in KINDS.items()
                if (found := Counter(c.outcome for c in cases if c.folder == kind))
            ],
        ),
        "",
        "On every build dbt runs these, but for the unit tests, which are about the SQL:",
        "",
        *table(("kind", "tests"), sorted(of_dbt.items())),
        "",
        "## Mutants by model",
        "",
        "One thing is changed at a time. Of those that change a result some are noticed by a test;",
        "`tests/mutation/survivors.yml` explains why others may live.",
        "",
        *table(
            ("model", "mutants", "change a result", "killed", "explained", "survived"),
            [
                (
                    *(each["model"], each["mutants"], changing_a_result(each), each["killed"]),
                    *(len(each["explained"]), len(each["unexplained"])),
                )
                for each in mutants
            ],
        ),
        "",
        "## Faults",
        "",
        *table(("fault", "outcome"), sorted((spoken(c.name), c.outcome) for c in faults)),
    ]
    return "\n".join(lines) + "\n"


def changing_a_result(report: dict[str, Any]) -> int:
    """How many mutants of a model give rows other than the model's."""
    return int(report["killed"]) + len(report["explained"]) + len(report["unexplained"])


def recorded(cases: list[Case], name: str) -> int:
    """The sum of what tests recorded under a name."""
    return sum(int(case.recorded.get(name, 0)) for case in cases if case.outcome == "passed")


def spoken(name: str) -> str:
    """`test_a_thing[kind]` as "a thing: kind"."""
    plain, _, parameter = name.removeprefix("test_").partition("[")
    return plain.replace("_", " ") + (f": {parameter.removesuffix(']')}" if parameter else "")


def table(header: tuple[str, ...], rows: Iterable[tuple]) -> list[str]:
    """Lines of a table in Markdown."""
    listed = [header, ("---",) * len(header), *rows]
    return ["| " + " | ".join(map(str, row)) + " |" for row in listed]


if __name__ == "__main__":
    main()
