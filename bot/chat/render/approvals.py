"""Asking to open: the question, what became of it, and who is told what."""

from html import escape

from bot.chat.render.locale import Locale
from bot.chat.render.people import who
from bot.domain.approvals import Approval, ApprovalAnswer
from bot.domain.events import ApprovalAnswered, ApprovalAsked, ApprovalClosed
from bot.domain.people import Grant

NOW = "✋ The question is on its way to those who can say yes. They have 2 minutes, and you hear of it here."
ALREADY = "They have been asked already, and have not answered yet."
TOO_OFTEN = "That was asked often enough for now. Please wait ten minutes, or call somebody."
NOBODY = "There is nobody besides you who could say yes. Please talk to an owner."
NOT_NEEDED = "You need not ask any more: you may open it."
NO_SUCH = "This question is not there any more."
ONE_MORE = "✅ Your yes is noted. Another one has to say yes, too."
ALLOWED = {ApprovalAnswer.ONCE: "allowed once", ApprovalAnswer.HOUR: "allowed for 1 h"}
ANSWERS = {
    **ALLOWED,
    ApprovalAnswer.REFUSED: "refused",
    ApprovalAnswer.EXPIRED: "nobody answered in time",
    ApprovalAnswer.LAPSED: "nothing was allowed, as something has changed meanwhile",
}


def asked(happened: ApprovalAsked, locale: Locale) -> str:
    two = f"\n{happened.votes_needed} people have to say yes." if happened.votes_needed > 1 else ""
    return (
        f"✋ {who(happened.by, happened.person)} asks you to have {locale.title(happened.door)} opened.\n"
        f"The question ends at {locale.clock(happened.expires_at)}.{two}"
    )


def answered(happened: ApprovalAnswered, locale: Locale) -> str:
    """For whoever asked."""
    # Their name comes first, as it is said where they asked, and that may be a group.
    name, door, by = escape(happened.of), locale.title(happened.door), escape(happened.by or "somebody")
    match happened.answer:
        case ApprovalAnswer.REFUSED:
            return f"⛔ {name}: {by} says no. {door} stays as it is."
        case ApprovalAnswer.EXPIRED:
            return f"⏱ {name}: nobody answered in time. {door} stays as it is. You can ask again, or call somebody."
        case ApprovalAnswer.LAPSED:
            return f"⛔ {name}: your right to {door} has changed meanwhile, so nothing was allowed."
    once = " once" if happened.uses_left == 1 else ""
    until = f" until {locale.clock(happened.ends_at)}" if happened.ends_at else ""
    return f"✅ {name}: {by} says yes. You may open {door}{once}{until}."


def closed(happened: ApprovalClosed, locale: Locale) -> str:
    """On the copies of the question."""
    return _closed(happened.of, happened.person, happened.door, happened.answer, happened.by, locale)


def said(approval: Approval, grant: Grant | None, locale: Locale, *, by_you: bool) -> str:
    """On the copy of whoever answered."""
    answer, by = approval.answer or ApprovalAnswer.EXPIRED, None if by_you else approval.answered_by
    text = _closed(approval.person_name, approval.person_id, approval.door, answer, by, locale)
    return f"{text}\nUntil {locale.clock(grant.ends_at)}." if grant and grant.ends_at else text


def _closed(name: str, person_id: int, door: str, answer: ApprovalAnswer, by: str | None, locale: Locale) -> str:
    sign = "✅" if answer in ALLOWED else "⛔"
    # Whoever said yes to a right that was gone by then has allowed nothing.
    named = f" by {escape(by)}" if by and answer is not ApprovalAnswer.LAPSED else ""
    return f"{sign} {who(name, person_id)} at {locale.title(door)}: {ANSWERS[answer]}{named}."
