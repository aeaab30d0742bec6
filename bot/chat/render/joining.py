"""What is said about coming in: by asking, and by invitation."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from bot.chat.render.locale import Locale
from bot.chat.render.people import conditions, who
from bot.chat.render.words import actions
from bot.domain.doors import Door
from bot.domain.events import InvitationClaimed, JoinAccepted, JoinAnswered
from bot.domain.joining import ClaimRefusal, Invitation, JoinAnswer, JoinRequest
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
CHOOSE = "✉️ A link that lets one person in. Which doors, and for how long?"
WHO_COMES = "Who shall come in? Choose somebody below, or share a contact here."
MAY_BE_OLD = "That press may be an old one. Do it now?"
NO_DOOR_TO_GIVE = "There is no door to which you can invite anybody at the moment."
LINK_LOST = "An invitation was made, but Telegram did not take the link: revoke it in /invites and make another one."
TAKEN_BACK = "✅ What the invitation gave them is taken back. /invite makes another link."
NOTHING_TO_TAKE = "They have none of these rights any more."
INVITATIONS = "✉️ Links that can still be used:"
NO_INVITATIONS = "There is no link that can still be used. /invite makes one."
BANS = "🚫 These people may not ask to come in:"
NO_BANS = "Nobody is banned."
CLAIM_REFUSALS = {
    ClaimRefusal.UNKNOWN: "This link is not one that the bot knows. Please ask whoever sent it for a new one.",
    ClaimRefusal.TAKEN: "Somebody has used this link already, and it works once. Please ask for one of your own.",
    ClaimRefusal.ALREADY_YOURS: "You used this link already, and what it gave has ended. Please ask for another one.",
    ClaimRefusal.EXPIRED: "This link has ended. Please ask whoever sent it for a new one.",
    ClaimRefusal.REVOKED: "This link was taken back. Please ask whoever sent it.",
    ClaimRefusal.BANNED: "This link cannot let you in. Please ask whoever sent it.",
    ClaimRefusal.WITHDRAWN: "Whoever sent this link cannot let people in any more. Please ask an owner.",
    ClaimRefusal.OWN: "The link works, and it is still unused: send it to the person who shall come in.",
}


def asked(name: str, username: str | None, person_id: int) -> str:
    known_as = f"@{escape(username)}, " if username else ""
    return (
        f"🙋 <b>{escape(name)}</b> ({known_as}<code>{person_id}</code>) asks to come in.\n"
        "People choose their names themselves: make sure that you know who it is."
    )


def answered(request: JoinRequest, grants: Sequence[Grant], locale: Locale, *, by_you: bool) -> str:
    """What the card says once it is answered."""
    by = f" by {escape(request.answered_by)}" if request.answered_by and not by_you else ""
    answer = ANSWERS[request.answer] if request.answer else "not answered"
    sign = "✅" if request.answer is JoinAnswer.LET_IN else "⛔"
    rights = f"\n{rights_of(grants, locale)}" if grants else ""
    return f"{sign} {who(request.name, request.person_id)}: {answer}{by}.{rights}"


def answered_by_another(happened: JoinAnswered, locale: Locale) -> str:
    answer = ANSWERS.get(JoinAnswer(happened.answer), happened.answer)
    sign = "✅" if happened.answer == JoinAnswer.LET_IN else "⛔"
    doors = f"\n{_doors(happened.doors, locale)}{_until(happened.ends_at, locale)}." if happened.doors else ""
    by = f" by {escape(happened.by)}" if happened.by else ""
    return f"{sign} {who(happened.of, happened.person)}: {answer}{by}.{doors}"


def let_in(happened: JoinAccepted, locale: Locale) -> str:
    doors = f"{_doors(happened.doors, locale)}{_until(happened.ends_at, locale)}"
    return f"👋 You are let in: {doors}. /start shows your doors."


def came(happened: InvitationClaimed, locale: Locale) -> str:
    doors = _doors(happened.doors, locale)
    return (
        f"👋 {who(happened.by, happened.person)} has accepted your invitation to {doors} · {locale.clock(happened.at)}"
    )


def rights_of(grants: Sequence[Grant], locale: Locale) -> str:
    """One line a right."""
    return "\n".join(f"• {door(grant.door, locale)}: {_right(grant, locale)}" for grant in grants)


def door(name: str, locale: Locale) -> str:
    if name == EVERY_DOOR:
        return "every door"
    return f"the doors of “{name.removeprefix(SET_SIGN)}”" if name.startswith(SET_SIGN) else locale.title(name)


def _right(grant: Grant, locale: Locale) -> str:
    kept = conditions(grant, locale)
    return ", ".join([actions(grant.actions), *kept, *([] if grant.ends_at else ["for good"])])


def _doors(names: Sequence[str], locale: Locale) -> str:
    return ", ".join(door(name, locale) for name in names)


def _until(ends_at: datetime | None, locale: Locale) -> str:
    return f", until {locale.time(ends_at)}" if ends_at else ""


def listed(invitation: Invitation, locale: Locale, *, with_inviter: bool) -> str:
    by = f", by {escape(invitation.inviter_name)}" if with_inviter else ""
    until = locale.time(invitation.expires_at)
    return f"<b>no. {invitation.id}</b>{by}, can be accepted until {until}\n{rights_of(invitation.grants, locale)}"


def invitation(made: Invitation, link: str, locale: Locale) -> str:
    """Under the picture of the link."""
    return (
        f"✉️ <b>Invitation no. {made.id}</b>, for one person:\n{rights_of(made.grants, locale)}\n"
        f"It can be accepted until {locale.time(made.expires_at)}, by whoever opens it first:\n{escape(link)}"
    )


def to_pass_on(ends_at: datetime | None, locale: Locale) -> str:
    """Goes to the guest together with the link, without marks."""
    # It names no door: whoever it is sent to by mistake learns nothing of the house.
    until = f" It lets you in until {locale.time(ends_at)}." if ends_at else ""
    return f"This is your invitation: open the link and press Start.{until} It works once, so keep it to yourself."


def made_below(number: int) -> str:
    return f"✉️ Invitation no. {number} is below. Send it to one person. /invites takes it back."


def welcome(name: str, grants: Sequence[Grant], locale: Locale) -> str:
    return f"👋 Welcome, <b>{escape(name)}</b>. You can use:\n{rights_of(grants, locale)}"


def what_may(name: str, person_id: int) -> str:
    return f"{who(name, person_id)}: which doors, and for how long?"


def until_when(doors: Sequence[Door]) -> str:
    return f"✉️ {', '.join(f'<b>{escape(door.title)}</b>' for door in doors)}"


def given(name: str, person_id: int, grants: Sequence[Grant], locale: Locale) -> str:
    return f"✅ {who(name, person_id)}:\n{rights_of(grants, locale)}"


def you_may(grants: Sequence[Grant], locale: Locale) -> str:
    return f"👋 You have new rights:\n{rights_of(grants, locale)}\n/start shows your doors."


def revoked(number: int) -> str:
    return f"✅ Invitation no. {number} is taken back: its link lets nobody in."


def not_revocable(number: int) -> str:
    return f"Invitation no. {number} could not be taken back: it was used, taken back or ended already."
