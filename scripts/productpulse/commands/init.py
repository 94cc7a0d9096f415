"""`productpulse init`: a folder of one's own."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from productpulse.console import out


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to make, outside the checkout.")
    ],
) -> None:
    """Make a folder for data of your own: settings, seeds, connections, and later the warehouse.

    What is there already stays as it is; again, after an update, it adds what has become new.
    """
    from productpulse import own

    made = own.make(directory)
    if made:
        names = ", ".join(made if len(made) < 4 else [*made[:2], f"and {len(made) - 2} more"])
        out.print(f"made in {directory}: {names}", markup=False)
    else:
        out.print(f"{directory} has everything already", markup=False)
    if directory.resolve() != Path.cwd():
        out.print(
            f"next: cd {shlex.quote(str(directory))}, then productpulse check with the folder of"
            " your data",
            markup=False,
        )
