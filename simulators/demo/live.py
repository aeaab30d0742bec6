"""What the demo's page is served: its files, a plan of the house, and one live stream."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from simulators.request_log import as_json
from simulators.simulator import Simulator

if TYPE_CHECKING:
    from simulators.demo.house import DemoHouse

PAGE = Path(__file__).with_name("page")
# What people write in the simulated chats is shown on the page: nothing from elsewhere may run or be loaded there.
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# Locks tell nobody when only time passes.
CHECK_SECONDS = 0.25


def page_routes(house: "DemoHouse") -> list[BaseRoute]:
    view = LiveView(house)
    files = [Route(f"/{path.name}", _file(path)) for path in sorted(PAGE.iterdir()) if path.is_file()]
    return [
        Route("/", _file(PAGE / "index.html")),
        *files,
        Route("/house", view.plan),
        Route("/live", view.live),
        Route("/lose", view.lose, methods=["POST"]),
    ]


def _file(path: Path) -> Any:
    async def serve_file(_: Request) -> Response:
        return FileResponse(path, headers=HEADERS)

    return serve_file


class LiveView:
    def __init__(self, house: "DemoHouse") -> None:
        self._house = house

    async def plan(self, _: Request) -> Response:
        return JSONResponse(await self._house.plan(), headers={"Cache-Control": "no-store"})

    async def lose(self, request: Request) -> Response:
        asked = await request.json()
        self._house.lose_next_answer(str(asked["door"]), on=bool(asked["on"]))
        return JSONResponse(self._house.door_states())

    async def live(self, request: Request) -> Response:
        seen = request.headers.get("last-event-id") or request.query_params.get("since", "")
        # By nginx's documentation it otherwise holds an answer back until its buffer is full.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(_SeenEvents.read(seen)), media_type="text/event-stream", headers=headers)

    async def _events(self, seen: "_SeenEvents") -> AsyncIterator[str]:
        house = self._house
        doors: dict[str, Any] = {}
        people: Sequence[Any] = ()
        condition = house.telegram.log.condition
        yield _server_sent("run", house.run_id)
        while not condition.closed:
            if news := self._news(seen):
                for name, fields in news:
                    yield _server_sent(name, fields)
                # Only now is all of it told: a page that was cut off before hears it again.
                yield f"id: {seen}\nevent: told\ndata: 0\n\n"
            if (news or not people) and people != (people := await house.people()):
                yield _server_sent("people", [asdict(person) for person in people])
            if doors != (doors := house.door_states()):
                yield _server_sent("doors", doors)
            await condition.wait(CHECK_SECONDS)

    def _news(self, seen: "_SeenEvents") -> list[tuple[str, dict[str, Any]]]:
        house = self._house
        systems: dict[str, Simulator] = {"gateway": house.gateway, "keys_cloud": house.keys_cloud, "kas": house.kas}
        written = house.telegram.log.events_since(seen.telegram)
        happened = [event for name, system in systems.items() for event in system.events[getattr(seen, name) :]]
        seen.telegram += len(written)
        for name, system in systems.items():
            setattr(seen, name, len(system.log.events))
        happened.sort(key=lambda event: event.at)
        told = [("telegram", event) for event in written] + [("happened", event) for event in happened]
        return [(name, as_json(event)) for name, event in told]


@dataclass
class _SeenEvents:
    """How many events of each a page knows; written into the ids of the stream's events."""

    telegram: int = 0
    gateway: int = 0
    keys_cloud: int = 0
    kas: int = 0

    @classmethod
    def read(cls, text: str) -> "_SeenEvents":
        numbers = [int(part) if part.isascii() and part.isdecimal() else 0 for part in text.split(".")]
        return cls(*numbers[:4])

    def __str__(self) -> str:
        return f"{self.telegram}.{self.gateway}.{self.keys_cloud}.{self.kas}"


def _server_sent(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
