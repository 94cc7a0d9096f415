"""An agent for tests: the client of the SDK, used without `await`, on a real process."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from warehouse import Warehouse

COMMAND = ["-m", "productpulse.cli", "mcp"]


class Agent:
    """Calls tools of one server."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal, self._client = portal, client

    def tools(self) -> list[str]:
        """The names of the tools that there are."""
        return [tool.name for tool in self._portal.call(self._client.list_tools).tools]

    def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a tool, which must be one."""
        told = self._portal.call(self._client.call_tool, tool, arguments)
        text = told.content[0].text  # type: ignore[union-attr]
        assert not told.is_error, text
        assert told.structured_content == json.loads(text)
        return told.structured_content

    def refusal(self, tool: str, **arguments: Any) -> str:
        """What a tool says in place of an answer."""
        told = self._portal.call(self._client.call_tool, tool, arguments)
        assert told.is_error, told.structured_content
        return told.content[0].text.removeprefix(  # type: ignore[union-attr]
            f"Error executing tool {tool}: "
        )


@contextmanager
def over_stdio(warehouse: Warehouse, *options: str, **variables: str) -> Iterator[Agent]:
    """An agent that started the command itself, as clients do."""
    server = StdioServerParameters(
        command=sys.executable,
        args=[*COMMAND, *options],
        env=warehouse.environment | variables,
    )
    with _connected(Client(server)) as agent:
        yield agent


@contextmanager
def over_http(address: str, token: str) -> Iterator[Agent]:
    """An agent of a server that is running."""
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"})
    with _connected(Client(streamable_http_client(address, http_client=http))) as agent:
        yield agent


@contextmanager
def _connected(client: Client) -> Iterator[Agent]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(client):
        yield Agent(portal, client)


@contextmanager
def serving(warehouse: Warehouse, **variables: str) -> Iterator[list[str]]:
    """A server over HTTP on a free port; gives what it said on stderr until it listens."""
    process = subprocess.Popen(
        [sys.executable, *COMMAND, "--http", "--port", "0"],
        env=warehouse.environment | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr and process.stdout
    try:
        said: list[str] = []
        while not said or "listening on" not in said[-1]:
            said.append(process.stderr.readline())
            assert said[-1], said
        yield said
    finally:
        process.terminate()
        process.wait(30)
        assert process.stdout.read() == ""
        process.stdout.close()
        process.stderr.close()
