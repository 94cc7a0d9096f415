"""A build replaces nothing that others made, and what they built on our tables is kept."""

import shutil
import subprocess
from collections.abc import Callable

import pytest
from catalogue import catalogue
from warehouse import Warehouse

from productpulse.ownership import MARK
from productpulse.paths import project_root

# A mart that needs no data, with three seeds and a view before it; and what the hooks read.
MART = "dim_features"
PARTS = (
    "models/columns.md",
    "models/groups.yml",
    "models/*/**/_*__sources.yml",
    "models/reference/*.yml",
    "models/**/stg_app__event*",
    "models/**/*_app__user_aliases.*",
    "models/**/*_app__users.*",
    "models/**/int_activity__merged_users.*",
    "models/**/int_activity__identity_links.*",
    "models/**/stg_clock__as_of.*",
    "models/**/stg_reference__features.*",
    f"models/**/{MART}.*",
)
MODELS = ("--resource-type", "model", "--resource-type", "seed", "--no-use-colors")
# A mart that is never built here: a table of that name belongs to others.
OTHER_MART = "fct_theirs"
OTHER = {
    "sql": "select feature_id from {{ ref('dim_features') }}",
    "yml": f"""
models:
  - name: {OTHER_MART}
    columns: [{{name: feature_id, data_type: text, data_tests: [unique]}}]
""",
}
THEIRS = """
create schema company;
create view company.launched with (security_barrier) as
select feature_id, name from marts.dim_features where launched_date is not null;
create view company.names as select name from company.launched;
comment on view company.launched is 'What sales may promise: from tables made by productpulse';
create domain company.a_feature as marts.dim_features;
create type company.pair as (one marts.dim_features, other marts.dim_features);
create materialized view company.counted as select count(*) from marts.dim_features;
create view company.staged as select feature_id from staging.stg_reference__features;
create view company.seeded as select plan_id from reference.plans;
create function company.features() returns setof marts.dim_features
language sql as 'select * from marts.dim_features';
"""


Build = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Builds the mart in a warehouse, from a part of the project, which dbt reads faster."""
    root, project = project_root(), tmp_path_factory.mktemp("part")
    shutil.copy(root / "dbt_project.yml", project)
    for name in ("macros", "seeds"):
        (project / name).symlink_to(root / name)
    for path in (path for part in PARTS for path in root.glob(part)):
        copy = project / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    for kind, text in OTHER.items():
        (project / "models" / "marts" / f"{OTHER_MART}.{kind}").write_text(text)

    def run(warehouse: Warehouse, *options: str, check: bool = True) -> subprocess.CompletedProcess:
        chosen = ("--select", f"+{MART}", *MODELS, *options)
        return warehouse.dbt("build", "postgres", *chosen, project=project, check=check)

    return run


@pytest.fixture(scope="module")
def built(new_warehouse: Callable[[str], Warehouse], build: Build) -> Warehouse:
    warehouse = new_warehouse("beside_others")
    warehouse.lake.mkdir(parents=True, exist_ok=True)
    build(warehouse)
    return warehouse


@pytest.fixture
def used(built: Warehouse) -> Warehouse:
    """The same, with objects of others that depend on it."""
    built.execute("drop schema if exists company cascade")
    built.execute(THEIRS)
    return built


def company(warehouse: Warehouse) -> dict[str, str]:
    return {n: told for n, told in catalogue(warehouse.url).items() if n.startswith("company")}


def test_everything_that_is_made_has_the_mark(built: Warehouse) -> None:
    lacking = built.rows(
        "select n.nspname || '.' || c.relname from pg_class as c"
        " join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname in ('raw', 'reference', 'staging', 'intermediate', 'marts', 'audit')"
        f" and c.relkind in ('r', 'v')"
        f" and obj_description(c.oid, 'pg_class') not like '%{MARK}'"
        " union all select nspname from pg_namespace"
        " where nspname in ('raw', 'reference', 'staging', 'marts', 'audit')"
        f" and obj_description(oid, 'pg_namespace') is distinct from '{MARK}'"
    )
    assert lacking == []
    ((comment,),) = built.rows("select obj_description('marts.dim_features'::regclass)")
    assert comment.startswith("One row per ") and comment.endswith(f"\n{MARK}")


def test_the_mark_is_the_same_in_python_and_sql() -> None:
    macro = project_root() / "macros" / "cross_db" / "mark.sql"
    assert f"return('{MARK}')" in macro.read_text()


@pytest.mark.parametrize("options", [(), ("--full-refresh",)])
def test_what_others_built_on_ours_outlives_builds(
    used: Warehouse, build: Build, options: tuple
) -> None:
    before = company(used)
    rows = used.rows("select * from marts.dim_features order by 1")
    keys = "select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'marts.{}'"
    indexes = "select count(*) from pg_index where indrelid = 'marts.dim_features'::regclass"
    primary = used.rows(keys.format("dim_features") + "::regclass order by 1")
    counted = used.rows(indexes)
    used.execute("update marts.dim_features set name = 'stale'")
    for _ in range(2):
        build(used, *options)
    assert company(used) == before
    assert used.rows("select * from marts.dim_features order by 1") == rows
    assert used.rows(keys.format("dim_features") + "::regclass order by 1") == primary
    assert used.rows(indexes) == counted
    assert used.rows("select count(*) from marts.dim_features where name = 'stale'") == [(0,)]


def test_a_column_that_others_use_is_not_taken_away(used: Warehouse, build: Build) -> None:
    used.execute(
        "alter table marts.dim_features add column gone int;"
        "create view company.late as select gone from marts.dim_features"
    )
    before = catalogue(used.url)
    done = build(used, check=False)
    assert done.returncode == 1
    assert "marts.dim_features is rebuilt, and " in done.stdout
    assert "view company.late" in done.stdout
    assert "drop it, build, and create it again" in done.stdout
    after = catalogue(used.url)
    assert after["marts.dim_features"] == before["marts.dim_features"]
    assert {n: after[n] for n in before if n.startswith("company")} == {
        n: told for n, told in before.items() if n.startswith("company")
    }
    used.execute("drop view company.late")
    build(used)
    assert not used.rows(
        "select from information_schema.columns where table_name = 'dim_features'"
        " and column_name = 'gone'"
    )


def test_keys_of_somebody_elses_table_neither_come_nor_go(used: Warehouse, build: Build) -> None:
    used.execute(f"create table marts.{OTHER_MART} (feature_id text)")
    before = catalogue(used.url)[f"marts.{OTHER_MART}"]
    build(used)
    assert catalogue(used.url)[f"marts.{OTHER_MART}"] == before
    used.execute(
        f"alter table marts.{OTHER_MART} add foreign key (feature_id) references marts.dim_features"
    )
    before = catalogue(used.url)
    done = build(used, check=False)
    after = catalogue(used.url)
    used.execute(f"drop table marts.{OTHER_MART}")
    assert done.returncode == 1
    assert f"{OTHER_MART}_feature_id_fkey on table marts.{OTHER_MART}" in done.stdout
    for name in (f"marts.{OTHER_MART}", "marts.dim_features"):
        assert after[name] == before[name]


def test_a_table_that_inherits_from_ours_is_not_emptied(used: Warehouse, build: Build) -> None:
    used.execute("create table company.more (extra int) inherits (marts.dim_features)")
    used.execute("insert into company.more (feature_id) values ('mine')")
    before = catalogue(used.url)
    done = build(used, check=False)
    assert done.returncode != 0
    assert "company.more inherits from marts.dim_features, and would be emptied" in done.stdout
    assert catalogue(used.url) == before


def test_somebody_elses_mart_is_neither_replaced_nor_dropped(
    built: Warehouse, build: Build
) -> None:
    built.execute("drop schema if exists company cascade; drop table marts.dim_features")
    built.execute(
        "create table marts.dim_features (id int primary key); create schema company;"
        "create view company.mine as select id from marts.dim_features"
    )
    before = catalogue(built.url)
    done = build(built, check=False)
    built_nothing = catalogue(built.url)
    built.execute("drop table marts.dim_features cascade")
    assert done.returncode != 0
    assert "marts.dim_features: not made by productpulse" in done.stdout
    assert "set PULSE_SCHEMA_PREFIX" in done.stdout
    assert built_nothing == before


def test_a_raw_table_of_somebody_else_is_read_and_never_altered(
    built: Warehouse, build: Build
) -> None:
    built.execute(
        "drop table raw.users; create table raw.users (user_id text, created_at timestamptz)"
    )
    before = catalogue(built.url)
    done = build(built, check=False)
    assert done.returncode != 0
    assert "raw.users: not made by productpulse, and lacks " in done.stdout
    assert "email" in done.stdout
    assert catalogue(built.url) == before


def test_the_rights_of_somebody_elses_schema_stay(
    new_warehouse: Callable[[str], Warehouse], build: Build
) -> None:
    warehouse = new_warehouse("their_schema")
    warehouse.lake.mkdir(parents=True, exist_ok=True)
    warehouse.execute("create schema marts")
    before = catalogue(warehouse.url)
    done = build(warehouse)
    assert catalogue(warehouse.url)["marts"] == before["marts"]
    assert "its owner must run: grant usage on schema marts to pulse_reporter;" in done.stdout
