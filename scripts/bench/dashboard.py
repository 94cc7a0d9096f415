"""How long each page of the dashboard and each of its queries takes, on what is built.

python scripts/bench/dashboard.py [--runs N] [--period all] [--explain]

No query should take more than 200 ms at the size of the demo. With --explain the plan of each
query that does is printed.
"""

import argparse
import statistics
import sys
from collections.abc import Callable
from typing import Any

from measure import seconds

from productpulse.errors import PulseError
from productpulse.paths import project_root
from productpulse.reading import reading

sys.path.insert(0, str(project_root()))

from dashboard import queries
from streamlit.testing.v1 import AppTest

APP = project_root() / "dashboard" / "app.py"
MOST_MS = 200
Query = tuple[str, tuple[tuple[str, Any], ...]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--period", default="all", help="as in the address of a page")
    parser.add_argument("--explain", action="store_true")
    options = parser.parse_args()
    slow = 0
    for path in sorted((APP.parent / "app_pages").glob("*.py")):
        page, taken, plans = measured(path.name, options.runs, options.period)
        print(f"{path.stem}: {page * 1000:,.0f} ms in {len(taken)} queries")
        for query, each in sorted(taken.items(), key=lambda item: -statistics.median(item[1])):
            spent = statistics.median(each) * 1000
            slow += spent > MOST_MS
            table = query[0].split("{marts}.")[1].split()[0]
            print(f"  {spent:7.1f} ms  {table}  {dict(query[1])}")
            if options.explain and spent > MOST_MS:
                print(plans[query])
    if slow:
        sys.exit(f"{slow} queries take more than {MOST_MS} ms")


def measured(
    page: str, runs: int, period: str
) -> tuple[float, dict[Query, list[float]], dict[Query, str]]:
    """Median seconds of a page once it is warm, and of each of its queries; and their plans."""
    taken: dict[Query, list[float]] = {}
    plans: dict[Query, str] = {}
    ask = queries.ask

    def timed(cursor: Any, query: str, **bound: Any) -> queries.Rows:
        found: list[queries.Rows] = []
        name = (query, tuple(bound.items()))
        taken.setdefault(name, []).append(
            seconds(lambda: found.append(ask(cursor, query, **bound)))
        )
        if name not in plans:
            plan = ask(cursor, f"explain (analyze, buffers) {query}", **bound)
            plans[name] = "\n".join(map(str, plan.iloc[:, 0]))
        return found[0]

    app = AppTest.from_file(str(APP), default_timeout=60).run()
    if app.error:
        raise PulseError(app.error[0].value)
    app.query_params["period"] = period
    with reading(60) as cursor:
        # The account with most at risk, for the page of customers.
        queue = queries.risk_queue(cursor)
    if len(queue):
        app.query_params["account"] = str(queue["account_id"].iloc[0])
    app.switch_page(f"app_pages/{page}").run()
    queries.ask = timed
    try:
        app.run()
        for each in taken.values():
            each.clear()
        whole = [seconds(_run(app)) for _ in range(runs)]
    finally:
        queries.ask = ask
    return statistics.median(whole), taken, plans


def _run(app: AppTest) -> Callable[[], AppTest]:
    return lambda: app.run()


if __name__ == "__main__":
    try:
        main()
    except PulseError as error:
        sys.exit(str(error))
