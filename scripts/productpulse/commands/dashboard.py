"""`productpulse dashboard`: pages over the marts, in the browser of this machine."""

import os
import socket
import sys
from importlib.util import find_spec
from typing import Annotated

import typer

from productpulse.console import err
from productpulse.errors import PulseError
from productpulse.paths import project_root

HOST = "127.0.0.1"


def dashboard(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it listens.")] = 8501,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address.")
    ] = False,
) -> None:
    """Show what is built in the browser; needs the extra dashboard.

    Read only, with the rights of the reporter, on this machine alone.
    """
    for module in ("streamlit", "plotly"):
        if not find_spec(module):
            raise PulseError(f"{module} is missing: pip install 'productpulse[dashboard]'")
    root = project_root()
    app = root / "dashboard" / "app.py"
    if not app.is_file():
        raise PulseError(f"{app} is missing: run from the ProductPulse checkout")
    if _is_taken(port):
        raise PulseError(f"port {port} is taken: choose another with --port")
    err.print(f"http://{HOST}:{port}: stop it with Ctrl+C", markup=False)
    path = [str(root), *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(app)),
        *("--server.address", HOST, "--server.port", str(port)),
        *("--server.headless", str(no_browser).lower(), "--server.showEmailPrompt", "false"),
        *("--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"),
    ]
    os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": os.pathsep.join(path)})


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
