"""Whose data they are: a simulated company's or one's own, which never share a warehouse."""

import json
import shlex
from pathlib import Path
from typing import Any, Literal

from productpulse.errors import PulseError
from productpulse.paths import own_folder, project_root, working_directory
from productpulse.settings import project_vars

Origin = Literal["simulated", "own"]
MANIFEST = "manifest.json"
MADE_BY = "productpulse simulate"


def manifest_of(directory: Path) -> dict[str, Any] | None:
    """What the simulator wrote about a folder that it made; None for every other folder."""
    try:
        found = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("made_by") == MADE_BY else None


def origin_of(directory: Path) -> Origin:
    """Whose data a folder holds."""
    return "own" if manifest_of(directory) is None else "simulated"


def own_folder_first(directory: Path) -> str | None:
    """The commands by which data of one's own get seeds of their own; None where they have them.

    Without them they would be read by the demo company's plans and exchange rates.
    """
    if own_folder() or origin_of(directory) == "simulated" or project_vars()["seeds_of"] == "own":
        return None
    place = _beside(project_root())
    return (
        f"productpulse init {place} && cd {place} &&"
        f" productpulse run {shlex.quote(str(directory.absolute()))}"
    )


def refuse_demo_seeds(directory: Path) -> None:
    """Raise PulseError where data of one's own would be read by the demo company's seeds."""
    if first := own_folder_first(directory):
        raise PulseError(
            f"{directory}: data of your own need a folder with seeds and settings of your own, not"
            f" the demo company's: {first}"
        )


def refuse_mixing(directory: Path, origin: Origin, held: set[str]) -> None:
    """Raise PulseError where a warehouse that holds data of other origin would get these too."""
    if not held - {origin}:
        return
    if origin == "own":
        raise PulseError(
            f"{directory}: data of your own, but this warehouse holds a simulated company, and the"
            " two never mix: remove that with `productpulse reset-demo`, or work in another folder"
            " (`productpulse init DIR`) or database (PULSE_DATABASE_URL)"
        )
    raise PulseError(
        f"{directory}: a simulated company, but this warehouse holds other data, and the two never"
        " mix: load it in another folder (`productpulse init DIR`) or database"
        " (PULSE_DATABASE_URL)"
    )


def _beside(checkout: Path) -> str:
    """Where a first folder of one's own could be, as one would type it here."""
    here = working_directory()
    if here == checkout:
        return "../mycompany"
    return str(checkout.parent / "mycompany") if checkout in here.parents else "mycompany"
