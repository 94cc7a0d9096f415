"""Comparable times: the things to compare take turns; medians and ratios are reported."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line of a report: `value` as text, `goal` in words where there is one."""

    name: str
    value: str
    goal: str = ""


@dataclass(frozen=True)
class Process:
    """What a process used: wall and processor seconds, most memory in MB."""

    wall: float
    cpu: float
    peak_mb: float


def seconds(work: Callable[[], object]) -> float:
    """Wall time of a call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(runs: int, **works: Callable[[], object]) -> dict[str, float]:
    """Median wall time of each task; each round does all, every second round in reverse."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for number in range(runs):
        for name in list(works)[:: -1 if number % 2 else 1]:
            taken[name].append(seconds(works[name]))
    return {name: statistics.median(each) for name, each in taken.items()}


def process(command: Sequence[str]) -> Process:
    """Run a command; its output is shown only when it fails."""
    start = time.perf_counter()
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert running.stdout
    output = running.stdout.read()
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        sys.exit(f"{' '.join(command)}: exit code {running.returncode}\n{output.decode()}")
    unit = 1 if platform.system() == "Darwin" else 1024
    return Process(
        wall=time.perf_counter() - start,
        cpu=used.ru_utime + used.ru_stime,
        peak_mb=used.ru_maxrss * unit / 1e6,
    )


def machine() -> str:
    """The machine in a few words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}"
    )


def report(title: str, lines: Sequence[Line], as_json: bool) -> None:
    """Print a Markdown table, or one JSON object."""
    if as_json:
        values = {line.name: line.value for line in lines}
        print(json.dumps({"benchmark": title, "machine": machine(), "values": values}))
        return
    print(f"{title} ({machine()})\n")
    print("| measured | value | goal |\n|---|---|---|")
    for line in lines:
        print(f"| {line.name} | {line.value} | {line.goal} |")
