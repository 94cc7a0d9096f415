"""Rules of the repository: one file per thing, engines in one place, a grain for every model."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from entities import lacking
from productpulse.marts import described, grain
from productpulse.paths import project_root
from productpulse.schemas import LAYERS

ROOT = project_root()
MODELS = sorted((ROOT / "models").rglob("*.sql"))
# The subject of a test and its claim.
CLAIM = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*__[a-z0-9_]+")
LONGEST_NAME = 60


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_every_model_says_what_one_row_is(model: Path) -> None:
    entry = described(model)
    assert entry["name"] == model.stem
    assert entry["description"].startswith("One row per ")


# Quarantined rows may be repeated; events are tested where each has its row; the clock has one row.
WITHOUT_GRAIN = {
    *("quarantined_rows", "stg_app__events", "int_activity__identity_links"),
    "stg_clock__as_of",
}


@pytest.mark.parametrize(
    "model",
    [m for m in MODELS if m.parent.name != "base" and m.stem not in WITHOUT_GRAIN],
    ids=lambda path: path.stem,
)
def test_every_model_has_a_grain_test(model: Path) -> None:
    assert grain(described(model))


@pytest.mark.parametrize(
    "model", [m for m in MODELS if "marts" in m.parts], ids=lambda path: path.stem
)
def test_every_column_of_a_mart_has_a_type_that_all_clients_read(model: Path) -> None:
    numbers = {"integer", "bigint", "numeric(18,2)", "double precision"}
    readable = numbers | {"date", "timestamp", "text", "boolean"}
    for column in described(model)["columns"]:
        assert column["data_type"] in readable, column["name"]
        assert column["description"]


DATES = re.compile(r"date|month|(period|cohort)_start|.+_(date|week|month)")
# Names that are older than the convention and that users rely on: the number of a week, and a value
# that is money for accounts but events for users.
OLDER = {"iso_week", "monetary_value"}


@pytest.mark.parametrize(
    "model", [m for m in MODELS if "marts" in m.parts], ids=lambda path: path.stem
)
def test_columns_of_a_mart_are_named_for_what_they_hold(model: Path) -> None:
    for column in described(model)["columns"]:
        name, kind = column["name"], column["data_type"]
        if name in OLDER:
            continue
        assert (kind == "date") == bool(DATES.fullmatch(name)), name
        assert (kind == "timestamp") == name.endswith("_at"), name
        assert (kind == "boolean") == name.startswith(("is_", "has_")), name
        assert (kind == "numeric(18,2)") == name.endswith("_amount"), name
        assert kind == "bigint" or not name.endswith(("_cents", "_minor_units")), name
        assert kind == "double precision" or not name.endswith("_rate"), name
        assert kind == "text" or not name.endswith("_id"), name


@pytest.mark.parametrize(
    "model", [m for m in MODELS if "marts" in m.parts], ids=lambda path: path.stem
)
def test_a_mart_says_why_a_row_may_lack_its_dimension(model: Path) -> None:
    for column, reason in lacking(described(model)).items():
        assert column in {each["name"] for each in described(model)["columns"]}
        assert len(reason.split()) > 3, column


def test_tests_of_dbt_are_named_by_what_they_are_about_and_claim() -> None:
    names = [path.stem for path in (ROOT / "tests" / "dbt").rglob("*.sql")]
    for path in (ROOT / "models").rglob("*.yml"):
        tests = yaml.safe_load(path.read_text()).get("unit_tests", [])
        names += [test["name"] for test in tests]
    assert len(names) == len(set(names))
    for name in names:
        assert CLAIM.fullmatch(name) and len(name) <= LONGEST_NAME, name


def test_every_table_is_told_to_the_planner_by_one_setting() -> None:
    """Without statistics the planner expects one row and uses nested loops for joins."""
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["models"]["productpulse"]
    assert "gather_statistics(this)" in settings["+post-hook"]
    for path in MODELS:
        assert "gather_statistics" not in path.read_text(), f"{path.stem} does it a second time"


def test_only_cross_db_knows_engines() -> None:
    for path in [*MODELS, *(ROOT / "macros").rglob("*.sql"), *(ROOT / "tests/dbt").rglob("*.sql")]:
        if "cross_db" not in path.parts:
            text = path.read_text()
            assert "target.type" not in text and "adapter.dispatch" not in text, path
            assert "postgres__" not in text and "duckdb__" not in text, path


LAYER = rf"({'|'.join(LAYERS)})"
BARE_SCHEMA = re.compile(
    rf"(?<![\w./-]){LAYER}\.[a-z_]"
    rf"|\bschema (if (not )?exists )?{LAYER}\b"
    rf"|(schema|nspname) (in|=) \(?'{LAYER}'"
)


def spoken(path: Path) -> Iterator[str]:
    """The SQL in a file: without comments; in Python the strings that are not docstrings."""
    text = path.read_text()
    if path.suffix != ".py":
        yield re.sub(r"\{#.*?#\}|--[^\n]*|(?m:^ *description:.*)", "", text, flags=re.DOTALL)
        return
    docstrings = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
    }
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and node.value not in docstrings:
            yield str(node.value)


def test_a_schema_is_named_without_its_prefix_nowhere() -> None:
    assert BARE_SCHEMA.search("select * from audit.loads")
    assert BARE_SCHEMA.search("drop schema if exists marts cascade")
    assert BARE_SCHEMA.search("where table_schema in ('raw', 'audit')")
    folders = ("models", "macros", "analyses", "tests/dbt", "scripts/productpulse", "dashboard")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    for path in (path for path in files if path.suffix in (".sql", ".yml", ".py")):
        for text in spoken(path):
            found = BARE_SCHEMA.search(text)
            assert not found, f"{path}: {found[0]}: say schema_of(…)"


def test_no_var_comes_into_sql_unchecked() -> None:
    for path in [*MODELS, *(ROOT / "macros").rglob("*.sql"), *(ROOT / "tests/dbt").rglob("*.sql")]:
        if path.name != "checked_var.sql":
            assert not re.search(r"(?<!_)\bvar\(", path.read_text()), path


def test_layers_read_only_the_layer_before() -> None:
    allowed = {
        "staging": ("stg_", "base_"),
        "intermediate": ("stg_", "int_"),
        # and the counts of audit, for readers who may not see audit
        "marts": ("int_", "dim_", "stg_clock__", "stg_reference__", "rows_by_load"),
    }
    seeds = {path.stem for path in (ROOT / "seeds").glob("*.csv")}
    for model in MODELS:
        layer = model.relative_to(ROOT / "models").parts[0]
        # the catalogue is about the marts
        if layer not in allowed or model.parent.name == "metrics":
            continue
        for name in re.findall(r"ref\('(\w+)'\)", model.read_text()):
            reads_reference = layer == "staging" and name in seeds
            assert name.startswith(allowed[layer]) or reads_reference, f"{model.stem} reads {name}"


def test_every_seed_is_typed_and_described_column_by_column() -> None:
    """A file with only a header must become the same table."""
    seeds = {path.stem: path for path in (ROOT / "seeds").glob("*.csv")}
    described_seeds = {path.stem: path for path in (ROOT / "models" / "reference").glob("*.yml")}
    assert seeds.keys() == described_seeds.keys()
    for name, path in seeds.items():
        (entry,) = yaml.safe_load(described_seeds[name].read_text())["seeds"]
        header = path.read_text().splitlines()[0].split(",")
        assert [column["name"] for column in entry["columns"]] == header
        assert list(entry["config"]["column_types"]) == header


def test_no_tracked_file_names_the_host_of_a_package_index() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org"]
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not any(host in text for host in hosts), name


LOADER = ROOT / "scripts/productpulse/loader"
WAY_OF_A_FILE = ("find", "read", "classify", "stamp", "write", "load")


def imported(module: str) -> set[str]:
    """The modules of the loader that one of them uses, directly or through others."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        for node in ast.walk(ast.parse((LOADER / f"{waiting.pop()}.py").read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "productpulse.loader":
                names = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and "productpulse.loader." in str(node.module):
                names = {str(node.module).split(".")[2]}
            else:
                continue
            waiting += names - found
            found |= names
    return found


@pytest.mark.parametrize("step", WAY_OF_A_FILE)
def test_the_way_of_a_file_through_the_loader_has_one_direction(step: str) -> None:
    earlier = WAY_OF_A_FILE[: WAY_OF_A_FILE.index(step)]
    assert imported(step) & set(WAY_OF_A_FILE) <= set(earlier)


def test_a_text_of_a_column_that_stands_in_several_models_is_written_once() -> None:
    """In models/columns.md; texts of up to four words may repeat themselves."""
    seen: dict[str, str] = {}
    for model in MODELS:
        if model.parts[len(ROOT.parts) + 1] == "staging":
            continue
        for column in described(model)["columns"]:
            text = " ".join(column["description"].split())
            if len(text.split()) > 4 and not text.startswith("{{"):
                assert text not in seen, f"{column['name']} in {model.stem} and {seen[text]}"
                seen[text] = model.stem


def test_every_shared_text_is_used() -> None:
    written = re.findall(r"{% docs (\w+) %}", (ROOT / "models" / "columns.md").read_text())
    used = "\n".join(path.read_text() for path in (ROOT / "models").rglob("*.yml"))
    assert written and len(written) == len(set(written))
    for name in written:
        assert used.count(f"doc('{name}')") > 1, name


def test_exposures_name_the_marts_that_our_commands_read() -> None:
    exposures = yaml.safe_load((ROOT / "models" / "exposures.yml").read_text())["exposures"]
    told = {name for each in exposures for name in re.findall(r"'(\w+)'", str(each["depends_on"]))}
    read: set[str] = set()
    folders = (ROOT / "scripts" / "productpulse", ROOT / "dashboard")
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        read.update(re.findall(r"\.((?:fct|dim)_[a-z0-9_]+)", path.read_text()))
    assert told == read


def test_only_marts_and_audit_may_be_referenced_by_other_projects() -> None:
    settings = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["models"]["productpulse"]
    access = {name: folder.get("+access") for name, folder in settings.items() if name[0] != "+"}
    assert access["staging"] == access["intermediate"] == "private"
    assert access["marts"] == "public"
