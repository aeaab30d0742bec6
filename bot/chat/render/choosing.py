"""What is said while somebody chooses a person or a right."""

from collections.abc import Sequence
from html import escape

NOT_A_PERSON = "That is not a person who can be let in: it is a bot, a channel or an anonymous admin."
NOT_ON_TELEGRAM = "That contact has no Telegram account that the bot could know. Send them an invitation: /invite"
MOST_NAMES = 10


def not_met(said: str) -> str:
    return (
        f"The bot knows nobody called “{escape(said[:40])}”: by name it finds people who are on the list or ask to come"
        " in. Write the number, answer a message of theirs, share their contact, or send them an invitation: /invite"
    )


def several_people(found: Sequence[tuple[str, int]]) -> str:
    """`found`: their names and ids."""
    named = [f"• {escape(name)}: <code>{person_id}</code>" for name, person_id in found[:MOST_NAMES]]
    more = [f"… and {len(found) - MOST_NAMES} more"] if len(found) > MOST_NAMES else []
    return "\n".join(["Several people are called that. Nothing was done. Write the number instead:", *named, *more])
