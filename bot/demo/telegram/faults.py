"""Troubles that can be arranged for the next calls of a Bot API method."""

from dataclasses import dataclass, field
from enum import StrEnum

from bot.demo.telegram.wire import Json, Refused


class Trouble(StrEnum):
    FAIL = "fail"
    HANG = "hang"
    DELAY = "delay"
    DROP_ANSWER = "drop_answer"
    BAD_GATEWAY = "bad_gateway"


@dataclass(kw_only=True)
class Fault:
    trouble: Trouble
    method: str
    times: int | None = 1
    chat: int | None = None
    seconds: float | None = None
    code: int = 0
    description: str = ""
    parameters: dict[str, int] = field(default_factory=dict)

    def meets(self, method: str, params: Json) -> bool:
        known = self.method in {"*", method.lower()}
        return known and (self.chat is None or str(params.get("chat_id")) == str(self.chat))

    def refusal(self) -> Refused:
        return Refused(self.code, self.description, **self.parameters)


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, method: str, params: Json) -> Fault | None:
        """The first arranged trouble this call meets, counted off."""
        fault = next((f for f in self._waiting if f.meets(method, params)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)
        return fault
