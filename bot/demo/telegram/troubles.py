"""Troubles a test may arrange: refusals, black holes, delays, lost answers."""

from typing import Any

from bot.demo.telegram.faults import Fault, Trouble
from bot.demo.telegram.state import State
from bot.demo.telegram.wire import Json


class Troubles(State):
    def fail(
        self,
        method: str,
        code: int,
        description: str,
        retry_after: int | None = None,
        times: int | None = 1,
        chat: int | None = None,
    ) -> Json:
        """The next calls are refused; times=None means until calm()."""
        parameters = {"retry_after": retry_after} if retry_after is not None else {}
        return self._arrange(
            Trouble.FAIL, method, times, chat, code=code, description=description, parameters=parameters
        )

    def hang(self, method: str, seconds: float | None = None, times: int | None = 1, chat: int | None = None) -> Json:
        """A black hole: nothing happens and no answer comes, until calm() or so many seconds."""
        return self._arrange(Trouble.HANG, method, times, chat, seconds=seconds)

    def delay(self, method: str, seconds: float, times: int | None = 1, chat: int | None = None) -> Json:
        return self._arrange(Trouble.DELAY, method, times, chat, seconds=seconds)

    def drop_answer(self, method: str, times: int | None = 1, chat: int | None = None) -> Json:
        """The call acts, and its answer is lost."""
        return self._arrange(Trouble.DROP_ANSWER, method, times, chat)

    def bad_gateway(self, method: str, times: int | None = 1, chat: int | None = None) -> Json:
        """502 with a page of HTML, and nothing happens."""
        return self._arrange(Trouble.BAD_GATEWAY, method, times, chat)

    def _arrange(self, trouble: Trouble, method: str, times: int | None, chat: int | None, **how: Any) -> Json:
        self.faults.add(Fault(trouble=trouble, method=method.lower(), times=times, chat=chat, **how))
        return {}

    def calm(self) -> Json:
        """End all arranged troubles and let go of hanging calls."""
        self.faults.clear()
        self.emit("calm", None)
        return {}
