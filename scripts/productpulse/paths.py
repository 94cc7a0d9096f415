"""Where the project keeps things: its own files, and the state it makes under `.pulse/`."""

import os
from pathlib import Path

from productpulse.errors import PulseError


def project_root() -> Path:
    """The folder with dbt_project.yml: the working directory or one above it, else the checkout.

    Raises PulseError when there is none, as after an install without the repository.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if (folder / "dbt_project.yml").is_file() and (folder / "models" / "staging").is_dir():
            return folder
    raise PulseError(f"no dbt_project.yml in {here} or above: run from the ProductPulse checkout")


def state_dir() -> Path:
    """`$PULSE_HOME`, else `.pulse/` in the project root; made when it is missing."""
    folder = Path(os.environ.get("PULSE_HOME") or project_root() / ".pulse").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PulseError(
            f"{folder}: cannot be made ({error.strerror}): set PULSE_HOME to a folder of your own"
        ) from error
    return folder
