"""`productpulse experiment`: plan a test."""

import json
from typing import Annotated

import typer
from rich.table import Table

from productpulse.console import out
from productpulse.errors import Exit, PulseError

app = typer.Typer(help="Plan experiments.", no_args_is_help=True)


# In any unit. A number outside is a typing error, and needs more users than can be counted.
SMALLEST, LARGEST = 1e-12, 1e12


@app.callback()
def experiment() -> None:
    """Plan experiments."""


@app.command()
def power(
    minimum_effect: Annotated[
        float, typer.Option(help="Smallest effect that matters, in units of the metric.")
    ],
    baseline: Annotated[
        float | None, typer.Option(help="Conversion of the control, 0 to 1; for conversions.")
    ] = None,
    deviation: Annotated[
        float | None, typer.Option(help="Standard deviation between users; for other metrics.")
    ] = None,
    users: Annotated[
        int | None,
        typer.Option(min=4, help="Users in both arms; prints the effect that they can find."),
    ] = None,
    share: Annotated[float, typer.Option(help="Share of the users in the treatment.")] = 0.5,
    alpha: Annotated[float, typer.Option(help="Chance of a false alarm.")] = 0.05,
    target: Annotated[float, typer.Option("--power", help="Chance to find the effect.")] = 0.8,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print how many users a test needs, or which effect a number of users can find."""
    _check(minimum_effect, baseline, deviation, share, alpha, target)
    try:
        from productpulse.experiments import power as plan
    except ImportError as error:
        raise PulseError(
            f"{error.name} is not installed: install productpulse with its extra experiments"
        ) from error

    if baseline is not None:
        treated = baseline + minimum_effect
        variance, control_variance = treated * (1 - treated), baseline * (1 - baseline)
    else:
        assert deviation
        variance = control_variance = deviation**2
    needed = None
    if users is None:
        users = needed = plan.users_needed(
            minimum_effect, variance, control_variance, share=share, alpha=alpha, power=target
        )
    spread = plan.standard_error(users, share, variance, control_variance)
    chance = plan.power_of(minimum_effect, spread, alpha)
    smallest = plan.minimum_detectable_effect(spread, alpha, target)
    if as_json:
        figures = {"users": users, "treated": round(users * share), "power": chance}
        print(json.dumps(figures | {"minimum_detectable_effect": smallest}))
        return
    table = Table(show_header=False, box=None, pad_edge=False)
    if needed:
        table.add_row("users needed, both arms", f"{needed:,}")
    table.add_row("treated", f"{round(users * share):,}")
    table.add_row(f"chance to find an effect of {minimum_effect:g}", f"{chance:.1%}")
    table.add_row(f"effect found with a chance of {target:.0%}", f"{smallest:.4g}")
    out.print(table)
    out.print("next: add the experiment to seeds/experiments.csv, with its metrics", markup=False)


def _check(
    minimum_effect: float,
    baseline: float | None,
    deviation: float | None,
    share: float,
    alpha: float,
    target: float,
) -> None:
    if (baseline is None) == (deviation is None):
        raise _wrong("give one of --baseline (conversions) and --deviation (other metrics)")
    if not minimum_effect:
        raise _wrong("--minimum-effect is 0, which no test can find: give another effect")
    for name, value in {"share": share, "alpha": alpha, "power": target}.items():
        if not 0 < value < 1:
            raise _wrong(f"--{name} is {value:g}: give a number between 0 and 1")
    if baseline is not None and not (0 <= baseline <= 1 and 0 <= baseline + minimum_effect <= 1):
        raise _wrong("--baseline, and --baseline plus the effect, must be between 0 and 1")
    if baseline is not None and {baseline, baseline + minimum_effect} == {0, 1}:
        raise _wrong("a change from no user to every user needs no test: give another effect")
    for name, size in {"minimum-effect": abs(minimum_effect), "deviation": deviation}.items():
        if size is not None and not SMALLEST <= size <= LARGEST:
            raise _wrong(f"--{name} is {size:g}: give a number from {SMALLEST:g} to {LARGEST:g}")


def _wrong(message: str) -> PulseError:
    return PulseError(message, Exit.USAGE)
