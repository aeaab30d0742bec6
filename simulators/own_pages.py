"""Keeps the pages of other sites away from the control API and the demo's page."""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any

from starlette.responses import JSONResponse

App = Callable[[Any, Any, Any], Awaitable[None]]


class OwnPagesOnly:
    """Refuses what a foreign page sends."""

    # A browser sends the Host of the name it was led to, and with every write the Origin of the page that writes. So a
    # foreign Host is a site whose name was turned to this machine (DNS rebinding), and a foreign Origin another page
    # (cross-site request forgery). Programs send no Origin.

    def __init__(self, app: App, knows_host: Callable[[str], bool]) -> None:
        self._app = app
        self._knows_host = knows_host

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            await JSONResponse({"error": refusal}, 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Any) -> str:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if not self._knows_host(name_of(host)):
            return "This address is not served here. Open the page by the address that the demo printed."
        if origin not in {None, f"{scope['scheme']}://{host}"}:
            return "Pages of other sites may do nothing here."
        return ""


def name_of(host: str) -> str:
    """Without the port: [::1]:8080 is ::1."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdecimal() else host).strip("[]").lower()


def is_loopback(name: str) -> bool:
    return name == "localhost" or (is_address(name) and ip_address(name).is_loopback)


def is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
