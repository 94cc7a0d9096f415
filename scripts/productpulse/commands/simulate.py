"""`productpulse simulate`."""

from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from productpulse import console
from productpulse.simulator import world as w

SIZES_IN_WORDS = "; ".join(
    f"{name}: {size.users:,} users in {size.days:,} days" for name, size in w.SIZES.items()
)


class SizeName(StrEnum):
    """Worlds by name."""

    tiny = "tiny"
    small = "small"
    demo = "demo"
    large = "large"


def simulate(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to write; made when missing.")],
    seed: Annotated[int, typer.Option(help="Same seed, same company; 0 or more.")] = w.DEFAULT_SEED,
    size: Annotated[SizeName, typer.Option(help=SIZES_IN_WORDS)] = SizeName.demo,
    users: Annotated[int | None, typer.Option(help="Users, instead of the size's.")] = None,
    days: Annotated[int | None, typer.Option(help="Days, instead of the size's.")] = None,
    as_of: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="Last day of the simulation.")
    ] = w.DEFAULT_AS_OF.isoformat(),
    load: Annotated[bool, typer.Option("--load", help="Load it afterwards.")] = False,
) -> None:
    """Simulate a SaaS company: write its raw tables as Parquet files, the same ones each time."""
    world = _world(seed, size, users, days, as_of)
    from productpulse.simulator.simulate import simulate as run

    with console.step("simulating", total=world.users) as step:
        rows = run(world, out, lambda done: step.advance(done, note=f"{world.users:,} users"))
    for table, count in rows.items():
        typer.echo(f"{table:<24}{count:>12,}")
    typer.echo(f"{out}: {world.first_date} to {world.as_of}, seed {world.seed}")
    if load:
        from productpulse.commands.load import load as load_folder

        load_folder(out)
    else:
        typer.echo(f'next: productpulse load "{out}", then productpulse build')


def _world(seed: int, size: SizeName, users: int | None, days: int | None, as_of: str) -> w.World:
    """The world that the options ask for; a bad option raises typer.BadParameter."""
    named = w.SIZES[size.value]
    users = named.users if users is None else users
    days = named.days if days is None else days
    if seed < 0:
        raise typer.BadParameter(f"{seed}: must be 0 or more", param_hint="--seed")
    if not 1 <= users <= w.MOST_USERS:
        raise typer.BadParameter(
            f"{users}: must be between 1 and {w.MOST_USERS}", param_hint="--users"
        )
    if not 1 <= days <= w.MOST_DAYS:
        raise typer.BadParameter(
            f"{days}: must be between 1 and {w.MOST_DAYS}", param_hint="--days"
        )
    try:
        last = date.fromisoformat(as_of)
    except ValueError as error:
        raise typer.BadParameter(
            f"{as_of!r}: is not a date such as {w.DEFAULT_AS_OF}", param_hint="--as-of"
        ) from error
    earliest = w.FIRST_POSSIBLE_DAY + timedelta(days=days - 1)
    if not earliest <= last <= w.LAST_POSSIBLE_DAY:
        raise typer.BadParameter(
            f"{last}: with {days} days must be between {earliest} and {w.LAST_POSSIBLE_DAY}",
            param_hint="--as-of",
        )
    return w.World(users=users, days=days, seed=seed, as_of=last, intensity=named.intensity)
