"""The user's folder: what `productpulse init` puts there, and whether its seeds are complete."""

import csv
import io
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from productpulse.errors import PulseError
from productpulse.files import write_whole
from productpulse.paths import SETTINGS, own_folder, project_root, state_dir
from productpulse.settings import project_vars

LINKS = ("models", "macros", "analyses", "tests", "selectors.yml")

ABOUT = """\
# Commands in this folder, or below it, work with it; elsewhere, set PULSE_PROJECT to it.
# The files in seeds/ say what your data mean: see docs/bring-your-own-data.md of ProductPulse.

# Parameters; dbt_project.yml of ProductPulse lists all of them with their default values.
vars:
  # reporting_timezone: Europe/Berlin
  # reporting_currency: EUR
  # week_start: sunday

# The prefix of all schema names in Postgres: pulse_ makes pulse_raw, pulse_marts …
schema_prefix:

# Raw tables that are already in this Postgres, so that nothing has to be loaded.
sources:
"""
IGNORED = """\
# Files that ProductPulse makes here, one with the password of its database.
.pulse/
"""
PROFILE_HEAD = """\
# How dbt finds the database; `productpulse env` prints the variables that are read here.
"""


def make(directory: Path) -> list[str]:
    """Add what is missing to `directory`, which is created if necessary; returns the names added.

    Nothing that exists is changed. Raises PulseError when the folder cannot be there.
    """
    _refuse(directory)
    made = []
    try:
        (directory / "seeds").mkdir(parents=True, exist_ok=True)
        for name, text in _contents().items():
            path = directory / name
            if not path.exists():
                write_whole(path, text)
                made.append(name)
    except OSError as error:
        raise PulseError(
            f"{error.filename or directory}: {error.strerror or error}: give another folder"
        ) from error
    return made


def check_seeds() -> None:
    """Raise PulseError when the seeds of the user's folder lack a file or a key column."""
    folder = own_folder()
    if folder is None:
        return
    for name, declared in _seeds().items():
        path = folder / "seeds" / f"{name}.csv"
        try:
            with path.open(encoding="utf-8-sig", newline="") as lines:
                header = next(csv.reader(lines), [])
        except FileNotFoundError:
            raise PulseError(f"{path} is missing: `productpulse init {folder}` adds it") from None
        except (OSError, ValueError, csv.Error) as error:
            raise PulseError(f"{path}: cannot be read as CSV in UTF-8 ({error}): fix it") from error
        # Columns that were added later are empty where a file lacks them; the key is required.
        key = next(iter(declared["config"]["column_types"]))
        if key not in header:
            raise PulseError(
                f"{path}: the header lacks {key}: write the columns in the first line, with commas"
                f" between, such as {','.join(declared['config']['column_types'])}"
            )


def dbt_project() -> Path:
    """Where dbt works: the checkout, or for a user's folder a project of links in its state, with
    the seeds and vars of that folder and everything else from the checkout.

    Links are needed because dbt overwrites seed files at an absolute path with what it ran. Raises
    PulseError when the project cannot be made.
    """
    folder, root = own_folder(), project_root()
    if folder is None:
        _compile_catalogue(root, folder)
        return root
    project = state_dir() / "project"
    said = yaml.safe_load((root / "dbt_project.yml").read_text(encoding="utf-8"))
    said["vars"] = project_vars() | {"seeds_of": "own"}
    text = f"# Written again by each command.\n{yaml.safe_dump(said, sort_keys=False)}"
    try:
        project.mkdir(exist_ok=True)
        for link in LINKS:
            _link(project / link, root / link)
        _link(project / "seeds", folder / "seeds")
        write_whole(project / "dbt_project.yml", text)
        _compile_catalogue(project, folder)
    except OSError as error:
        raise PulseError(
            f"{error.filename}: {error.strerror or error}: allow links to be made there, or"
            " set PULSE_HOME to another folder"
        ) from error
    return project


@cache
def _compile_catalogue(project: Path, folder: Path | None) -> None:
    """Write the metric catalogue of a user's folder, or of the checkout, as macros of the project.

    Once per command.
    """
    # here, because the catalogue reads seeds and vars of the folder that this module is about
    from productpulse.catalogue import compiled
    from productpulse.catalogue.check import checked

    compiled.write(checked(), project)


def _link(place: Path, to: Path) -> None:
    if not (place.is_symlink() and place.readlink() == to):
        place.unlink(missing_ok=True)
        place.symlink_to(to, target_is_directory=True)


@cache
def _seeds() -> dict[str, dict[str, Any]]:
    """All reference tables by name, as their yml declares them."""
    found = {}
    for path in sorted((project_root() / "models" / "reference").glob("*.yml")):
        for declared in yaml.safe_load(path.read_text(encoding="utf-8"))["seeds"]:
            found[declared["name"]] = declared
    return found


def _contents() -> dict[str, str]:
    """The files of a new folder. The rules fit every company; other seeds get only the header."""
    root = project_root()
    profiles = (root / "profiles.example.yml").read_text(encoding="utf-8")
    files = {SETTINGS: ABOUT, ".gitignore": IGNORED}
    files["profiles.yml"] = PROFILE_HEAD + profiles.split("\n", 1)[1]
    for name, declared in _seeds().items():
        if declared["config"].get("meta", {}).get("holds_for_all"):
            text = (root / "seeds" / f"{name}.csv").read_text(encoding="utf-8")
        else:
            header = io.StringIO()
            csv.writer(header, lineterminator="\n").writerow(declared["config"]["column_types"])
            text = header.getvalue()
        files[f"seeds/{name}.csv"] = text
    return files


def _refuse(directory: Path) -> None:
    root = project_root()
    place = directory.resolve()
    if place == root or root in place.parents:
        raise PulseError(
            f"{directory} is inside the ProductPulse checkout, which belongs to the demo company:"
            f" give a folder outside it, such as {root.parent / 'mycompany'}"
        )
    for path in (place, *place.parents, place / "seeds"):
        if path.exists() and not path.is_dir():
            raise PulseError(f"{path}: is a file, not a folder: give another folder")
