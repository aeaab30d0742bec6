"""The control API of every simulator, beside its own paths: see the state, change it, arrange faults, read the log."""

import inspect
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from types import NoneType, UnionType
from typing import Any, get_args

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route

from simulators.exchange import exchange
from simulators.faults import ArrangedFault
from simulators.own_pages import App, OwnPagesOnly, is_loopback
from simulators.request_log import as_json
from simulators.simulator import KINDS, Action, Simulator, check_kind

LONGEST_WAIT_SECONDS = 25.0


def create_app(
    simulator: Simulator, routes: Sequence[BaseRoute] = (), *, knows_host: Callable[[str], bool] = is_loopback
) -> App:
    """The simulator on its own paths; `routes` and the control API under /control for nobody but pages of our own."""
    beside = Starlette(routes=[*routes, Mount("/control", app=control_app(simulator))])
    guarded = OwnPagesOnly(beside, knows_host)

    # Pages are guarded, the simulated vendors' own paths are not: a real gateway judges no Origin either.
    async def app(scope: Any, receive: Any, send: Any) -> None:
        ours = scope["type"] != "http" or any(route.matches(scope)[0] != Match.NONE for route in beside.routes)
        await (guarded(scope, receive, send) if ours else exchange(simulator, scope, receive, send))

    return app


def control_app(simulator: Simulator) -> Starlette:
    control = Control(simulator)
    return Starlette(
        routes=[
            Route("/locks/{lock}", control.change_lock, methods=["POST"]),
            Route("/faults", control.arrange, methods=["POST"]),
            Route("/faults", control.clear_faults, methods=["DELETE"]),
            Route("/switches", control.change, methods=["POST"]),
            Route("/events", control.events),
            Route("/{name}", control.read),
            Route("/{name}", control.act, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _explain, ValueError: _explain},
    )


class Control:
    """A ValueError of the simulator explains why something cannot be done."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._reads: dict[str, Action] = {"state": simulator.state, "log": self._log, **simulator.reads()}
        self._actions: dict[str, Action] = simulator.actions()

    async def read(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._reads:
            raise HTTPException(404, f"There is no {name} to read here.")
        given = {key: _number_if_one(value) for key, value in request.query_params.items()}
        return JSONResponse(call(self._reads[name], given))

    async def act(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._actions:
            raise HTTPException(404, f"Nobody can {name} here.")
        return JSONResponse(call(self._actions[name], await _mapping(request)))

    async def change(self, request: Request) -> Response:
        self._simulator.change(await _mapping(request))
        return JSONResponse(self._simulator.state())

    async def change_lock(self, request: Request) -> Response:
        lock = request.path_params["lock"]
        try:
            self._simulator.change_lock(lock, await _mapping(request))
        except KeyError:
            raise HTTPException(404, f"There is no lock {lock} here.") from None
        return JSONResponse(self._simulator.state())

    async def arrange(self, request: Request) -> Response:
        self._simulator.faults.append(call(ArrangedFault, await _mapping(request)))
        return JSONResponse({"faults": [asdict(fault) for fault in self._simulator.faults]})

    async def clear_faults(self, _: Request) -> Response:
        self._simulator.faults.clear()
        return JSONResponse({"faults": []})

    async def events(self, request: Request) -> Response:
        since, wait = _number(request, "since", 0), _number(request, "wait", LONGEST_WAIT_SECONDS)
        self._simulator.settle()
        found = await self._simulator.log.wait_for_events(int(since), min(wait, LONGEST_WAIT_SECONDS))
        last = found[-1].n if found else int(since)
        return JSONResponse({"events": [as_json(event) for event in found], "next": last})

    def _log(self) -> dict[str, Any]:
        self._simulator.settle()
        log = self._simulator.log
        lists: dict[str, Iterable[Any]] = {"requests": log.requests, "events": log.events, "answers": log.answers}
        return {name: [as_json(record) for record in records] for name, records in lists.items()}


def call(action: Action, arguments: dict[str, Any]) -> Any:
    """Call it if the arguments fit; a ValueError says which do not."""
    try:
        bound = inspect.signature(action).bind(**arguments)
    except TypeError as wrong:
        raise ValueError(f"{str(wrong).capitalize()}.") from None
    for name, value in bound.arguments.items():
        _check_annotated(name, value, inspect.signature(action).parameters[name].annotation)
    return action(**arguments)


def _check_annotated(name: str, value: Any, annotation: Any) -> None:
    """Plain types and unions of them; what is more complicated is judged by the action itself."""
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    if all(kind in KINDS or kind is NoneType for kind in kinds):
        check_kind(name, value, *kinds)


async def _mapping(request: Request) -> dict[str, Any]:
    try:
        value = json.loads(await request.body() or b"{}")
    except ValueError:
        raise HTTPException(400, "The body is not JSON.") from None
    if not isinstance(value, dict):
        raise HTTPException(400, "The body must be a JSON object.")
    return value


def _number_if_one(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text


def _number(request: Request, name: str, default: float) -> float:
    try:
        return float(request.query_params.get(name, default))
    except ValueError:
        raise HTTPException(400, f"{name} must be a number.") from None


async def _explain(_: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, status_code=error.status_code)
    return JSONResponse({"error": str(error)}, status_code=400)
