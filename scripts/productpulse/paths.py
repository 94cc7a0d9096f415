"""Where things are: the checkout, the folder of one's own beside it, and the state they make."""

import os
from pathlib import Path

from productpulse.errors import PulseError

SETTINGS = "productpulse.yml"
PROJECT_VARIABLE = "PULSE_PROJECT"
# How its dbt_project.yml begins; that which `own.dbt_project` writes begins with a comment.
CHECKOUT = "name: productpulse\n"


def project_root() -> Path:
    """The checkout: the folder with dbt_project.yml that holds the working directory, or us.

    Raises PulseError when there is none, as after an install without the repository.
    """
    here = working_directory()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if _is_checkout(folder):
            return folder
    raise PulseError(f"no dbt_project.yml in {here} or above: run from the ProductPulse checkout")


def own_folder() -> Path | None:
    """The folder that `productpulse init` made: `$PULSE_PROJECT`, else the working directory or the
    nearest one above it that is one; None in the checkout, which stands for the demo company.

    Raises PulseError when PULSE_PROJECT names something else, or we are in another such folder.
    """
    chosen = os.environ.get(PROJECT_VARIABLE)
    if chosen:
        folder = Path(chosen).absolute()
        if not (folder / SETTINGS).is_file():
            raise PulseError(
                f"{PROJECT_VARIABLE} is {chosen}, where there is no {SETTINGS}: make it with"
                f" `productpulse init {chosen}`, or unset {PROJECT_VARIABLE}"
            )
        around = _folder_around()
        if around and not around.samefile(folder):
            raise PulseError(
                f"{PROJECT_VARIABLE} is {chosen}, but you are in {around}, another folder of data:"
                f" open a new shell to work here, or leave {around} to work there"
            )
        return folder
    return _folder_around()


def _folder_around() -> Path | None:
    """The folder of one's own that holds the working directory, unless a checkout does."""
    here = working_directory()
    for folder in (here, *here.parents):
        if (folder / SETTINGS).is_file():
            return folder
        if _is_checkout(folder):
            break
    return None


def seeds_dir() -> Path:
    """The reference tables: those of the folder of one's own, else the demo company's."""
    return (own_folder() or project_root()) / "seeds"


def state_dir() -> Path:
    """`$PULSE_HOME`, else `.pulse/` in the folder of one's own or the checkout; made if missing."""
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
    """Where we are. Raises PulseError when that folder has been removed meanwhile."""
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise PulseError("the working directory is gone: cd into one that is there") from error


def _is_checkout(folder: Path) -> bool:
    """Whether ProductPulse itself is there, and not some other dbt project."""
    if not (folder / "models" / "staging").is_dir():
        return False
    try:
        project = (folder / "dbt_project.yml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return project.startswith(CHECKOUT)
