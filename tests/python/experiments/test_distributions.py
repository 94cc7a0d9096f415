"""The distribution functions in SQL agree with SciPy far into the tails, on both engines alike."""

import math
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import product

import duckdb
import jinja2
import numpy as np
import pytest
from scipy import stats
from sqlalchemy import URL

from productpulse.database import connect
from productpulse.paths import project_root

DEGREES = [1, 1.5, 2, 3.3, 7, 10, 31.4, 99, 1000.5, 1e4, 1e6, 1e8]
QUANTILES = np.concatenate([np.linspace(-37.4, 37.4, 1500), [-1e-10, 0, 1e-10]])
CHANCES = np.concatenate([np.logspace(-300, -0.31, 800), 1 - np.logspace(-15, -0.31, 300)])
FAR = [0, 1e-4, 0.03, 0.5, 1, 1.96, 3, 5, 8, 12, 20, 36, 100, 1e4]
SQUARES = [0, 1e-8, 1e-3, 0.1, 1, 3, 7, 20, 50, 100, 300, 700, 1300]

GRIDS: dict[str, tuple[str, list[tuple[float, ...]], Callable[..., float]]] = {
    "normal_cdf": ("{{ normal_cdf('a') }}", [(z,) for z in QUANTILES], stats.norm.cdf),
    "normal_quantile": ("{{ normal_quantile('a') }}", [(p,) for p in CHANCES], stats.norm.ppf),
    "student_t_sf": (
        "{{ student_t_sf('a', 'b') }}",
        list(product(FAR, DEGREES)),
        stats.t.sf,
    ),
    "chi_square_sf": (
        "{{ chi_square_sf('a', 'cast(b as integer)') }}",
        list(product(SQUARES, [1, 2, 3, 4, 5, 10, 11, 50, 99, 100])),
        stats.chi2.sf,
    ),
}


def rendered(text: str) -> str:
    """SQL with our macros, which do not need dbt."""
    folder = project_root() / "macros" / "statistics"
    macros = "\n".join(path.read_text() for path in sorted(folder.glob("*.sql")))
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    return environment.from_string(re.sub(r"\{% endmacro", "{%- endmacro", macros) + text).render()


def answers(
    server_url: URL, grid: Sequence[tuple[float, ...]], query: str
) -> tuple[list[tuple], list[tuple]]:
    """The answers of both engines for a table `grid` with the columns a and b."""
    rows = [tuple(map(float, row))[:2] + (0.0,) * (2 - len(row)) for row in grid]
    table = "create temp table grid (a double precision, b double precision)"
    with closing(connect(server_url)) as connection, connection.cursor() as cursor:
        cursor.execute(table)
        cursor.executemany("insert into grid values (%s, %s)", rows)
        cursor.execute(query)
        postgres = cursor.fetchall()
    with duckdb.connect() as memory:
        memory.execute(table)
        memory.executemany("insert into grid values (?, ?)", rows)
        return postgres, memory.execute(query).fetchall()


@pytest.mark.parametrize("name", GRIDS)
def test_a_function_agrees_with_scipy_to_nine_digits(server_url: URL, name: str) -> None:
    call, grid, reference = GRIDS[name]
    query = f"select a, b, {rendered(call)} from grid order by a, b"
    postgres, duck = answers(server_url, grid, query)
    assert postgres == duck
    for a, b, found in postgres:
        expected = float(reference(*(a, b)[: len(grid[0])]))
        if expected == 0 or abs(expected) > 1e-300:
            assert math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-300), (a, b, found)


@pytest.mark.parametrize("alpha", ["0.5", "0.1", "0.05", "0.001", "0.000001"])
def test_quantiles_of_t_agree_with_scipy(server_url: URL, alpha: str) -> None:
    grid = [(df,) for df in DEGREES]
    call = rendered("{{ student_t_quantile('degrees', '" + alpha + "') }}")
    query = f"with degrees as (select a as df from grid), found as ({call}) select * from found"
    postgres, duck = answers(server_url, grid, f"{query} order by df")
    assert postgres == duck
    assert [df for df, _ in postgres] == DEGREES
    for df, found in postgres:
        assert math.isclose(found, stats.t.isf(float(alpha) / 2, df), rel_tol=1e-9), df


def test_what_is_unknown_stays_unknown(server_url: URL) -> None:
    calls = [call for call, _, _ in GRIDS.values()]
    columns = ", ".join(rendered(call) for call in calls)
    query = f"select {columns} from (select a + null as a, b + null as b from grid) as grid"
    for rows in answers(server_url, [(1.0, 1.0)], query):
        assert rows == [(None,) * len(calls)]
