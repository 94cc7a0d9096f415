"""`productpulse init`: a folder for the user's own data."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from productpulse.console import out


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to create, outside the checkout.")
    ],
) -> None:
    """Create a folder for your own data: settings, seeds, connections, and later the warehouse.

    Existing files stay as they are. After an update, run it again to add the new files.
    """
    from productpulse import own

    made = own.make(directory)
    if made:
        names = ", ".join(made if len(made) < 4 else [*made[:2], f"and {len(made) - 2} more"])
        out.print(f"made in {directory}: {names}", markup=False)
    else:
        out.print(f"{directory} already has all files", markup=False)
    if directory.resolve() != Path.cwd():
        out.print(
            f"next: cd {shlex.quote(str(directory))}, then productpulse check DIR, where DIR"
            " holds your data",
            markup=False,
        )
