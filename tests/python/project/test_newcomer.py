"""A newcomer follows the README in its order, and objects of others stay as they were."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalogue import catalogue
from sqlalchemy import URL, make_url
from warehouse import create_database

from productpulse.database import connect, url_text
from productpulse.paths import project_root

ROOT = project_root()
# The dbt tests are not about ownership, and take most of the time.
QUICKLY = {"DBT_EXCLUDE_RESOURCE_TYPES": "test unit_test"}
TOO_FEW = 4

MY_DATA = {
    "users": "user_id,created_at\nann,2026-01-05\nbob,2026-01-09\n",
    "events": "event_id,user_id,event_name,occurred_at\n"
    "1,ann,login,2026-01-05T10:00Z\n2,bob,login,2026-01-09T10:00Z\n3,ann,login,2026-02-03T10:00Z\n",
    "subscriptions": "subscription_id,user_id,created_at\nfirst,ann,2026-01-06\n",
    "subscription_changes": "change_id,subscription_id,changed_at,status,plan_id,"
    "billing_interval,quantity,unit_amount,currency\n"
    "begun,first,2026-01-06,active,pro,month,1,4900,USD\n",
}
# None of them has the name of something that we make.
BESIDE = """
create schema company;
create table company.customers (id int primary key, name text not null);
insert into company.customers values (1, 'A'), (2, 'B');
create schema marts; create table marts.company_kpis (day date, revenue numeric);
insert into marts.company_kpis values ('2026-01-01', 12.5);
create schema staging; create view staging.other as select id from company.customers;
create function public.answer() returns int language sql as 'select 42';
"""
# All of them have.
IN_THE_WAY = """
create schema raw; create table raw.users (id int primary key, mail text);
insert into raw.users values (1, 'a@b.c');
create table marts.dim_dates (date date primary key);
create view company.dates as select date from marts.dim_dates;
create schema audit; create table audit.loads (who text);
create schema reference; create table reference.plans (plan_id text);
"""


@pytest.fixture
def place(company: Path) -> Iterator[Path]:
    """A folder with an unused checkout beside the user's own data."""
    # Not pytest's own folder, which the user who runs the server for root cannot enter.
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="newcomer-") as folder:
        place = Path(folder)
        place.chmod(0o755)
        checkout = place / "checkout"
        (checkout / ".venv").mkdir(parents=True)
        for name in (path.name for path in ROOT.iterdir() if not path.name.startswith(".")):
            (checkout / name).symlink_to(ROOT / name)
        (checkout / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
        # A smaller company than the demo's, in its place.
        shutil.copytree(company, checkout / ".pulse" / "simulated" / "demo")
        (place / "mydata").mkdir()
        for name, text in MY_DATA.items():
            (place / "mydata" / f"{name}.csv").write_text(text)
        try:
            yield place
        finally:
            for folder_with_server in (checkout, place / "mycompany"):
                if folder_with_server.is_dir():
                    shell("productpulse db remove --yes", folder_with_server)


def shell(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `command` as typed in `folder`, by a user with their own environment."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "PULSE_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**own, **QUICKLY, "PATH": path, **variables},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def typed_in_the_readme() -> list[str]:
    """What the README's consoles show after the prompt, in its order."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [re.sub(r"\s{2,}#.*", "", line) for line in lines]


def execute(url: URL, statements: str) -> None:
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(statements)


@pytest.mark.slow
def test_the_readme_in_its_order_leaves_what_others_have(place: Path) -> None:
    checkout = place / "checkout"
    url = make_url(shell("productpulse db url", checkout).stdout.strip())
    execute(url, BESIDE)
    before = catalogue(url)

    # One shell for all of it, since some lines change the folder or the environment.
    script = ["set -x"]
    for typed in typed_in_the_readme():
        if typed != "make test":
            script.append(typed.replace("make demo", "productpulse run"))
            script.append(f"code=$?; [ $code = 0 ] || [ $code = {TOO_FEW} ] || exit $code")
    done = shell("\n".join(script), checkout)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    # The demo's daily users, and later those of the user's own data.
    assert "monthly active users" in done.stdout and "588.00" in done.stdout

    refused = shell("productpulse run ../mydata", checkout)
    assert refused.returncode == 1 and "productpulse init" in refused.stderr
    after = catalogue(url)
    assert {name: after.get(name) for name in before} == before
    assert shell("productpulse reset-demo --yes", checkout).returncode == 0
    assert catalogue(url) == before


def test_in_a_postgres_full_of_other_things_all_of_them_stay(place: Path, server_url: URL) -> None:
    url = create_database(server_url, "newcomer_elsewhere")
    execute(url, BESIDE + IN_THE_WAY)
    before = catalogue(url)
    there = {"PULSE_DATABASE_URL": url_text(url)}
    demo = shell("productpulse run", place / "checkout", **there)
    assert demo.returncode == 1 and "embedded" in demo.stderr

    assert shell("productpulse init mycompany", place).returncode == 0
    folder = place / "mycompany"
    for command in ("load ../mydata", "run ../mydata", "build", "segment"):
        refused = shell(f"productpulse {command}", folder, **there)
        assert refused.returncode == 1 and "Traceback" not in refused.stderr, command
        is_writing = command != "segment"  # which finds nothing to read
        assert ("not made by productpulse" in refused.stderr) == is_writing, command
        assert catalogue(url) == before, command

    apart = there | {"PULSE_SCHEMA_PREFIX": "pulse_"}
    ran = shell("productpulse run ../mydata", folder, **apart)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert "588.00" in ran.stdout
    execute(url, "create view company.users as select user_id from pulse_marts.dim_users")
    used = shell("productpulse reset --yes", folder, **apart)
    assert used.returncode == 1 and "company.users" in used.stderr
    execute(url, "drop view company.users")
    after = catalogue(url)
    assert {name: after.get(name) for name in before} == before
    assert shell("productpulse reset --yes", folder, **apart).returncode == 0
    assert catalogue(url) == before
