"""What the demo's page is served: its files, a plan of the house, one live stream, and hands on the locks."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.demo.ledger import shown
from bot.demo.telegram import TelegramWorld, create_app
from bot.demo.telegram.bell import heard

if TYPE_CHECKING:
    from bot.demo.house import DemoHouse

PAGE = Path(__file__).with_name("page")
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
LOOK_AGAIN_SECONDS = 0.25
"""Locks and gateways ring no bell when only time passes."""


def page_routes(house: "DemoHouse") -> list[BaseRoute]:
    view = HouseView(house)
    files = [Route(f"/{path.name}", _file(path)) for path in sorted(PAGE.iterdir()) if path.is_file()]
    return [Route("/", _file(PAGE / "index.html")), *files, Route("/house", view.plan), Route("/live", view.live)]


def open_telegram(world: TelegramWorld, routes: Sequence[BaseRoute]) -> ASGIApp:
    return create_app(world, extra_routes=routes, cut_connections=True)


def hands(prefix: str, simulator: ASGIApp) -> Mount:
    """A simulator's /world on the page's own origin."""

    async def forward(scope: Scope, receive: Receive, send: Send) -> None:
        await simulator({**scope, "path": scope["path"].removeprefix(prefix), "root_path": ""}, receive, send)

    return Mount(f"{prefix}/world", app=forward)


def _file(path: Path) -> Any:
    async def serve_file(_: Request) -> Response:
        return FileResponse(path, headers=HEADERS)

    return serve_file


class HouseView:
    def __init__(self, house: "DemoHouse") -> None:
        self._house = house

    async def plan(self, _: Request) -> Response:
        return JSONResponse(self._house.plan(), headers={"Cache-Control": "no-store"})

    async def live(self, request: Request) -> Response:
        seen = request.headers.get("last-event-id") or request.query_params.get("since", "")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._told(_Seen.read(seen)), media_type="text/event-stream", headers=headers)

    async def _told(self, seen: "_Seen") -> AsyncIterator[str]:
        house = self._house
        yield _event("run", house.run)
        doors: dict[str, Any] = {}
        with house.telegram.bell.listening() as ear:
            while not house.telegram.bell.closed:
                if news := self._news(seen):
                    for name, fields in news:
                        yield _event(name, fields)
                    # Only now is all of it told: a page that was cut off before hears it again.
                    yield f"id: {seen}\nevent: told\ndata: 0\n\n"
                if doors != (doors := house.pictures()):
                    yield _event("doors", doors)
                await heard(ear, LOOK_AGAIN_SECONDS)

    def _news(self, seen: "_Seen") -> list[tuple[str, dict[str, Any]]]:
        house = self._house
        written = house.telegram.events_since(seen.telegram)
        happened = [*house.gateway.events[seen.gateway :], *house.kas.events[seen.kas :]]
        seen.telegram += len(written)
        seen.gateway, seen.kas = len(house.gateway.ledger.events), len(house.kas.ledger.events)
        physical = [shown(event) for event in sorted(happened, key=lambda event: event.at)]
        return [*(("telegram", event) for event in written), *(("happened", event) for event in physical)]


class _Seen:
    """How much of each record a page knows; written into the ids of the stream's events."""

    def __init__(self, telegram: int = 0, gateway: int = 0, kas: int = 0) -> None:
        self.telegram = telegram
        self.gateway = gateway
        self.kas = kas

    @classmethod
    def read(cls, text: str) -> "_Seen":
        numbers = [int(part) if part.isascii() and part.isdecimal() else 0 for part in text.split(".")]
        return cls(*numbers[:3])

    def __str__(self) -> str:
        return f"{self.telegram}.{self.gateway}.{self.kas}"


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
