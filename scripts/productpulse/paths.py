"""Where things are: the checkout, the user's folder, and the state that commands make."""

import os
from pathlib import Path

from productpulse.errors import PulseError

SETTINGS = "productpulse.yml"
PROJECT_VARIABLE = "PULSE_PROJECT"
# The beginning of our dbt_project.yml; the one that `own.dbt_project` writes has a comment there.
CHECKOUT = "name: productpulse\n"


def project_root() -> Path:
    """The checkout: the folder with dbt_project.yml that holds the working directory or this code.

    Raises PulseError when there is none, such as after an install without the repository.
    """
    here = working_directory()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if _is_checkout(folder):
            return folder
    raise PulseError(f"no dbt_project.yml in {here} or above: run from the ProductPulse checkout")


def own_folder() -> Path | None:
    """The folder that `productpulse init` made: `$PULSE_PROJECT`, else the nearest one at or above
    the working directory; None in the checkout, which belongs to the demo company.

    Raises PulseError when PULSE_PROJECT names no such folder, or when we are in another one.
    """
    chosen = os.environ.get(PROJECT_VARIABLE)
    if chosen:
        folder = Path(chosen).absolute()
        if not (folder / SETTINGS).is_file():
            raise PulseError(
                f"{PROJECT_VARIABLE} is {chosen}, which has no {SETTINGS}: create it with"
                f" `productpulse init {chosen}`, or unset {PROJECT_VARIABLE}"
            )
        around = _folder_around()
        if around and not around.samefile(folder):
            raise PulseError(
                f"{PROJECT_VARIABLE} is {chosen}, but you are in {around}, another data folder:"
                f" open a new shell to work here, or leave {around} to work there"
            )
        return folder
    return _folder_around()


def _folder_around() -> Path | None:
    """The user's folder that holds the working directory, unless a checkout holds it."""
    here = working_directory()
    for folder in (here, *here.parents):
        if (folder / SETTINGS).is_file():
            return folder
        if _is_checkout(folder):
            break
    return None


def seeds_dir() -> Path:
    """The reference tables: those of the user's folder, else those of the demo company."""
    return (own_folder() or project_root()) / "seeds"


def state_dir() -> Path:
    """`$PULSE_HOME`, else `.pulse/` in the user's folder or the checkout; created if missing."""
    home = os.environ.get("PULSE_HOME") or (own_folder() or project_root()) / ".pulse"
    folder = Path(home).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PulseError(
            f"{folder}: cannot be made ({error.strerror}): set PULSE_HOME to a folder of your own"
        ) from error
    return folder


def working_directory() -> Path:
    """The working directory. Raises PulseError when it has been removed."""
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise PulseError("the working directory no longer exists: cd into another one") from error


def _is_checkout(folder: Path) -> bool:
    """Whether the folder holds ProductPulse itself and not some other dbt project."""
    if not (folder / "models" / "staging").is_dir():
        return False
    try:
        project = (folder / "dbt_project.yml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return project.startswith(CHECKOUT)
