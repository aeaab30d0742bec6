"""Receiving updates: gapless polls, nothing let go too early, and updates that cannot be read."""

import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from telegram import Update
from telegram.request import RequestData

from bot.chat.telegram.answers import Json, is_number
from bot.chat.telegram.ordering import PendingUpdates
from bot.chat.telegram.requests import TelegramRequest
from bot.clock import Clock

log = logging.getLogger("latchkey.polling")

# No edited messages, or who edits an old /open runs it again; nothing from channels and guests, where nobody, or
# somebody else, stands as the sender. Telegram sends chat_member only to a bot that names it.
ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member", "chat_member"]
# Telegram's largest, and what it takes where nobody says another.
POLL_LIMIT = 100
# Telegram ends an answer near 4 MiB. One of a quarter of that already counts as cut, and then proves nothing.
FULL_BYTES = 1 << 20
# Telegram gives a single update to whoever asks the same again within half a second; the rest is the way there.
REPEATED_SECONDS = 2.0
# A poll takes ten seconds, and somewhat longer on a slow line.
FRESH_SECONDS = 30.0
# The longest that polling waits for pending updates: one chat that hangs must not keep everybody waiting.
HOLD_SECONDS = 2.0


class PollHistory:
    """What the polls so far prove: when the last one was, and how old each update can be at most."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._emptied: _Emptied | None = None
        self._after: OrderedDict[int, _Emptied | None] = OrderedDict()
        self.completed_at: float | None = None
        """Boot time of the last completed poll."""
        self.answered_at: float | None = None
        """Boot time of the last answer to a poll, errors included; or of the end of the pause that it asked for."""
        self.rejections: list[float] = []
        """Boot times at which Telegram did not know the token, without another answer in between."""

    @property
    def is_fresh(self) -> bool:
        """Whether what is said to the bot reaches it: a poll was completed just now."""
        return self.completed_at is not None and self._clock.boot() - self.completed_at <= FRESH_SECONDS

    def answered(self, *, pause_seconds: float = 0.0, is_rejected: bool = False) -> None:
        self.answered_at = self._clock.boot() + pause_seconds
        self.rejections = [*self.rejections, self._clock.boot()] if is_rejected else []

    def completed(self, update_ids: list[int], *, date: float | None, asked_at: float) -> None:
        """A poll was answered. One that was not full left nothing behind: later updates are newer than its `date`.

        `date` is None where that cannot be said. `asked_at` is the boot time at which the poll began.
        """
        for update_id in update_ids:
            # An update that comes again is no younger than when it came first.
            self._after.setdefault(update_id, self._emptied)
        # Ids are no measure of age: after a week without updates Telegram goes on with a random one.
        while len(self._after) > 10 * POLL_LIMIT:
            self._after.popitem(last=False)
        if len(update_ids) < POLL_LIMIT and date is not None:
            self._emptied = _Emptied(date, asked_at)
        self.completed_at = self._clock.boot()

    def earliest_time(self, update_id: int) -> float | None:
        """UTC seconds by Telegram's clock before which the update was not made; None: nothing is proved."""
        emptied = self._after.get(update_id)
        return emptied.date if emptied else None

    def earliest_boot(self, update_id: int) -> float | None:
        """The same as boot time, where Telegram's clock itself is in question."""
        emptied = self._after.get(update_id)
        return emptied.asked_at if emptied else None


@dataclass(frozen=True, slots=True)
class _Emptied:
    """A poll that left nothing behind: Telegram's `date` of it, and the boot time at which it began."""

    date: float
    asked_at: float


class PollingRequest(TelegramRequest):
    """The connection of getUpdates: notes what each completed poll proves, and empties what cannot be read."""

    def __init__(self, clock: Clock, polls: PollHistory, pending: PendingUpdates, **options: Any) -> None:
        super().__init__(clock, **options)
        self._polls = polls
        self._pending = pending
        self._asked: tuple[object, float] = (None, float("-inf"))
        """The offset of the last poll, and the boot time at which it was asked."""
        self._is_repeated = False

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        # Asking for more tells Telegram to forget what it sent before. So that waits until all of it is dealt with: an
        # update that is pending when the bot dies comes again.
        if not await self._pending.emptied(HOLD_SECONDS):
            log.warning("updates are still being dealt with; polling goes on without waiting for them")
        self._is_repeated = self._repeats(request_data.parameters.get("offset") if request_data else None)
        return await super().do_request(url, method, request_data, *args, **kwargs)

    def read(self, method: str, status: int, body: bytes) -> tuple[int, Json]:
        status, answer = super().read(method, status, body)
        is_rejected = status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND)
        pause = answer.get("parameters", {}).get("retry_after", 0.0)
        self._polls.answered(pause_seconds=pause, is_rejected=is_rejected)
        if is_rejected:
            # The library would end polling for good at the first of these; the watchdog counts them instead.
            return HTTPStatus.INTERNAL_SERVER_ERROR, answer
        if status == HTTPStatus.OK:
            self._receive(answer["result"], len(body))
        return status, answer

    def _receive(self, updates: list[Json], size: int) -> None:
        # Telegram also ends an answer near 4 MiB or, for a hasty repetition, after one; then something may be left.
        is_cut = size >= FULL_BYTES or (self._is_repeated and len(updates) == 1)
        numbers = [update["update_id"] for update in updates]
        self._polls.completed(numbers, date=None if is_cut else self.date, asked_at=self._asked[1])
        self._pending.take(numbers)
        # In place: this very list goes on to the library.
        updates[:] = [self._read_update(update) for update in updates]

    def _read_update(self, update: Json) -> Json:
        number: int = update["update_id"]
        parsed = parse(update)
        if parsed is None:
            log.warning("update %d cannot be read and is passed over", number)
            # Its number is kept, so that Telegram is told to forget it. It would otherwise fail its batch for ever.
            return {"update_id": number}
        if parsed.message:
            self._clock.message_date(
                parsed.message.date.timestamp(),
                made_after=self._polls.earliest_boot(number),
                received=self._clock.boot(),
            )
        return update

    def _repeats(self, offset: object) -> bool:
        """Whether the same was asked a moment ago, as after a poll that failed at once."""
        before, now = self._asked, self._clock.boot()
        self._asked = offset, now
        return before[0] == offset and now - before[1] < REPEATED_SECONDS


def parse(update: Json) -> Update | None:
    """What the library makes of the update; None if it cannot be used, whatever is wrong with it."""
    try:
        parsed = Update.de_json(update, None)
        return parsed if _is_sound(parsed) else None
    except Exception:  # noqa: BLE001 - whatever a malformed update does to the library
        return None


def _is_sound(update: Update) -> bool:
    # The library takes any type for any field. Order, rights and answers all hang on these few.
    query, message = update.callback_query, update.effective_message
    ids = [who.id for who in (update.effective_user, update.effective_chat) if who is not None]
    ids += [message.message_id, message.chat.id] if message else []
    if update.message and not isinstance(update.message.date, datetime):
        return False
    texts = [message.text if message else None, query.data if query else None]
    # JSON can spell half a character, which nothing can store or send: encode() fails for it.
    return all(map(is_number, ids)) and all(text is None or text.encode() is not None for text in texts)
