"""The tools over HTTP on this machine, for whoever has the token."""

import hmac
import os
import secrets
import socket
import sys

import uvicorn
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings

from productpulse.errors import PulseError
from productpulse.mcp.server import make

HOST = "127.0.0.1"
TOKEN_VARIABLE = "PULSE_MCP_TOKEN"
SHORTEST_TOKEN = 16


class OneToken:
    """Accepts one bearer token."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    async def verify_token(self, token: str) -> AccessToken | None:
        """Who the token is of; None when it is not the right one."""
        if not hmac.compare_digest(token.encode(errors="replace"), self._token):
            return None
        return AccessToken(token=token, client_id="productpulse", scopes=[])


def serve(port: int, timeout_seconds: int, allow_sql: bool) -> None:
    """Serve until the process is ended. Requests with another Host or Origin are refused.

    Raises PulseError for a port that is in use and a token that is too short.
    """
    token = _token()
    listening = _listening(port)
    port = listening.getsockname()[1]
    address = f"http://{HOST}:{port}"
    # without a resource_server_url there is no other server that gives out tokens
    auth = AuthSettings.model_validate({"issuer_url": address, "resource_server_url": None})
    server = make(timeout_seconds, allow_sql, auth, OneToken(token))
    app = server.streamable_http_app(host=HOST)
    config = uvicorn.Config(app, host=HOST, port=port, log_level="warning", access_log=False)
    _say(f"listening on {address}/mcp")
    uvicorn.Server(config).run(sockets=[listening])


def _token() -> str:
    """The token of the environment, else a new one, which is said once."""
    given = os.environ.get(TOKEN_VARIABLE)
    if given is None:
        made = secrets.token_urlsafe(32)
        _say(f"bearer token, because {TOKEN_VARIABLE} is not set: {made}")
        return made
    if len(given) < SHORTEST_TOKEN or not given.isascii() or not given.isprintable():
        raise PulseError(
            f"{TOKEN_VARIABLE} should be {SHORTEST_TOKEN} or more plain characters, such as"
            " `openssl rand -hex 32` prints"
        )
    return given


def _listening(port: int) -> socket.socket:
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()
    except OSError as error:
        found.close()
        raise PulseError(
            f"port {port} cannot be used ({error.strerror}): give another --port"
        ) from error
    return found


def _say(line: str) -> None:
    print(f"productpulse mcp: {line}", file=sys.stderr, flush=True)
