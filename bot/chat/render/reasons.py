"""Why somebody may do something at a door or may not, and who may."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from bot.chat.render import people as texts
from bot.chat.render.locale import Locale
from bot.chat.render.words import USE
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.people import Grant
from bot.domain.policy import Verdict
from bot.domain.register import Holder, Holders

USAGE_WHY = (
    "Write it like this: <code>/why front</code> for yourself, <code>/why Anna front</code> for somebody else,"
    " <code>/why Anna front sat 22:00</code> for another time. Other actions than open: <code>/why front pin</code>."
)
ONLY_YOURSELF = (
    "About yourself you ask with <code>/why front</code>. Owners and managers can ask about others, in private."
)
USAGE_WHO = "Which door? Write it like this: <code>/who front</code>"
YOU = "You"

REASONS = {
    DenialReason.STRANGER: "not on the list",
    DenialReason.NO_RIGHT: "there is no right to that",
    DenialReason.EXPIRED: "the right has ended",
    DenialReason.NOT_YET: "the right has not begun",
    DenialReason.OUTSIDE_HOURS: "that is outside the hours of the right",
    DenialReason.USED_UP: "every use of the right is used up",
    DenialReason.SUSPENDED: "suspended",
    DenialReason.NEEDS_APPROVAL: "the right asks first: somebody else has to say yes",
    DenialReason.NEEDS_SECOND_FACTOR: "it wants a code of the second factor",
    DenialReason.OWNERS_ONLY: "only owners may",
    DenialReason.LOCKDOWN: "the door is locked down, and only owners open it",
}


def why(
    name: str,
    door: str,
    action: Action,
    verdict: Verdict,
    at: datetime | None,
    sponsors: dict[int, str],
    locale: Locale,
) -> str:
    when = f" on {locale.time(at)}" if at else " now"
    who = escape(name)
    if verdict.allowed:
        held = verdict.grant and right(verdict.grant, sponsors, locale)
        by = f".\nThe right: {held}" if held else ": an owner has every right"
        until = f"\nIt holds until {locale.time(verdict.ends_at)}." if verdict.ends_at else ""
        return f"✅ {who} may {USE[action]} {locale.title(door)}{when}{by}.{until}"
    if verdict.reason is DenialReason.NEEDS_SECOND_FACTOR:
        return f"🔐 {who} may {USE[action]} {locale.title(door)}{when}, with a code of the second factor."
    reason = REASONS.get(verdict.reason or DenialReason.NO_RIGHT, "no")
    nearest = f"\nThe right that comes nearest: {right(verdict.grant, sponsors, locale)}." if verdict.grant else ""
    opens = f"\nIt opens next: {locale.time(verdict.opens_at)}." if verdict.opens_at else ""
    return f"⛔ {who} may not {USE[action]} {locale.title(door)}{when}: {reason}.{nearest}{opens}"


def others(verdicts: Iterable[tuple[Grant, Verdict]], sponsors: dict[int, str], locale: Locale) -> list[str]:
    """Every other right to the door and action, with what becomes of it."""
    return [f"• {right(grant, sponsors, locale)}: {_said(verdict)}" for grant, verdict in verdicts]


def _said(verdict: Verdict) -> str:
    return "holds" if verdict.allowed else REASONS.get(verdict.reason or DenialReason.NO_RIGHT, "no")


def right(grant: Grant | None, sponsors: dict[int, str], locale: Locale) -> str:
    if grant is None:
        return "none"
    members = "as a member of a group, " if grant.chat_id is not None else ""
    return (
        f"{members}{texts.right(grant, locale)} (from {escape(sponsors.get(grant.granted_by, str(grant.granted_by)))})"
    )


def holders(door: str, found: Holders, owners: int, groups: dict[int, str], locale: Locale) -> list[str]:
    """A line a person, under a heading a kind."""
    lines = [f"Who may open {locale.title(door)}, besides {owners} owner{'' if owners == 1 else 's'}:"]
    for heading, some in (
        ("Now", found.now),
        ("Otherwise within a week", found.this_week),
        ("Ends within a week", found.ends_soon),
        ("Not used for 90 days", found.unused),
    ):
        lines += [f"<b>{heading}</b> ({len(some)})", *_named(some, groups, locale)] if some else []
    return lines if len(lines) > 1 else [*lines, "Nobody."]


def _named(some: Sequence[Holder], groups: dict[int, str], locale: Locale) -> list[str]:
    return [f"• {_who(one, groups)}{_when(one.verdict, locale)}" for one in some]


def _who(holder: Holder, groups: dict[int, str]) -> str:
    if holder.person:
        return escape(holder.person.name)
    return f"members of {escape(groups.get(holder.chat_id or 0, 'a group'))}"


def _when(verdict: Verdict, locale: Locale) -> str:
    if verdict.opens_at:
        return f", from {locale.time(verdict.opens_at)}"
    if verdict.reason is DenialReason.NEEDS_APPROVAL:
        return ", asks first"
    if verdict.reason is DenialReason.NEEDS_SECOND_FACTOR:
        return ", with a second factor"
    return f", until {locale.time(verdict.ends_at)}" if verdict.ends_at else ""
