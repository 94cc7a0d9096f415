"""The SQL that dbt makes of a model full of loops: docs/generated/int_growth__funnel_chains.md.

python scripts/compiled.py (after the model or a macro that it uses has changed)
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from productpulse.paths import project_root

MODEL = "int_growth__funnel_chains"
PAGE = f"docs/generated/{MODEL}.md"
SQL = f"../../models/intermediate/growth/{MODEL}.sql"
# The number of steps whose branch is shown.
LENGTH = 3
HEAD = f"""# {MODEL}, compiled

Written by `python scripts/compiled.py`; a test compares it with the model.

It is the SQL that dbt makes for DuckDB of the loops in the [model]({SQL}).
There is a branch for each number in `funnel_lengths()`. Only that of funnels with {LENGTH} steps is
shown: the others are like it, with more or fewer steps.

"""
OF_A_BRANCH = re.compile(r"[a-z_]+?_(\d+)(?:_\d+)?")
# With the comments above it, up to the line with its closing parenthesis.
CTE = re.compile(
    r"((?:^--[^\n]*\n)*^(?:with )?(\w+) as (?:not materialized )?\(\n.*?^\),?\n)",
    re.MULTILINE | re.DOTALL,
)
UNION = re.compile(r"^    union all\n", re.MULTILINE)


def page() -> str:
    """The whole page as Markdown."""
    return f"{HEAD}```sql\n{shortened(compiled())}```\n"


def compiled() -> str:
    """What dbt compiles for an empty DuckDB in memory, as for `make lint`."""
    root = project_root()
    ours = ("PULSE_", "DBT_")
    given = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                Path(sys.executable).parent / "dbt", "compile", "--quiet", "--select", MODEL,
                "--profiles-dir", root / ".ci", "--target-path", folder, "--log-path", folder,
            ],
            cwd=root, env=given, check=True, capture_output=True, text=True,
        )  # fmt: skip
        (path,) = Path(folder, "compiled").rglob(f"{MODEL}.sql")
        return path.read_text(encoding="utf-8").replace('"memory".', "").replace('"', "")


def shortened(sql: str) -> str:
    """The SQL with the branch of one number of steps."""
    parts = []
    for cte, name in CTE.findall(sql):
        branch = OF_A_BRANCH.fullmatch(name)
        if name == "reached":
            body = cte.removeprefix("reached as (\n").removesuffix("),\n")
            kept = [part for part in UNION.split(body) if f"_{LENGTH}\n    where" in part]
            parts.append("reached as (\n" + "    union all\n".join(kept) + "),\n")
        elif not branch or int(branch[1]) == LENGTH:
            parts.append(cte)
    text = "\n".join([*parts, sql[sql.rindex("select * from final") :].strip() + "\n"])
    return re.sub(r"\n[ \n]*\n", "\n\n", text)


if __name__ == "__main__":
    (project_root() / PAGE).write_text(page(), encoding="utf-8")
