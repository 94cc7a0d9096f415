"""Memory does not grow with the file."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from productpulse.paths import project_root

MB = 1 << 20
ROW = 'e{},signed_up,2024-01-01T00:00:00Z,"{{""note"": ""{}""}}"\n'
READ = """
import resource, sys
from pathlib import Path
from productpulse.loader.load import check
report = check(Path(sys.argv[1]))
assert report.files[0].loaded_rows == int(sys.argv[2]), report
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_mb(folder: Path, rows: int) -> float:
    """Peak memory of a new process that reads `folder`, in MiB."""
    told = subprocess.run(
        [sys.executable, "-c", READ, str(folder), str(rows)],
        capture_output=True,
        text=True,
        check=True,
        cwd=project_root(),
    )
    return int(told.stdout) / (MB if sys.platform == "darwin" else 1024)


def write(folder: Path, rows: int, kind: str) -> Path:
    folder.mkdir()
    note = "n" * 400
    if kind == "csv":
        with (folder / "events.csv").open("w") as file:
            file.write("event_id,event_name,occurred_at,properties\n")
            file.writelines(ROW.format(i, note) for i in range(rows))
    else:
        columns = {
            "event_id": [f"e{i}" for i in range(rows)],
            "event_name": ["signed_up"] * rows,
            "occurred_at": ["2024-01-01"] * rows,
            "properties": [f'{{"note": "{i}{note}"}}' for i in range(rows)],
        }
        pq.write_table(
            pa.table(columns), folder / "events.parquet", compression="none", use_dictionary=False
        )
    return folder


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_ten_times_the_rows_take_no_more_memory(tmp_path: Path, kind: str) -> None:
    few, many = 40_000, 400_000
    small = write(tmp_path / "small", few, kind)
    large = write(tmp_path / "large", many, kind)
    size = sum(file.stat().st_size for file in large.iterdir()) / MB
    assert size > 160
    assert peak_mb(large, many) < peak_mb(small, few) + 60
