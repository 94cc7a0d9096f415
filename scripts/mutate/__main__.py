"""Change one thing at a time in the models, and check whether the tests notice.

python -m mutate [MODEL ...] [--to-the-end] [--workers N] [--json]

Exit codes: 0 every change is noticed or explained, 1 some are not, 2 a wrong command line.
"""

import argparse
import json
import os
import sys

from rich.table import Table

from mutate.jury import KILLED, Fate
from mutate.report import ModelReport
from mutate.run import run
from productpulse.console import fail, out
from productpulse.errors import Exit, PulseError


def main() -> None:
    parser = argparse.ArgumentParser(prog="mutate", description=__doc__.splitlines()[0])
    parser.add_argument("models", metavar="MODEL", nargs="*", help="only these models; default all")
    parser.add_argument(
        "--to-the-end",
        action="store_true",
        help="try all changes to the named models, without a time limit",
    )
    parser.add_argument("--workers", type=positive, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args()
    try:
        reports = run(given.models, given.workers, given.to_the_end)
    except PulseError as error:
        fail(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        fail("interrupted")
        sys.exit(Exit.INTERRUPTED)
    if given.as_json:
        print(json.dumps([each.as_dict() for each in reports], ensure_ascii=False, indent=1))
    else:
        show(reports)
    sys.exit(Exit.OK if all(each.is_good for each in reports) else Exit.FAILED)


def positive(text: str) -> int:
    """A number of processes."""
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 on")
    return int(text)


def show(reports: list[ModelReport]) -> None:
    """A line per model, then the changes that no test noticed."""
    table = Table(box=None, pad_edge=False)
    table.add_column("model", no_wrap=True)
    columns = ("mutants", "killed", "explained", "survived", "score")
    for name in columns:
        table.add_column(name, justify="right")
    for each in reports:
        table.add_row(
            each.model,
            *map(
                str, (each.fates.total(), each.killed, len(each.explained), len(each.unexplained))
            ),
            "–" if each.score is None else f"{each.score:.0%}",
        )
    out.print(table)
    for each in reports:
        for one in each.unexplained:
            out.print(f"\n{each.model}: seen in {one['shows']}", markup=False)
            out.print(f"  {one['line']}", markup=False)
            out.print(f"  {one['change']}", markup=False)
        for change in each.outdated:
            out.print(f"\n{each.model}: explained and does not survive: {change}", markup=False)
        if each.untried:
            out.print(
                f"\n{each.model}: no time for {each.untried} more; --to-the-end tries them",
                markup=False,
            )
    total = sum((each.fates for each in reports), start=type(reports[0].fates)())
    killed = sum(each.killed for each in reports)
    out.print(
        f"\n{total.total()} mutants: {killed} killed "
        f"({', '.join(f'{total[fate]} by {fate}' for fate in KILLED)}), "
        f"{total[Fate.SURVIVED]} survived, {total[Fate.UNCHANGED]} change no result, "
        f"{total[Fate.STILLBORN]} do not run; {sum(each.left_out for each in reports)} like these "
        "were left out",
        markup=False,
    )


if __name__ == "__main__":
    main()
