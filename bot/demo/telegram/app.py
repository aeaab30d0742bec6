"""The HTTP server: the Bot API for the bot, and beside it the doings of the people."""

import asyncio
import email
import email.policy
import json
from collections.abc import Coroutine, Sequence
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.demo.telegram.api import answer, method_named
from bot.demo.telegram.bell import heard
from bot.demo.telegram.faults import Fault, Trouble
from bot.demo.telegram.people import people_routes
from bot.demo.telegram.wire import Json, Refused
from bot.demo.telegram.world import TelegramWorld

BAD_GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>502 Bad Gateway</body>\r\n</html>"


class Dated:
    """Gives every answer a Date from the world's clock: a bot tells the time by it."""

    def __init__(self, app: ASGIApp, world: TelegramWorld) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = formatdate(self._world.clock(), usegmt=True).encode()
                message["headers"] = [*message["headers"], (b"date", date)]
            await send(message)

        await self._app(scope, receive, dated)


class Cut(Response):
    """Promises a body, sends none and goes: the server closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"99")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


class BotApi:
    def __init__(self, world: TelegramWorld, *, cut_connections: bool) -> None:
        self._world = world
        self._cut_connections = cut_connections

    async def call(self, request: Request) -> Response:
        try:
            if request.path_params["token"] != self._world.token:
                raise Refused(401, "Unauthorized")
            method = method_named(request.path_params["method"])
            return await self._answer(request, method, await params_of(request))
        except Refused as refusal:
            return JSONResponse(refusal.json(), refusal.code)

    async def _answer(self, request: Request, method: str, params: Json) -> Response:
        fault = self._world.faults.take(method, params)
        if fault is None:
            return await self._acted(request, method, params)
        match fault.trouble:
            case Trouble.FAIL:
                self._world.refused(method, params, fault.refusal())
                raise fault.refusal()
            case Trouble.BAD_GATEWAY:
                return HTMLResponse(BAD_GATEWAY, 502)
            case Trouble.HANG:
                await unless_gone(request, self._calm(fault))
                return HTMLResponse(BAD_GATEWAY, 504)
            case Trouble.DELAY:
                await self._calm(fault)
                return await self._acted(request, method, params)
            case Trouble.DROP_ANSWER:
                await self._acted(request, method, params)
                return Cut() if self._cut_connections else HTMLResponse(BAD_GATEWAY, 502)

    async def _acted(self, request: Request, method: str, params: Json) -> Response:
        work = answer(self._world, method, params)
        waits = method == "getUpdates"
        result = await unless_gone(request, work) if waits else await work
        return JSONResponse({"ok": True, "result": result})

    async def _calm(self, fault: Fault) -> None:
        """Wait as long as the fault says, or until the world is calm again."""
        world, since = self._world, len(self._world.events)
        with world.bell.listening() as ear:
            loop = asyncio.get_running_loop()
            until = loop.time() + (3600 if fault.seconds is None else fault.seconds)
            while await heard(ear, until - loop.time()):
                if world.bell.closed or any(event["type"] == "calm" for event in world.events_since(since)):
                    return


async def unless_gone(request: Request, work: Coroutine[Any, Any, Any]) -> Any:
    """The result of waiting work, given up when the caller hangs up."""
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        task.cancel()
        gone.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def params_of(request: Request) -> Json:
    """Everything the caller sent: query, form, multipart or JSON."""
    params: Json = dict(request.query_params)
    body, kind = await request.body(), request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return params | _json_object(body)
    if kind.startswith("multipart/form-data"):
        return params | _multipart(kind, body)
    return params | dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _json_object(body: bytes) -> Json:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(400, "Bad Request: can't parse JSON object")
    return found


def _multipart(kind: str, body: bytes) -> Json:
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    found: Json = {}
    for part in parts.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        file = part.get_filename()
        found[str(name)] = f"attach://{file}" if file else bytes(content).decode("utf-8", "replace")
    return found


async def _no_file(request: Request) -> Response:
    return JSONResponse(Refused(404, "Not Found").json(), 404)


def create_app(
    world: TelegramWorld, *, extra_routes: Sequence[BaseRoute] = (), cut_connections: bool = False
) -> Starlette:
    """The app; cut_connections only over real sockets, where a connection can break halfway."""
    bot_api = BotApi(world, cut_connections=cut_connections)
    routes = [
        *extra_routes,
        Route("/bot{token}/{method}", bot_api.call, methods=["GET", "POST"]),
        Route("/file/bot{token}/{path:path}", _no_file),
        *people_routes(world),
    ]
    app = Starlette(routes=routes)
    app.add_middleware(Dated, world=world)
    return app
