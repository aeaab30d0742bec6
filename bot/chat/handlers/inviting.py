"""/invite and /invites, and what happens when somebody opens the link."""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import segno
from telegram import InlineKeyboardMarkup
from telegram.helpers import create_deep_linked_url

from bot.access.changes import ends_of
from bot.access.invitations import MadeInvitation
from bot.chat import buttons, paging
from bot.chat.button_data import PageTurn, read_number
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.handlers import choosing_right, home
from bot.chat.handlers.naming import no_such_door, resolve_door_and_rest
from bot.chat.joining_buttons import For
from bot.chat.paging import Item
from bot.chat.render import codes, joining, labels, questions
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Attachment, Content
from bot.domain.doors import Door, NoSuchDoor
from bot.domain.durations import NotADuration, parse_span
from bot.domain.events import InvitationClaimed
from bot.domain.joining import ClaimRefusal
from bot.domain.people import Grant

INVITATIONS, REVOKE, BANS, TAKE_BACK = "invites", "uninvite", "bans", "notthem"


async def invite(chat: ChatContext) -> None:
    """/invite [door [LENGTH|END]], always answered in private: whoever sees the link can use it."""
    door, ends_at = _door_and_end(chat) if chat.words else (None, None)
    if door and ends_at:
        await invite_to(chat, subject=0, rights=choosing_right.grants(chat, [door], ends_at))
    else:
        reply = chat.private_reply()
        await choose(chat, [door] if door else (), reply=reply)
        await chat.say_where(reply)


def _door_and_end(chat: ChatContext) -> tuple[Door, datetime | None]:
    doors = choosing_right.offered_doors(chat)

    def read(text: str) -> datetime | None:
        now = datetime.fromtimestamp(chat.asked_at, UTC)
        return now + parse_span(text, now=now, zone=chat.services.zone).length if text else None

    try:
        return resolve_door_and_rest(chat.words, doors, read)
    except NoSuchDoor as nowhere:
        raise no_such_door(nowhere.said or chat.words, doors) from None
    except NotADuration as error:
        own = chat.words.removesuffix(error.said).strip()
        raise NotUnderstood(questions.wrong_length(error, questions.example("invite", own, "3d"))) from None


async def choose(chat: ChatContext, chosen: Sequence[Door] = (), *, reply: Reply | None = None) -> None:
    doors = choosing_right.offered_doors(chat)
    begun = choosing_right.begin(For.INVITATION, 0, doors, chosen)
    content = Content(joining.CHOOSE, choosing_right.keyboard(doors, begun, rooms(chat)))
    await (reply or chat.private_reply()).finish(content if doors else Content(joining.NO_DOOR_TO_GIVE))


def rooms(chat: ChatContext) -> list[tuple[str, str, str]]:
    """What there is about invitations besides making one."""
    banned = [(labels.BANNED, BANS, "")] if chat.is_owner else []
    return [(labels.OPEN_LINKS, INVITATIONS, ""), *banned]


async def invite_to(chat: ChatContext, *, subject: int, rights: list[Grant]) -> None:
    """Make the link and send it with its picture; the screen that was pressed stays where it is."""
    made = await chat.services.invitations.make(caller=chat.person_id, caller_name=chat.person_name, grants=rights)
    is_delivered = await _send_link(chat, made)
    if chat.replaces is not None:
        await chat.say(joining.made_below(made.invitation.id) if is_delivered else joining.LINK_LOST)
    elif not chat.is_private:
        await chat.say(codes.SENT_PRIVATELY if is_delivered else codes.NOT_SENT_PRIVATELY)


async def _send_link(chat: ChatContext, made: MadeInvitation) -> bool:
    link = create_deep_linked_url(chat.bot.username, made.token)
    text = joining.invitation(made.invitation, link, chat.locale)
    keyboard = buttons.keyboard([
        buttons.pass_on_row(labels.SEND_ON, link, joining.to_pass_on(ends_of(made.invitation.grants), chat.locale)),
        buttons.data_row([_revoke(made.invitation.id)]),
    ])  # fmt: skip
    return await send_with_picture(chat, link, text, keyboard, lost=joining.LINK_LOST)


async def send_with_picture(
    chat: ChatContext, link: str, text: str, keyboard: InlineKeyboardMarkup | None, *, lost: str
) -> bool:
    """`lost` is said later where Telegram does not take the link now."""
    # Drawing takes a moment, and doors do not wait for it.
    picture = await asyncio.to_thread(draw, link)
    if await chat.send_file(Attachment("invitation.png", picture, text, is_picture=True, keyboard=keyboard)):
        return True
    # The link must not wait on the disk for Telegram.
    reply = chat.message_to(chat.person_id)
    await reply.finish(Content(text, keyboard, fallback=lost))
    return reply.is_delivered


def draw(link: str) -> bytes:
    """The link as a QR code."""
    paper = io.BytesIO()
    # Level M still reads with 15 % of it covered, and four modules of border are what the standard wants. Many cameras
    # do not know Micro QR.
    segno.make(link, error="m", micro=False).save(paper, kind="png", scale=8, border=4)
    return paper.getvalue()


def _revoke(number: int) -> tuple[str, PageTurn]:
    return labels.revoke_invitation(number), PageTurn(REVOKE, 0, str(number))


async def invitations(chat: ChatContext) -> None:
    reply = chat.private_reply()
    await show_invitations(chat, reply=reply)
    await chat.say_where(reply)


async def show_invitations(
    chat: ChatContext, page: int = 0, argument: str = "", *, reply: Reply | None = None, above: str = ""
) -> None:
    """The links that can still be used: one's own, for owners everybody's. `above`: what came of the last press."""
    items = []
    for one in await chat.services.invitations.open(chat.person_id):
        text = joining.listed(one, chat.locale, with_inviter=one.invited_by != chat.person_id)
        items.append(Item(text, buttons.data_row([_revoke(one.id)])))
    head = joining.INVITATIONS if items else joining.NO_INVITATIONS
    text, keyboard = paging.show(f"{above}\n\n{head}" if above else head, items, view=INVITATIONS, page=page)
    await (reply or chat.private_reply()).finish(Content(text, keyboard))


async def revoke(chat: ChatContext, argument: str) -> None:
    """The button under a link, or in the list."""
    number = read_number(argument)
    is_revoked = await chat.services.invitations.revoke(caller=chat.person_id, invitation_id=number)
    above = joining.revoked(number) if is_revoked else joining.not_revocable(number)
    await show_invitations(chat, above=above)


def take_back_keyboard(claimed: InvitationClaimed) -> InlineKeyboardMarkup:
    """Under the message that says who came."""
    # A link works for whoever opens it first, so one that went to the wrong person is repaired in one touch.
    argument = ".".join(map(str, claimed.grants))
    return InlineKeyboardMarkup([buttons.data_row([(labels.NOT_THEM, PageTurn(TAKE_BACK, 0, argument))])])


async def take_back(chat: ChatContext, argument: str) -> None:
    numbers = [read_number(part) for part in argument.split(".")]
    taken = await chat.services.people.take(caller=chat.person_id, grant_ids=numbers)
    await chat.say(joining.TAKEN_BACK if taken else joining.NOTHING_TO_TAKE)


async def claim(chat: ChatContext, token: str) -> None:
    """Somebody opened a link."""
    # Nobody can guess a token of 128 bits. Whoever tries all the same is not answered.
    if not chat.services.limits.claims.allows(chat.person_id):
        return
    claimed = await chat.services.invitations.claim(token, person_id=chat.person_id, name=chat.person_name)
    if claimed.refusal in (None, ClaimRefusal.ALREADY_YOURS):
        rights = await chat.services.people.rights(chat.person_id)
        if rights.known:
            above = joining.welcome(chat.person_name, claimed.grants, chat.locale)
            await home.show_home(replace(chat, rights=rights, words=""), above=above if claimed.grants else "")
            return
    await chat.say(joining.CLAIM_REFUSALS[claimed.refusal or ClaimRefusal.ALREADY_YOURS])
