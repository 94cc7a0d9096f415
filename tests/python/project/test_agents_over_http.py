"""`productpulse mcp --http`: the same tools for whoever has the token, on this machine alone."""

import re
import socket
from collections.abc import Iterator

import httpx2
import pytest
from agents import over_http, serving
from warehouse import Warehouse

TOKEN = "a-token-for-the-tests"
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
HEADERS = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def address(ran: tuple[Warehouse, str]) -> Iterator[str]:
    with serving(ran[0], PULSE_MCP_TOKEN=TOKEN) as said:
        assert TOKEN not in "".join(said)
        yield found(said, r"listening on (\S+)")


def found(said: list[str], pattern: str) -> str:
    """What stands in the one line that has it."""
    (text,) = re.findall(pattern, "".join(said))
    return text


def status(address: str, **headers: str) -> int:
    """The status of a call with these headers."""
    return httpx2.post(address, json=CALL, headers=HEADERS | headers).status_code


def test_with_the_token_it_answers(address: str) -> None:
    with over_http(address, TOKEN) as agent:
        assert "metric_values" in agent.tools()
        assert agent.ask("metric_values", id="dau", limit=1)["rows"]


def test_without_the_token_it_answers_nothing(address: str) -> None:
    assert status(address) == 401
    for wrong in ("Bearer wrong", f"Bearer {TOKEN}x", f"Bearer x{TOKEN}", f"Basic {TOKEN}", TOKEN):
        assert status(address, Authorization=wrong) == 401, wrong
    for method in ("get", "delete", "put", "options"):
        assert getattr(httpx2, method)(address).status_code == 401
    assert httpx2.post(f"{address}?token={TOKEN}", json=CALL, headers=HEADERS).status_code == 401


def test_a_page_of_another_site_is_refused(address: str) -> None:
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert status(address, **right) not in (401, 403, 421)
    assert status(address, **right, Host="evil.example") == 421
    assert status(address, **right, Origin="http://evil.example") == 403


def test_it_listens_on_this_machine_alone(address: str) -> None:
    assert address.startswith("http://127.0.0.1:")
    other = socket.gethostbyname(socket.gethostname())
    if other.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError), socket.create_connection((other, int(address.split(":")[2][:-4]))):
        pass


def test_a_token_that_is_not_given_is_made_and_said_once(ran: tuple[Warehouse, str]) -> None:
    with serving(ran[0]) as said:
        token = found(said, r"bearer token, because PULSE_MCP_TOKEN is not set: (\S+)")
        assert len(token) > 30
        with over_http(found(said, r"listening on (\S+)"), token) as agent:
            assert agent.tools()


def test_a_weak_token_and_a_taken_port_are_refused(
    ran: tuple[Warehouse, str], address: str
) -> None:
    done = ran[0].command("mcp", "--http", check=False, PULSE_MCP_TOKEN="short")
    assert done.returncode == 1 and "PULSE_MCP_TOKEN should be 16 or more" in done.stderr
    port = address.split(":")[2].split("/")[0]
    done = ran[0].command("mcp", "--http", "--port", port, check=False, PULSE_MCP_TOKEN=TOKEN)
    assert done.returncode == 1 and f"port {port} cannot be used" in done.stderr
