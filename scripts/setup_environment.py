"""Make a virtual environment with the locked dependencies and this project.

uv installs them, in seconds where pip takes minutes; uv itself is in the lock file with its hash.
When uv cannot be installed or fails, such as behind an index that only pip knows, pip does it.
Neither looks for dependencies, as the lock file has all of them but one that dbt works without
(docs/decisions/running.md); `pip check` complains of that.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

OLDEST = (3, 11)
LOCK = Path("requirements.lock")
LOCKED = ["--no-deps", "--require-hashes", "--requirement", str(LOCK)]


def main() -> None:
    """`setup_environment.py FOLDER`: exit code 1 with one line when it fails."""
    if sys.version_info < OLDEST:
        sys.exit(f"error: Python {sys.version.split()[0]} is too old: 3.11 or newer is needed")
    folder = Path(sys.argv[1])
    started = time.monotonic()
    if not (folder / "bin" / "pip").exists():
        print("creating the environment", file=sys.stderr)
        venv.create(folder, with_pip=True)
    if not install_by_uv(folder):
        install_by_pip(folder)
    print(f"environment ready in {time.monotonic() - started:.0f} s", file=sys.stderr)


def install_by_uv(folder: Path) -> bool:
    """Install everything with uv; returns whether it succeeded."""
    (uv,) = re.findall(r"^uv==(?:.*\\\n)+.*\n", LOCK.read_text(), re.MULTILINE)
    with tempfile.NamedTemporaryFile("w", suffix=".lock") as alone:
        alone.write(uv)
        alone.flush()
        first = [*pip(folder), "install", "--require-hashes", "--requirement", alone.name]
        if subprocess.run(first, capture_output=True).returncode:
            return False
    environment = {"UV_DEFAULT_INDEX": index_of_pip(folder)} | os.environ
    environment["VIRTUAL_ENV"] = str(folder.resolve())
    for what in (
        LOCKED,
        ["--no-deps", "--editable", "."],
    ):
        done = subprocess.run(
            [folder / "bin" / "uv", "pip", "install", *what],
            env={name: value for name, value in environment.items() if value},
            stderr=None if sys.stderr.isatty() else subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            print(
                f"uv could not install the dependencies, so pip does it: {last_line(done.stderr)}",
                file=sys.stderr,
            )
            return False
    return True


def index_of_pip(folder: Path) -> str:
    """The package index that pip is configured to use; empty for the default."""
    told = subprocess.run(
        [*pip(folder), "config", "get", "global.index-url"], capture_output=True, text=True
    )
    return os.environ.get("PIP_INDEX_URL", told.stdout.strip())


def install_by_pip(folder: Path) -> None:
    """Install everything with pip; exit code 1 with the reason when it fails."""
    wanted = len(set(re.findall(r"^([a-z0-9-]+)(?:\[.*])?==", LOCK.read_text(), re.MULTILINE)))
    follow([*pip(folder), "install", *LOCKED], wanted)
    follow([*pip(folder), "install", "--no-deps", "--editable", "."], 1)


def pip(folder: Path) -> list[str]:
    """The beginning of each pip command."""
    python = str(folder / "bin" / "python")
    return [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]


def follow(command: list[str], packages: int) -> None:
    """Run pip and show progress: one changing line on a terminal, several lines elsewhere."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert process.stdout is not None
    said, seen, last = [], 0, 0.0
    for line in process.stdout:
        said.append(line)
        if line.startswith(("Collecting", "Installing", "Obtaining")):
            seen += line.startswith("Collecting")
            note = "installing all" if line.startswith("Installing") else f"{seen} of {packages}"
            if sys.stderr.isatty():
                print(f"\rpackages: {note}   ", end="", file=sys.stderr, flush=True)
            elif time.monotonic() - last > 2 or line.startswith("Installing"):
                last = time.monotonic()
                print(f"packages: {note}", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if process.wait():
        reasons = [line for line in said if line.startswith("ERROR")] or said[-3:]
        sys.exit("error: pip could not install the dependencies: " + " ".join(reasons).strip())


def last_line(text: str | None) -> str:
    """The last line of a program's output, or nothing if it went to the terminal."""
    return ((text or "").strip().splitlines() or ["see above"])[-1]


if __name__ == "__main__":
    main()
