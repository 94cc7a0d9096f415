"""Whether data are of a simulated company or the user's own: they never share a warehouse."""

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
    """The manifest that the simulator wrote into a folder; None for every other folder."""
    try:
        found = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("made_by") == MADE_BY else None


def origin_of(directory: Path) -> Origin:
    """Whether a folder holds simulated data or the user's own."""
    return "own" if manifest_of(directory) is None else "simulated"


def own_folder_first(directory: Path) -> str | None:
    """The commands that give the user's data their own seeds; None where they have them.

    Without these seeds the plans and exchange rates of the demo company would be used.
    """
    if own_folder() or origin_of(directory) == "simulated" or project_vars()["seeds_of"] == "own":
        return None
    place = _beside(project_root())
    return (
        f"productpulse init {place} && cd {place} &&"
        f" productpulse run {shlex.quote(str(directory.absolute()))}"
    )


def refuse_demo_seeds(directory: Path) -> None:
    """Raise PulseError where the user's own data would be read with the demo company's seeds."""
    if first := own_folder_first(directory):
        raise PulseError(
            f"{directory}: your own data need a folder with your own seeds and settings, not those"
            f" of the demo company: {first}"
        )


def refuse_mixing(directory: Path, origin: Origin, held: set[str]) -> None:
    """Raise PulseError where the warehouse already holds data of another origin."""
    if not held - {origin}:
        return
    if origin == "own":
        raise PulseError(
            f"{directory}: your own data, but this warehouse holds a simulated company, and the"
            " two never mix: remove the simulated company with `productpulse reset-demo`, or work"
            " in another folder (`productpulse init DIR`) or database (PULSE_DATABASE_URL)"
        )
    raise PulseError(
        f"{directory}: a simulated company, but this warehouse holds other data, and the two never"
        " mix: load it in another folder (`productpulse init DIR`) or database"
        " (PULSE_DATABASE_URL)"
    )


def _beside(checkout: Path) -> str:
    """A possible place for the user's first folder, as it would be typed here."""
    here = working_directory()
    if here == checkout:
        return "../mycompany"
    return str(checkout.parent / "mycompany") if checkout in here.parents else "mycompany"
