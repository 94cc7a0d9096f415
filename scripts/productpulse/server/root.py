"""What running as root needs: Postgres refuses to run as root, so another user does it for them.

That user must be able to reach programs and data; whoever the state directory belongs to stays the
owner of what is in it.
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
    """The unprivileged user that root lends the server to."""

    name: str
    uid: int
    gid: int


def is_root() -> bool:
    """Whether it is root who runs this."""
    return os.geteuid() == 0


def account(data: Path | None) -> Account | None:
    """Whom root lends the server to: the owner of the data, else a user that most systems have.

    None for those who are not root: they run it themselves.
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
    """Make a file the account's, if there is one."""
    if account:
        os.chown(path, account.uid, account.gid)


def give_to_owner_of_state(path: Path) -> None:
    """So that root, visiting the project of an ordinary user, locks nobody out of it."""
    if is_root():
        owner = state_dir().stat()
        os.chown(path, owner.st_uid, owner.st_gid)


def surroundings(account: Account | None, **environment: str) -> dict[str, Any]:
    """Arguments of subprocess.run: a known environment, a folder anyone can reach, the account."""
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
    """Whether the account can run what is installed there."""
    return _succeeds([install / "bin" / "initdb", "--version"], account)


def reaches(account: Account, folder: Path) -> bool:
    """Whether the account can enter a folder."""
    return _succeeds(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], account)


def system_dir() -> Path:
    """SYSTEM_DIR, made if need be."""
    SYSTEM_DIR.mkdir(parents=True, exist_ok=True)
    SYSTEM_DIR.chmod(0o755)
    return SYSTEM_DIR


def reachable_copy(install: Path, version: str, account: Account) -> Path:
    """A copy, made once, of an installation in a package of that version; `account` can run it."""
    package, place = install.parent, system_dir() / f"{install.parent.name}-{version}"
    copy = place / package.name / install.name
    if not copy.exists():
        draft = place.with_name(f"{place.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(
            package, draft / package.name, ignore=shutil.ignore_patterns("*.py", "include")
        )
        libraries = package.with_name(f"{package.name}.libs")  # The programs look just there.
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        draft.rename(place)
    if not works(copy, account):
        raise PulseError(f"user {account.name} cannot run Postgres in {copy}: check its folders")
    return copy


def _succeeds(command: list[str | Path], account: Account) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, input=b"", **surroundings(account))
    except PermissionError:  # The program itself is out of reach.
        return False
    return done.returncode == 0
