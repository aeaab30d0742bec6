"""What the programs with poison share: junk of every type, and whether an owner is still served."""

import asyncio
import json
import time
from typing import Any

from tests.trials.inside import Inside
from tests.trials.world import OWNER

BATCH = 100
JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 2**70, 1e308, "", "x", "\u202e\u2066evil\u2069", "a\nb\rc\0", "\ud800", "𝔘" * 70, [], {},
    [[[[]]]], {"id": None}, {"id": "1"}, [1, "2", None], "/open front", "9" * 5000,
)  # fmt: skip
HUGE = "A" * 10_000_000


class Uncaught:
    """What reached the event loop because nobody took it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        asyncio.get_running_loop().set_exception_handler(self._note)

    def _note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.found.append(f"uncaught: {context.get('message')}: {context.get('exception')!r}"[:300])


def message(number: int, text: str) -> bytes:
    """What an owner writes."""
    command = text.partition(" ")[0]
    fields = {
        "message_id": number, "date": int(time.time()), "chat": {"id": OWNER, "type": "private"}, "text": text,
        "from": {"id": OWNER, "is_bot": False, "first_name": "Olga"},
        "entities": [{"type": "bot_command", "offset": 0, "length": len(command)}],
    }  # fmt: skip
    return json.dumps({"update_id": number, "message": fields}).encode()


async def answers(bot: Inside, number: int, *, seconds: float = 30) -> bool:
    """Whether an owner is still served."""
    bot.telegram.texts.clear()
    await bot.digest([message(number, "/whoami")], seconds)
    return any(chat == OWNER and str(OWNER) in text for chat, text in bot.telegram.texts)
