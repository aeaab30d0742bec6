"""What people do, over HTTP: for a chat page and for tests in another process."""

import inspect
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.demo.telegram.bell import heard
from bot.demo.telegram.menus import menu
from bot.demo.telegram.wire import Impossible, Json
from bot.demo.telegram.world import TelegramWorld

LONGEST_WAIT = 25.0
KEEP_ALIVE_SECONDS = 15.0
NUMBERS = {"person", "chat", "message_id", "thread", "reply_to_message_id", "times", "code", "retry_after", "new_chat"}
TEXTS = {"text", "label", "data", "title", "first_name", "username", "method", "description", "emoji", "status"}

Read = Callable[[Request], Any]


def doings(world: TelegramWorld) -> dict[str, Callable[..., Json]]:
    """POST /world/<name> with the arguments as a JSON object."""
    return {
        "people": world.add_person,
        "groups": world.add_group,
        "channels": world.add_channel,
        "say": world.say,
        "edit": world.edit,
        "delete": world.delete,
        "tap": world.tap,
        "react": world.react,
        "block": world.block,
        "unblock": world.unblock,
        "deactivate": world.deactivate,
        "kick": world.kick,
        "bot": world.set_bot,
        "join": world.join,
        "leave": world.leave,
        "close_topic": world.close_topic,
        "migrate": world.migrate,
        "push": world.push_raw,
        "fail": world.fail,
        "hang": world.hang,
        "delay": world.delay,
        "drop_answer": world.drop_answer,
        "bad_gateway": world.bad_gateway,
        "calm": world.calm,
        "reset": world.reset,
    }


class PeopleApi:
    def __init__(self, world: TelegramWorld) -> None:
        self._world = world
        self._doings = doings(world)

    async def do(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._doings:
            return _refuse(f"Nobody can {name} here.", 404)
        try:
            arguments = _arguments(self._doings[name], await request.body())
            return JSONResponse(self._doings[name](**arguments))
        except Impossible as reason:
            return _refuse(str(reason), 400)

    async def state(self, request: Request) -> Response:
        return JSONResponse(self._world.state())

    async def transcript(self, request: Request) -> Response:
        return _read(lambda: self._world.transcript(_number(request, "chat"), _number(request, "viewer", None)))

    async def commands(self, request: Request) -> Response:
        return _read(lambda: menu(self._world, _number(request, "chat"), _number(request, "person")))

    async def calls(self, request: Request) -> Response:
        return PlainTextResponse(self._world.calls_text(), media_type="application/x-ndjson")

    async def events(self, request: Request) -> Response:
        try:
            since = _number(request, "since", 0)
            wait = float(request.query_params.get("wait", LONGEST_WAIT))
        except (Impossible, ValueError):
            return _refuse("since and wait are numbers.", 400)
        events = await self._news(since, min(wait, LONGEST_WAIT))
        return JSONResponse({"events": events, "next": events[-1]["seq"] if events else since})

    async def stream(self, request: Request) -> Response:
        try:
            since = int(request.headers.get("last-event-id") or _number(request, "since", 0))
        except (Impossible, ValueError):
            return _refuse("since is a number.", 400)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._told(since), media_type="text/event-stream", headers=headers)

    async def _told(self, since: int) -> AsyncIterator[str]:
        yield ": here\n\n"
        while not self._world.bell.closed:
            events = await self._news(since, KEEP_ALIVE_SECONDS)
            for event in events:
                since = event["seq"]
                yield f"id: {since}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n"
            if not events:
                yield ": still here\n\n"

    async def _news(self, since: int, seconds: float) -> list[Json]:
        world = self._world
        with world.bell.listening() as ear:
            while not (events := world.events_since(since)) and not world.bell.closed:
                if not await heard(ear, seconds):
                    break
        return events


def people_routes(world: TelegramWorld) -> list[Route]:
    api = PeopleApi(world)
    read = [("state", api.state), ("transcript", api.transcript), ("commands", api.commands)]
    watch = [("calls", api.calls), ("events", api.events), ("stream", api.stream)]
    return [
        *(Route(f"/world/{name}", endpoint) for name, endpoint in [*read, *watch]),
        Route("/world/{name}", api.do, methods=["POST"]),
    ]


def _read(reading: Callable[[], list[Json]]) -> Response:
    try:
        return JSONResponse(reading())
    except Impossible as reason:
        return _refuse(str(reason), 400)


def _arguments(doing: Callable[..., Json], body: bytes) -> Json:
    try:
        arguments = json.loads(body or b"{}")
    except ValueError:
        raise Impossible("The body is not JSON.") from None
    if not isinstance(arguments, dict):
        raise Impossible("The body is not a JSON object.")
    _check(arguments)
    try:
        inspect.signature(doing).bind(**arguments)
    except TypeError as wrong:
        raise Impossible(f"{str(wrong).capitalize()}.") from None
    return arguments


def _check(arguments: Json) -> None:
    for names, kind, said in ((NUMBERS, int, "number"), (TEXTS, str, "text")):
        wrong = sorted(n for n in arguments.keys() & names if not isinstance(arguments[n], kind | None))
        if wrong:
            raise Impossible(f"{', '.join(wrong)}: not a {said}.")


def _number(request: Request, name: str, *default: Any) -> Any:
    value = request.query_params.get(name)
    if value is None and default:
        return default[0]
    try:
        return int(value or "")
    except ValueError:
        raise Impossible(f"{name} is not a number.") from None


def _refuse(sentence: str, status: int) -> Response:
    return JSONResponse({"error": sentence}, status)
