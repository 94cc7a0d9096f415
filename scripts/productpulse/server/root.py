"""Running as root: Postgres refuses to run as root, so another user runs it.

That user must be able to reach programs and data; the owner of the state directory stays the owner
of its contents.
"""

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from productpulse.errors import PulseError
from productpulse.paths import state_dir

SYSTEM_DIR = Path("/var/lib/productpulse")
"""Where root keeps what the unprivileged user could not reach elsewhere."""


@dataclass(frozen=True)
class Account:
    """The unprivileged user who runs the server for root."""

    name: str
    uid: int
    gid: int


def is_root() -> bool:
    """Whether we run as root."""
    return os.geteuid() == 0


def account(data: Path | None) -> Account | None:
    """The user who runs the server for root: the owner of the data, else one most systems have.

    None for users who are not root: they run it themselves.
    """
    if not is_root():
        return None
    import pwd

    owner = 0
    if data:
        with suppress(FileNotFoundError):
            owner = data.stat().st_uid
    for who in (owner, "postgres", "nobody"):
        if who:
            with suppress(KeyError):
                entry = pwd.getpwuid(who) if isinstance(who, int) else pwd.getpwnam(who)
                return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise PulseError(
        "Postgres refuses to run as root, and there is no user postgres or nobody:"
        " run as an ordinary user, or set PULSE_DATABASE_URL"
    )


def give_to(path: Path, account: Account | None) -> None:
    """Make the account the owner of a file, if there is an account."""
    if account:
        os.chown(path, account.uid, account.gid)


def give_to_owner_of_state(path: Path) -> None:
    """Keep the owner of files, so that root does not lock an ordinary user out of their project."""
    if is_root():
        owner = state_dir().stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def surroundings(account: Account | None, **environment: str) -> dict[str, Any]:
    """Arguments of subprocess.run: a known environment, a folder all can reach, the account."""
    path = os.environ.get("PATH", os.defpath)
    around: dict[str, Any] = {
        "env": {"PATH": path, "LC_ALL": "C", **environment},
        "cwd": "/",
        "umask": 0o077,
    }
    if account:
        around |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    return around


def works(install: Path, account: Account) -> bool:
    """Whether the account can run the programs that are installed there."""
    return _succeeds([install / "bin" / "initdb", "--version"], account)


def reaches(account: Account, folder: Path) -> bool:
    """Whether the account can enter a folder."""
    return _succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], account)


def system_dir() -> Path:
    """SYSTEM_DIR, created if necessary."""
    SYSTEM_DIR.mkdir(parents=True, exist_ok=True)
    SYSTEM_DIR.chmod(0o755)
    return SYSTEM_DIR


def reachable_copy(install: Path, version: str, account: Account) -> Path:
    """A copy of an installation in a package of that version that `account` can run; made once."""
    package, place = install.parent, system_dir() / f"{install.parent.name}-{version}"
    copy = place / package.name / install.name
    if not copy.exists():
        draft = place.with_name(f"{place.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(
            package, draft / package.name, ignore=shutil.ignore_patterns("*.py", "include")
        )
        # The programs look for their files in this place.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        draft.rename(place)
    if not works(copy, account):
        raise PulseError(
            f"user {account.name} cannot run Postgres in {copy}: check its folders' permissions"
        )
    return copy


def _succeeds(command: list[str | Path], account: Account) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, input=b"", **surroundings(account))
    except PermissionError:  # The account cannot reach the program itself.
        return False
    return done.returncode == 0
