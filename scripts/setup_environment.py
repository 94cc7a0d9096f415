"""Make a virtual environment with the locked dependencies and this project."""

import re
import subprocess
import sys
import time
import venv
from pathlib import Path

OLDEST = (3, 11)


def main() -> None:
    """`setup_environment.py FOLDER`: exit code 1 with one line when it cannot be done."""
    if sys.version_info < OLDEST:
        sys.exit(f"error: Python {sys.version.split()[0]} is too old: 3.11 or newer is needed")
    folder = Path(sys.argv[1])
    started = time.monotonic()
    if not (folder / "bin" / "pip").exists():
        print("creating the environment", file=sys.stderr)
        venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    lock = Path("requirements.lock")
    wanted = len(set(re.findall(r"^([a-z0-9-]+)(?:\[.*])?==", lock.read_text(), re.MULTILINE)))
    install([*pip, "install", "--require-hashes", "--requirement", str(lock)], wanted)
    install([*pip, "install", "--no-deps", "--editable", "."], 1)
    print(f"environment ready in {time.monotonic() - started:.0f} s", file=sys.stderr)


def install(command: list[str], packages: int) -> None:
    """Run pip and say how far it is: one changing line on a terminal, lines elsewhere."""
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


if __name__ == "__main__":
    main()
