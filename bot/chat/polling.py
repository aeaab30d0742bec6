"""Receiving updates: Telegram's clock, gapless polls, nothing let go too early, and poisonous updates."""

import json
import logging
from collections import OrderedDict
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from telegram import Update
from telegram.request import HTTPXRequest, RequestData

from bot.chat.shape import is_sound
from bot.chat.turns import InHand
from bot.clock import Clock

log = logging.getLogger("latchkey.polling")

ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"]
POLL_LIMIT = 100
FULL_BYTES = 1 << 20
REPEATED_SECONDS = 2.0
"""Telegram gives a single update to whoever asks the same again within half a second: with room for the way there."""
HOLD_SECONDS = 2.0
"""The longest that polling waits for what is in hand: one chat that hangs must not keep everybody waiting."""


class Polls:
    """What the completed polls prove: when the last one was, and since when each update can have been made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._emptied_at: float | None = None
        self._since: OrderedDict[int, float | None] = OrderedDict()
        self.completed_at: float | None = None
        """Boot time of the last completed poll."""
        self.answered_at: float | None = None
        """Boot time of the last answer to a poll, were it an error; or of the end of the pause that it asked for."""

    def answered(self, *, pause_seconds: float = 0.0) -> None:
        self.answered_at = self._clock.boot() + pause_seconds

    def completed(self, update_ids: list[int], date: float | None) -> None:
        """A poll was answered. One that was not full left nothing behind: later updates are newer than its `date`.

        `date` is None where that cannot be said.
        """
        for update_id in update_ids:
            # An update that comes again is no younger than when it came first.
            self._since.setdefault(update_id, self._emptied_at)
        while len(self._since) > 10 * POLL_LIMIT:
            self._since.popitem(last=False)
        if len(update_ids) < POLL_LIMIT and date is not None:
            self._emptied_at = date
        self.completed_at = self._clock.boot()

    def made_after(self, update_id: int) -> float | None:
        """UTC seconds by Telegram's clock before which the update was not made; None: nothing is proved."""
        return self._since.get(update_id)


class StampingRequest(HTTPXRequest):
    """Takes the time from the `Date` header of every answer of Telegram's."""

    def __init__(self, clock: Clock, **options: Any) -> None:
        self._clock = clock
        self.date: float | None = None
        """The `Date` of the last answer, in UTC seconds."""
        kwargs = dict(options.pop("httpx_kwargs", None) or {})
        hooks = {"request": [self._before], "response": [self._after]}
        super().__init__(httpx_kwargs=kwargs | {"event_hooks": hooks}, **options)

    async def _before(self, request: httpx.Request) -> None:
        request.extensions["sent"] = self._clock.boot()

    async def _after(self, response: httpx.Response) -> None:
        self.date = _date(response)
        if self.date is not None:
            self._clock.stamp(self.date, sent=response.request.extensions["sent"], received=self._clock.boot())


class PollingRequest(StampingRequest):
    """The connection of getUpdates: notes what each completed poll proves, and takes out what cannot be parsed.

    One update that the library cannot read would otherwise fail its whole batch, again and again, for ever.
    Asking for more tells Telegram to forget what it sent before, so that is put off until all of it is dealt with:
    what is in hand when the bot dies comes again.
    """

    def __init__(self, clock: Clock, polls: Polls, in_hand: InHand, **options: Any) -> None:
        super().__init__(clock, **options)
        self._polls = polls
        self._in_hand = in_hand
        self._asked: tuple[object, float] | None = None
        """The offset of the last poll, and the boot time at which it was asked."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        if not await self._in_hand.emptied(HOLD_SECONDS):
            log.warning("updates are still being dealt with; polling goes on without waiting for them")
        is_repeated = self._repeats(request_data.parameters.get("offset") if request_data else None)
        status, payload = await super().do_request(url, method, request_data, *args, **kwargs)
        self._polls.answered(pause_seconds=_pause(payload) if status == httpx.codes.TOO_MANY_REQUESTS else 0.0)
        if status != httpx.codes.OK:
            return status, payload
        received = _received(payload)
        if received is None:
            return status, payload
        updates = [item for item in received if isinstance(item, dict) and isinstance(item.get("update_id"), int)]
        # Telegram also ends an answer near 4 MiB or, for a hasty repetition, after one; then something may be left.
        is_cut = len(payload) >= FULL_BYTES or (is_repeated and len(updates) == 1)
        emptied = None if is_cut else self.date
        numbers = [update["update_id"] for update in updates]
        self._polls.completed(numbers, emptied)
        self._in_hand.take(numbers)
        readable = [update if _is_readable(update) else {"update_id": update["update_id"]} for update in updates]
        return status, payload if readable == received else json.dumps({"ok": True, "result": readable}).encode()

    def _repeats(self, offset: object) -> bool:
        """Whether the same was asked a moment ago, as after a poll that failed at once."""
        before, now = self._asked, self._clock.boot()
        self._asked = offset, now
        return before is not None and before[0] == offset and now - before[1] < REPEATED_SECONDS


def _date(response: httpx.Response) -> float | None:
    try:
        return parsedate_to_datetime(response.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return None


def _pause(payload: bytes) -> float:
    """For how long Telegram does not want to be asked."""
    try:
        return float(json.loads(payload)["parameters"]["retry_after"])
    except (ValueError, KeyError, TypeError):
        return 0.0


def _received(payload: bytes) -> list[Any] | None:
    try:
        answer = json.loads(payload)
    except ValueError:
        return None
    if not isinstance(answer, dict) or not isinstance(answer.get("result"), list):
        return None
    return list(answer["result"])


def _is_readable(update: dict[str, Any]) -> bool:
    try:
        sound = is_sound(update) and Update.de_json(update, None) is not None
    except Exception:  # noqa: BLE001 - whatever a malformed update does to the parser
        sound = False
    if not sound:
        log.warning("update %d cannot be read and is passed over", update["update_id"])
    return sound
