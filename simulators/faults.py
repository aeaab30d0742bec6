"""The ways an HTTP exchange goes wrong, on demand."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from simulators.condition import Condition
from simulators.request_log import LoggedRequest

# name -> does the simulator still act on the request?
FAULTS = {
    "slow": True,  # acts at once, answers after `seconds`, busy all the while
    "late": True,  # the request itself is held up for `seconds`, then acted on and answered
    "silent": False,  # never answers, until the caller leaves or the faults are cleared
    "silent_after": True,  # acts, never answers
    "reset_before": False,
    "reset_after": True,
    "truncated": True,  # acts, announces the whole body, sends half of it
    "empty": True,  # acts, answers 200 without a body
    "not_json": True,  # acts, answers 200 with a page of HTML
    "wrong_type": True,  # acts, the right body labelled text/html
    "http_500": False,
    "http_502": False,
    "http_504": False,
    "offline": False,  # the connection is closed at once
    "code": False,  # answers `code` in the vendor's own form
}


@dataclass(slots=True, kw_only=True)
class ArrangedFault:
    """One arranged fault: for the next `times` requests (None: all) of `path` (None: any; `*` stands for anything)."""

    fault: str
    path: str | None = None
    chat: int | None = None
    """Telegram only: for calls about this chat."""
    times: int | None = 1
    acts: bool | None = None
    seconds: float = 1.0
    code: int | None = None
    cause: str | None = None
    retry_after: int | None = None
    """Telegram only: what the refusal tells the bot to wait."""

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"There is no fault called {self.fault!r}; there are {', '.join(FAULTS)}.")
        if self.fault == "code" and self.code is None:
            raise ValueError("The fault 'code' needs a code.")
        if self.acts is None:
            self.acts = FAULTS[self.fault]

    def meets(self, request: LoggedRequest) -> bool:
        in_chat = self.chat is None or str(request.fields.get("chat_id")) == str(self.chat)
        return in_chat and (self.path is None or fnmatchcase(request.path, self.path))


class Faults(list[ArrangedFault]):
    """The arranged faults, first come first served."""

    def __init__(self) -> None:
        super().__init__()
        self.cleared = Condition()
        self.times_cleared = 0
        self.when_met: Callable[[ArrangedFault], None] = lambda fault: None

    def arrange(self, path: str | None, fault: str, times: int | None = 1, **more: Any) -> None:
        self.append(ArrangedFault(path=path, fault=fault, times=times, **more))

    def take(self, request: LoggedRequest) -> ArrangedFault | None:
        fault = next((fault for fault in self if fault.meets(request)), None)
        if fault is None:
            return None
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.remove(fault)
        self.when_met(fault)
        return fault

    def clear(self) -> None:
        """End every fault, and let go of the requests that are held up."""
        # Counted as well as announced: a request that was held up before must not wait for the next time.
        super().clear()
        self.times_cleared += 1
        self.cleared.notify_all()

    async def wait_until_cleared(self, times_cleared: int) -> None:
        """Until they are cleared once more than so many times."""
        while self.times_cleared == times_cleared:
            await self.cleared.wait(None)
