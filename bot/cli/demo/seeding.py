"""What the people say before anybody looks, so that the demo opens on a house that is lived in."""

from simulators.demo.house import GRETA, GROUP, MAX, OLGA, DemoPerson
from simulators.telegram import TelegramSimulator

PATIENCE_SECONDS = 30.0


async def seed(telegram: TelegramSimulator) -> None:
    """Olga lets people in with the bot's own commands; TimeoutError if the bot does not answer."""
    await _ask(telegram, OLGA, "/notify on")
    await _let_in(telegram, MAX, "Moved in! May I have a key?", "/allow * all")
    await _let_in(telegram, GRETA, "I will be there tomorrow, can I park inside?", "/allow garage open,status 1d")


async def _let_in(telegram: TelegramSimulator, person: DemoPerson, plea: str, command: str) -> None:
    telegram.say(person.id, plea, chat=GROUP)
    asked = max(telegram.chat(GROUP).messages)
    await _ask(telegram, OLGA, command, reply_to=asked)


async def _ask(telegram: TelegramSimulator, person: DemoPerson, command: str, *, reply_to: int | None = None) -> None:
    since = len(telegram.log.events)
    telegram.say(person.id, command, chat=GROUP, reply_to_message_id=reply_to)
    await telegram.wait_for_event(
        "message", since=since, chat=GROUP, fits=lambda event: bool(event.detail["message"]["from"]["is_bot"]),
        seconds=PATIENCE_SECONDS,
    )  # fmt: skip
