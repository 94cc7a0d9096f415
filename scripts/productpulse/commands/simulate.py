"""`productpulse simulate`."""

import os
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from productpulse import console
from productpulse.errors import Exit, PulseError
from productpulse.simulator.sizes import SIZES

if TYPE_CHECKING:
    from productpulse.simulator.world import World

SIZES_IN_WORDS = "; ".join(
    f"{name}: {size.users:,} users in {size.days:,} days" for name, size in SIZES.items()
)
# Below this number of users, more processes cost more time than they save.
USERS_WORTH_WORKERS = 50_000


class SizeName(StrEnum):
    """Worlds by name."""

    tiny = "tiny"
    small = "small"
    demo = "demo"
    large = "large"


def simulate(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to write; created when missing.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same company; 0 or more.")
    ] = None,
    size: Annotated[SizeName | None, typer.Option(help=SIZES_IN_WORDS)] = None,
    users: Annotated[int | None, typer.Option(help="Users, instead of the size's.")] = None,
    days: Annotated[int | None, typer.Option(help="Days, instead of the size's.")] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Last day of the simulation.")
    ] = None,
    world: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="A world file, or steady, viral, leaky, seasonal, b2c or stress.",
        ),
    ] = None,
    dirt: Annotated[
        str, typer.Option(metavar="KINDS", help="all, none, or kinds such as late,bot or -late.")
    ] = "all",
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="YYYY-MM-DD", help="Only what arrives from this day on."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="YYYY-MM-DD", help="Only what arrives up to the end of this day."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Number of processes; the files do not depend on it."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Load into the database as if it happened now.")
    ] = False,
    speed: Annotated[
        float, typer.Option(min=1, help="With --follow: simulated seconds per second.")
    ] = 3600,
    load: Annotated[bool, typer.Option("--load", help="Load the files afterwards.")] = False,
) -> None:
    """Simulate a SaaS company: write its raw tables as Parquet files, the same files each time.

    The folder truth/ beside them tells what was planted. With --from and --to a world arrives in
    pieces; together they give the same warehouse as the whole world.
    """
    from productpulse.simulator.world_file import as_date

    made = _world(seed, size, users, days, as_of, world, dirt)
    first = _inside(made, as_date(since, "--from"), "--from") if since else made.first_date
    last = _inside(made, as_date(until, "--to"), "--to") if until else made.as_of
    if made.as_of > date.today():
        console.warn(
            f"the world ends on {made.as_of}: rows that are in the future now will be quarantined"
        )
    if first > last:
        raise PulseError(f"--from {first} is after --to {last}: swap them", Exit.USAGE)
    if follow:
        from productpulse.simulator.follow import follow as run_on

        if out:
            raise PulseError("--follow loads into the database: remove --out", Exit.USAGE)
        run_on(made, _instant(first), _instant(last + timedelta(days=1)), speed)
        return
    if not out:
        raise PulseError("--out is missing: give the folder to write", Exit.USAGE)
    from productpulse.simulator.simulate import simulate as run

    count = workers or (1 if made.users < USERS_WORTH_WORKERS else os.cpu_count() or 1)
    with console.step("simulating", total=made.users) as step:
        rows = run(
            made,
            out,
            lambda done: step.advance(done, note=f"{made.users:,} users"),
            since=_instant(first),
            until=_instant(last + timedelta(days=1)),
            workers=count,
        )
    for table, number in rows.items():
        typer.echo(f"{table:<24}{number:>12,}")
    typer.echo(f"{out}: {first} to {last}, seed {made.seed}; truth/ tells what was planted")
    if load:
        from productpulse.commands.load import load as load_folder

        load_folder(out)
    else:
        typer.echo(f'next: productpulse load "{out}", then productpulse build')


def _world(
    seed: int | None,
    size: SizeName | None,
    users: int | None,
    days: int | None,
    as_of: str | None,
    given: str | None,
    dirt: str,
) -> "World":
    """The world that the options ask for; the command line wins over the world file."""
    from productpulse.simulator.world_file import as_date, read_world, with_dirt, world

    parameters: dict[str, Any] = read_world(given) if given else {}
    named = SIZES[size or "demo"]
    sized = {"users": named.users, "days": named.days, "intensity": named.intensity}
    parameters = parameters | sized if size else sized | parameters
    wanted = {"users": users, "days": days, "seed": seed}
    parameters |= {name: value for name, value in wanted.items() if value is not None}
    if as_of:
        parameters["as_of"] = as_date(as_of, "--as-of")
    return world(with_dirt(parameters, dirt), given)


def _inside(made: "World", day: date, option: str) -> date:
    if not made.first_date <= day <= made.as_of:
        raise PulseError(
            f"{option} {day}: the world is from {made.first_date} to {made.as_of}: stay in it",
            Exit.USAGE,
        )
    return day


def _instant(day: date) -> int:
    from productpulse.simulator.instants import DAY, day_number

    return day_number(day) * DAY
