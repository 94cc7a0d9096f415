"""A small simulated company, and a warehouse after its first run."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from warehouse import Warehouse


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company") / "raw files"
    subprocess.run(
        [sys.executable, "-m", "productpulse.cli", "simulate", "--size", "tiny", "--out", folder],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="session")
def ran(new_warehouse: Callable[[str], Warehouse], company: Path) -> tuple[Warehouse, str]:
    """A warehouse after its first `run`, and what the run printed on stderr."""
    warehouse = new_warehouse("ran")
    return warehouse, warehouse.command("run", company).stderr
