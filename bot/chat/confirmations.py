"""One-time confirmations: bound to person, chat and what is confirmed, gone after a short life or a restart."""

import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.chat.context import ChatContext

# Questions that nobody presses stay here until newer ones push them out.
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingConfirmation:
    """`work` is done once it is confirmed. `made_at`: boot time; `asked_at`: UTC seconds by Telegram's clock.

    `message_id` is the question's own message, as soon as it is known: no other one is replaced.
    """

    person_id: int
    chat_id: int
    work: "Callable[[ChatContext], Awaitable[None]]"
    made_at: float
    asked_at: float
    message_id: int | None = None


class Confirmations:
    def __init__(self, *, seconds: float, clock: Callable[[], float]) -> None:
        self.seconds = seconds
        self._clock = clock
        self._pending: OrderedDict[str, PendingConfirmation] = OrderedDict()

    def add(
        self, *, person_id: int, chat_id: int, work: "Callable[[ChatContext], Awaitable[None]]", asked_at: float
    ) -> str:
        # 96 bits, so that nobody guesses another person's question, in 16 signs that fit a button.
        token = secrets.token_urlsafe(12)
        self._pending[token] = PendingConfirmation(
            person_id=person_id, chat_id=chat_id, work=work, made_at=self._clock(), asked_at=asked_at
        )
        if len(self._pending) > MOST:
            self._pending.popitem(last=False)
        return token

    # The token is in the button, so the number of the message is known only after it was sent.
    def bind(self, token: str, message_id: int | None) -> None:
        if pending := self._pending.get(token):
            self._pending[token] = replace(pending, message_id=message_id)

    # Looking does not use it up: in a group another person may press it first, and is told that it is not theirs.
    def get(self, token: str) -> PendingConfirmation | None:
        """The confirmation while it lives; a dead one is forgotten."""
        pending = self._pending.get(token)
        if pending and self._clock() - pending.made_at > self.seconds:
            del self._pending[token]
            return None
        return pending

    def consume(self, token: str) -> None:
        self._pending.pop(token, None)
