"""Telegram that is heard, polled or answered wrongly."""

import json
from typing import Any

import bot.app
import bot.chat.dispatcher
import bot.chat.telegram.answers
import bot.chat.telegram.outbox
import bot.chat.telegram.requests
import bot.chat.telegram.watchdog
import bot.control.decision
import bot.control.execution
import bot.health
from bot.chat.telegram import limits
from bot.chat.telegram.connection import TelegramConnection
from bot.chat.telegram.ordering import PendingUpdates
from bot.chat.telegram.polling import PollingRequest
from bot.chat.telegram.watchdog import Watchdog
from bot.health import Health, Heartbeat
from storage.outbox import StoredOutbox
from tests.trials.patching import instead, replace


def second_hand_counts() -> None:
    """Obeys what was forwarded, scheduled or sent through another bot, or in the name of a channel."""
    replace(bot.chat.dispatcher, "is_second_hand", lambda message: False)
    replace(bot.chat.dispatcher, "person_of", lambda message: message.from_user)


def updates_unread() -> None:
    """Hands every update on as it is, whether the library can read it or not."""
    replace(PollingRequest, "_read_update", lambda self, update: update)


def answers_unread() -> None:
    """Hands every answer of Telegram's on as it is."""
    replace(bot.chat.telegram.requests, "read_answer", lambda method, status, body: json.loads(body))


def forgotten_too_soon() -> None:
    """Asks for more at once, which lets Telegram forget what is not on record yet."""

    async def emptied(self: PendingUpdates, seconds: float) -> bool:
        return True

    replace(PendingUpdates, "emptied", emptied)


def watchdog_asleep() -> None:
    instead(Watchdog, "check")


def always_healthy() -> None:
    """Leaves a heartbeat that tells of a poll just completed."""
    original = Heartbeat.write

    def write(self: Heartbeat, health: Health, *, boot: float, wall: float, last_poll: float | None) -> None:
        original(self, Health(True, "all is well"), boot=boot, wall=wall, last_poll=boot)

    replace(Heartbeat, "write", write)


def no_network_is_fatal() -> None:
    async def once(self: TelegramConnection, step: Any) -> None:
        await step()

    replace(TelegramConnection, "_until_reached", once)


def second_bot_ignored() -> None:
    replace(Watchdog, "failed", lambda self, error: None)


def pauses_without_end() -> None:
    """Keeps every pause that Telegram asks for, however long."""
    replace(bot.chat.telegram.answers, "LONGEST_PAUSE_SECONDS", {"getUpdates": 1e9})


def messages_dropped_first() -> None:
    """Takes a message out of the outbox before it is delivered."""
    original = StoredOutbox.next_per_chat

    async def next_per_chat(self: StoredOutbox, **when: Any) -> Any:
        messages = await original(self, **when)
        for message in messages:
            await self.remove(message.id)
        return messages

    replace(StoredOutbox, "next_per_chat", next_per_chat)


def notices_go_first() -> None:
    """Lets notices use up what Telegram allows in a chat, so that answers wait for them."""
    for name in ("IN_A_CHAT", "IN_A_GROUP", "AFTER_A_START", "OVERALL"):
        limit = getattr(limits, name)
        replace(limits, name, limits.Limit(limit.replies, limit.replies, limit.seconds))


def notices_cut_off() -> None:
    """Stops in the middle of a message, and does not wait to learn whether it arrived."""

    async def at_once(work: Any) -> Any:
        return await work

    replace(bot.chat.telegram.outbox, "_to_its_end", at_once)
