"""The hand-work side of every simulator, over HTTP: see its world, change it, arrange faults, read the ledger."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.faults import FAULTS, Fault, Simulator, exchange
from bot.demo.ledger import shown

LONGEST_WAIT = 25.0


class World(Simulator, Protocol):
    """A simulator that lets hands in. Every change is a mapping of names to new values; a ValueError explains a no."""

    def state(self) -> dict[str, Any]: ...

    def change_lock(self, name: str, changes: dict[str, Any]) -> None:
        """Raises KeyError for a lock that does not exist."""

    def change(self, changes: dict[str, Any]) -> None: ...

    def reset(self) -> None: ...


def create_app(world: World, name: str) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """The simulator on its own paths, hands under `/world`; `name` is the path of the whole: /world/gateway."""
    hands = _hands(world, name)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/world"):
            await exchange(world, scope, receive, send)
        else:
            await hands(scope, receive, send)

    return app


def _hands(world: World, name: str) -> Starlette:
    async def state(_: Request) -> Response:
        return JSONResponse(world.state())

    async def change_lock(request: Request) -> Response:
        lock = request.path_params["lock"]
        try:
            world.change_lock(lock, await _mapping(request))
        except KeyError:
            raise HTTPException(404, f"There is no lock {lock} here.") from None
        return JSONResponse(world.state())

    async def change(request: Request) -> Response:
        world.change(await _mapping(request))
        return JSONResponse(world.state())

    async def arrange(request: Request) -> Response:
        world.faults.append(_fault(await _mapping(request)))
        return JSONResponse({"faults": [asdict(fault) for fault in world.faults]})

    async def clear_faults(_: Request) -> Response:
        world.faults.clear()
        return JSONResponse({"faults": []})

    async def reset(_: Request) -> Response:
        world.reset()
        return JSONResponse(world.state())

    async def ledger(_: Request) -> Response:
        world.state()
        book = world.ledger
        lists: dict[str, list[Any]] = {"requests": book.requests, "events": book.events, "sent": book.sent}
        return JSONResponse({name: [shown(record) for record in records] for name, records in lists.items()})

    async def events(request: Request) -> Response:
        since, wait = _number(request, "since", 0), _number(request, "wait", LONGEST_WAIT)
        found = await world.ledger.events_since(int(since), min(wait, LONGEST_WAIT))
        last = found[-1].n if found else int(since)
        return JSONResponse({"events": [shown(event) for event in found], "next": last})

    return Starlette(
        routes=[
            Route("/world/state", state),
            Route("/world/locks/{lock}", change_lock, methods=["POST"]),
            Route(f"/world/{name}", change, methods=["POST"]),
            Route("/world/faults", arrange, methods=["POST"]),
            Route("/world/faults", clear_faults, methods=["DELETE"]),
            Route("/world/reset", reset, methods=["POST"]),
            Route("/world/ledger", ledger),
            Route("/world/events", events),
        ],
        exception_handlers={HTTPException: _explain, ValueError: _explain_value},
    )


Allowed = dict[str, type | tuple[str, ...]]
"""What hands may change -> its type, or the words it can be."""


FAULT_FIELDS: Allowed = {
    "fault": tuple(FAULTS),
    "path": str,
    "times": int,
    "acts": bool,
    "seconds": float,
    "code": int,
    "cause": str,
}


def assign(target: object, changes: dict[str, Any], allowed: Allowed) -> None:
    """Set attributes, all or none."""
    check(changes, allowed)
    for name, value in changes.items():
        setattr(target, name, value)


def check(changes: dict[str, Any], allowed: Allowed) -> None:
    for name, value in changes.items():
        kind = allowed.get(name)
        if kind is None:
            raise ValueError(f"{name!r} cannot be changed here; these can: {', '.join(sorted(allowed))}.")
        _check_value(name, value, kind)


def _check_value(name: str, value: Any, kind: type | tuple[str, ...]) -> None:
    if isinstance(kind, tuple):
        if value not in kind:
            raise ValueError(f"{name} must be one of {', '.join(kind)}.")
        return
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{name} must be a value of type {kind.__name__}.")


async def _mapping(request: Request) -> dict[str, Any]:
    try:
        value = json.loads(await request.body() or b"{}")
    except ValueError:
        raise HTTPException(400, "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise HTTPException(400, "The body must be a JSON object.")
    return value


def _fault(asked: dict[str, Any]) -> Fault:
    if "fault" not in asked:
        raise ValueError(f"A fault needs its name as `fault`: one of {', '.join(FAULTS)}.")
    check({name: value for name, value in asked.items() if value is not None}, FAULT_FIELDS)
    return Fault(**asked)


def _number(request: Request, name: str, default: float) -> float:
    try:
        return float(request.query_params.get(name, default))
    except ValueError:
        raise HTTPException(400, f"{name} must be a number.") from None


async def _explain(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = error.detail if isinstance(error, HTTPException) else str(error)
    return JSONResponse({"error": detail}, status_code=status)


async def _explain_value(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)
