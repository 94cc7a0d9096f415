"""All changes to some models, tried by several processes."""

from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context

from mutate.base import prepare, worlds
from mutate.bench import Bench
from mutate.jury import Fate, Jury, Verdict
from mutate.report import ModelReport, summarise
from mutate.reviewed import read_reviewed, reviewed_path
from productpulse.console import step
from productpulse.errors import Exit, PulseError
from productpulse.paths import project_root

MUTATED_LAYERS = ("intermediate", "marts")
PER_TASK = 25


def run(models: list[str], workers: int) -> list[ModelReport]:
    """Try all changes to the models, or to all there are, on `workers` processes.

    Raises PulseError for a name that is no model, and when the worlds do not build.
    """
    reasons = read_reviewed(reviewed_path())
    known = model_names()
    for name in models:
        if name not in known:
            raise PulseError(
                f"{name}: no mart or intermediate model is called so: see models/", Exit.USAGE
            )
    prepare(at_once=workers)
    chosen = models or known
    verdicts: list[Verdict] = []
    left_out: dict[str, int] = {}
    # A process that has DuckDB's threads must not be forked.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        names = {}
        with step("finding changes", total=len(chosen)) as progress:
            for model, (found, left) in zip(chosen, pool.map(candidates, chosen), strict=True):
                names[model], left_out[model] = found, left
                progress.advance(note=model)
        with step("trying changes", total=sum(map(len, names.values()))) as progress:
            # The largest models first, so that no process is left alone with one at the end.
            running = [
                pool.submit(judge, model, found[start : start + PER_TASK])
                for model, found in sorted(names.items(), key=lambda item: -len(item[1]))
                for start in range(0, len(found), PER_TASK)
            ]
            try:
                for done in as_completed(running):
                    verdicts += done.result()
                    progress.advance(len(done.result()), note=done.result()[0].model)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    lines = {
        (each.model, each.mutation): jury().line(each.model, each.mutation)
        for each in verdicts
        if each.fate == Fate.SURVIVED
    }
    return summarise(verdicts, left_out, lines, reasons)


def model_names() -> list[str]:
    """What can be changed: staging is checked by what is set apart, and left as it is."""
    folders = (project_root() / "models" / layer for layer in MUTATED_LAYERS)
    return sorted(path.stem for folder in folders for path in folder.rglob("*.sql"))


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
    if not jury().is_faithful(model):
        raise PulseError(f"{model}: gives other rows when it is parsed and written again")
    return [jury().judge(model, name) for name in names]
