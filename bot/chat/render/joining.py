"""What is said about coming in: by asking, and by invitation."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from bot.chat.render.locale import Locale
from bot.chat.render.words import actions
from bot.domain.events import InvitationClaimed, JoinAnswered
from bot.domain.joining import Invitation, JoinAnswer, JoinRequest
from bot.domain.people import EVERY_DOOR, SET_SIGN, Grant

ASKED_NOW = "✉️ The owners have been asked. You are told as soon as one of them answers."
ASKED_ALREADY = "The owners have been asked already. You are told as soon as one of them answers."
ASKED_TOO_SOON = "You asked a short while ago. You can ask again a day later."
ASKED_TOO_MANY = "Too many people ask at the moment. Please try again in an hour."
REFUSED = "The owners have answered: they cannot let you in. Thank you for asking."
BANNED = "The owners do not wish to be asked again. The bot will not answer you any more."
ANSWERS = {JoinAnswer.LET_IN: "let in", JoinAnswer.REFUSED: "refused", JoinAnswer.BANNED: "refused and banned"}
CHOOSE_DOORS = "Choose a door first."
DOORS_CHANGED = "The doors are not the same as when you were asked. Please choose again."
NO_REQUEST = "This request is not there any more."
NOT_LET_IN = "Nobody was let in."


def asked(name: str, username: str | None, person_id: int) -> str:
    known_as = f"@{escape(username)}, " if username else ""
    return (
        f"🙋 <b>{escape(name)}</b> ({known_as}<code>{person_id}</code>) asks to come in.\n"
        "People choose their names themselves: make sure that you know who it is."
    )


def answered(request: JoinRequest, grants: Sequence[Grant], locale: Locale, *, by_you: bool) -> str:
    """What the card says once it is answered."""
    by = "" if by_you else f" by {escape(request.answered_by or 'somebody')}"
    answer = ANSWERS[request.answer] if request.answer else "not answered"
    sign = "✅" if request.answer is JoinAnswer.LET_IN else "⛔"
    rights = f"\n{rights_of(grants, locale)}" if grants else ""
    return f"{sign} {_who(request.name, request.person_id)}: {answer}{by}.{rights}"


def answered_by_another(happened: JoinAnswered, locale: Locale) -> str:
    answer = ANSWERS.get(JoinAnswer(happened.answer), happened.answer)
    sign = "✅" if happened.answer == JoinAnswer.LET_IN else "⛔"
    doors = f"\n{_doors(happened.doors, locale)}{_until(happened.ends_at, locale)}." if happened.doors else ""
    return f"{sign} {_who(happened.of, happened.person)}: {answer} by {escape(happened.by)}.{doors}"


def came(happened: InvitationClaimed, locale: Locale) -> str:
    doors = _doors(happened.doors, locale)
    return (
        f"👋 {_who(happened.by, happened.person)} has accepted your invitation to {doors} · {locale.clock(happened.at)}"
    )


def rights_of(grants: Sequence[Grant], locale: Locale) -> str:
    """One line a right."""
    return "\n".join(f"• {door(grant.door, locale)}: {_right(grant, locale)}" for grant in grants)


def door(name: str, locale: Locale) -> str:
    if name == EVERY_DOOR:
        return "every door"
    return f"the doors of “{name.removeprefix(SET_SIGN)}”" if name.startswith(SET_SIGN) else locale.title(name)


def _right(grant: Grant, locale: Locale) -> str:
    hours = f", {grant.hours}" if grant.hours else ""
    return f"{actions(grant.actions)}{hours}{_until(grant.ends_at, locale) or ', for good'}"


def _doors(names: Sequence[str], locale: Locale) -> str:
    return ", ".join(door(name, locale) for name in names)


def _until(ends_at: datetime | None, locale: Locale) -> str:
    return f", until {locale.time(ends_at)}" if ends_at else ""


def _who(name: str, person_id: int) -> str:
    return f"<b>{escape(name)}</b> (<code>{person_id}</code>)"


def listed(invitation: Invitation, locale: Locale, *, with_inviter: bool) -> str:
    by = f", by {escape(invitation.inviter_name)}" if with_inviter else ""
    until = locale.time(invitation.expires_at)
    return f"<b>no. {invitation.id}</b>{by}, can be accepted until {until}\n{rights_of(invitation.grants, locale)}"
