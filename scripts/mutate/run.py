"""All changes to some models, tried by several processes."""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context

from mutate.base import prepare, worlds
from mutate.bench import Bench
from mutate.jury import Jury, Verdict
from mutate.places import model_names, report_path
from mutate.report import ModelReport, summarise
from mutate.reviewed import read_reviewed, reviewed_path
from productpulse.console import step
from productpulse.errors import Exit, PulseError

PER_TASK = 5
# For models that are given by name, because a person waits.
SECONDS_TO_TRY = 65


def run(models: list[str], workers: int, to_the_end: bool = False) -> list[ModelReport]:
    """Try all changes to the given models, or to all models, in `workers` processes.

    Each model's result is saved as soon as it is known. Named models are tried for SECONDS_TO_TRY,
    unless `to_the_end`; the result of such a part is not saved.

    Raises PulseError for a name that is no model, and when the worlds do not build.
    """
    reasons = read_reviewed(reviewed_path())
    known = model_names()
    for name in models:
        if name not in known:
            raise PulseError(
                f"{name}: no mart or intermediate model has this name: see models/", Exit.USAGE
            )
    prepare(at_once=workers)
    chosen = models or known
    reports = []
    # A process that has DuckDB's threads must not be forked.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        found = _found(pool, chosen)
        seconds = SECONDS_TO_TRY if models and not to_the_end else None
        changes = {model: names for model, (names, _) in found.items()}
        for model, verdicts in _tried(pool, changes, seconds):
            untried = len(changes[model]) - len(verdicts)
            report = summarise(model, verdicts, found[model][1], reasons, untried)
            if not untried:
                kept = json.dumps(report.as_dict(), ensure_ascii=False, indent=1)
                report_path(model).parent.mkdir(exist_ok=True)
                report_path(model).write_text(kept + "\n")
            reports.append(report)
    return sorted(reports, key=lambda report: report.model)


def _found(pool: ProcessPoolExecutor, models: list[str]) -> dict[str, tuple[list[str], int]]:
    """By model, the changes to try and how many are left out for them."""
    found = {}
    with step("finding changes", total=len(models)) as progress:
        for model, changes in zip(models, pool.map(candidates, models), strict=True):
            found[model] = changes
            progress.advance(note=model)
    return found


def _tried(
    pool: ProcessPoolExecutor, changes: dict[str, list[str]], seconds: float | None
) -> Iterator[tuple[str, list[Verdict]]]:
    """The verdicts on each model, when they are complete or when the seconds are over."""
    verdicts: dict[str, list[Verdict]] = {model: [] for model in changes}
    yield from ((model, []) for model, names in changes.items() if not names)
    with step("trying changes", total=sum(map(len, changes.values()))) as progress:
        # The largest models first, so that no process is left alone with one at the end; an even
        # sample of each model at a time, in case time runs out.
        running = {
            pool.submit(judge, model, part): model
            for model, names in sorted(changes.items(), key=lambda item: -len(item[1]))
            for part in parts(names)
        }
        try:
            for done in as_completed(running, timeout=seconds):
                model = running[done]
                verdicts[model] += done.result()
                progress.advance(len(done.result()), note=model)
                if len(verdicts[model]) == len(changes[model]):
                    yield model, verdicts[model]
        except TimeoutError:
            for model, names in changes.items():
                if len(verdicts[model]) < len(names):
                    yield model, verdicts[model]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def parts(names: list[str]) -> list[list[str]]:
    """The names in parts of at most PER_TASK, each part spread over all names."""
    number = -(-len(names) // PER_TASK)
    return [names[first::number] for first in range(number)]


@cache
def jury() -> Jury:
    """The one of this process."""
    tested, wider = (
        [Bench(w.name, w.target, w.database) for w in worlds() if w.is_tested == is_tested]
        for is_tested in (True, False)
    )
    return Jury(tested, wider)


def candidates(model: str) -> tuple[list[str], int]:
    """As `Jury.candidates`, in another process."""
    return jury().candidates(model)


def judge(model: str, names: list[str]) -> list[Verdict]:
    """The fates of some changes to one model, in another process."""
    if not is_faithful(model):
        raise PulseError(f"{model}: gives other rows when it is parsed and written again")
    return [jury().judge(model, name) for name in names]


@cache
def is_faithful(model: str) -> bool:
    """As `Jury.is_faithful`, once per process."""
    return jury().is_faithful(model)
