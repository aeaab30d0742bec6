"""The table of commands and of lists with pages: what a person can write, and which function answers it."""

from collections.abc import Awaitable, Callable

from bot.chat import button_data
from bot.chat.buttons import STUCK
from bot.chat.commands import ChatCommand
from bot.chat.context import ChatContext
from bot.chat.handlers import (
    arrivals,
    cards,
    changing,
    code_list,
    codes,
    digests,
    doctor,
    door_calls,
    doors,
    glass,
    granting,
    guest_codes,
    guest_list,
    guests,
    history,
    home,
    inviting,
    letting_in,
    lockdown,
    neighbours,
    notify,
    panels,
    people,
    picking_dates,
    picking_hours,
    reasons,
    second_factor,
    sets,
    silencing,
    space,
    statistics,
    topics,
    upkeep,
)
from bot.chat.handlers.choosing_person import ChosenPerson, Purpose
from bot.domain.actions import Action


async def _help(chat: ChatContext) -> None:
    await home.show_help(chat, COMMANDS)


COMMANDS = (
    ChatCommand(
        names=("open", "unlock"), usage="open [door]", what="open a door", answer=doors.open_door, action=Action.OPEN
    ),
    ChatCommand(
        names=("close", "lock"), usage="close [door]", what="close a door", answer=doors.close_door, action=Action.CLOSE
    ),
    ChatCommand(
        names=("status",), usage="status [door]", what="what the locks look like", answer=doors.status,
        action=Action.STATUS,
    ),
    ChatCommand(
        names=("pin",), usage="pin [door] [2h | fri 15:00 - sun 11:00] [for Anna]",
        what="a code for a door, told to you alone", answer=codes.make_pin,
        action=Action.PIN,
    ),
    ChatCommand(
        names=("pins",), usage="pins", what="the codes that may still work", answer=code_list.list_pins,
        action=Action.PIN,
    ),
    ChatCommand(
        names=("history",), usage="history [door] [person] [7d]", own_usage="history [door] [7d]",
        what="what was asked, and what came of it",
        answer=history.history,
    ),
    ChatCommand(
        names=("receipt",), usage="receipt 1234", what="the proof of a visit, as a file", answer=history.receipt,
    ),
    ChatCommand(
        names=("stats",), usage="stats [door] [30d]", what="when doors are opened, and the batteries",
        answer=statistics.stats,
    ),
    ChatCommand(
        names=("2fa",), usage="2fa", what="a second factor: codes of an authenticator app",
        answer=second_factor.second_factor,
    ),
    ChatCommand(
        names=("code",), usage="code 123456", what="the code that a door wants, in private", answer=second_factor.code,
    ),
    ChatCommand(names=("whoami",), usage="whoami", what="your id and your rights", answer=people.whoami),
    ChatCommand(
        names=("stuck", "sos"), usage="stuck [door]", what="you can't get in: why, and who is called",
        answer=door_calls.stuck,
    ),
    ChatCommand(names=("start",), usage="start", what="your doors, with buttons", answer=home.start),
    ChatCommand(names=("help",), usage="help", what="this page", answer=_help),
    ChatCommand(
        names=("invite",), usage="invite front 3d", what="a link that lets one person in", answer=inviting.invite,
        action=Action.CHANGE_PEOPLE,
    ),
    ChatCommand(
        names=("invites",), usage="invites", what="links that can still be used", answer=inviting.invitations,
        action=Action.CHANGE_PEOPLE,
    ),
    ChatCommand(
        names=("guest",), usage="guest Dupont fri 15:00 - sun 11:00 front x6", what="a pass for a guest",
        answer=guests.guest, action=Action.CHANGE_PEOPLE,
    ),
    ChatCommand(
        names=("guests",), usage="guests", what="the passes of guests", answer=guest_list.guests,
        action=Action.CHANGE_PEOPLE,
    ),
    ChatCommand(
        names=("bans",), usage="bans", what="who may not ask to come in", answer=letting_in.bans,
        action=Action.SEE_HISTORY,
    ),
    ChatCommand(
        names=("allow",), usage="allow 123456789 front open,close 3d", what="give a right", answer=people.allow,
        action=Action.CHANGE_PEOPLE,
    ),
    ChatCommand(
        names=("deny",), usage="deny 123456789 [door]", what="take a right, or all of them", answer=people.deny,
        action=Action.CHANGE_PEOPLE,
    ),
    ChatCommand(
        names=("grant",), usage="grant Anna front open until fri 18:00 mon-fri 8-18 x6", what="give a right",
        answer=granting.grant, action=Action.CHANGE_PEOPLE,
    ),
    ChatCommand(
        names=("people",), usage="people [name]", what="who may do what", answer=people.people,
        action=Action.SEE_PEOPLE,
    ),
    ChatCommand(
        names=("why",), usage="why [Anna] front [sat 22:00]", own_usage="why front [sat 22:00]",
        what="why somebody may open a door, or may not", answer=reasons.why,
    ),
    ChatCommand(
        names=("who",), usage="who front", what="who may open a door", answer=reasons.who, action=Action.SEE_PEOPLE,
    ),
    ChatCommand(
        names=("set",), usage="set ground front, shed", what="doors that are named together, as @ground",
        # Owners' business like this: whoever changes a set changes what everybody's rights to it are.
        answer=sets.define, action=Action.SUBSCRIBE,
    ),
    ChatCommand(
        names=("promote",), usage="promote Anna [manager]", what="a role with more to say", answer=changing.promote,
        # Owners' business like this: a manager could make themselves one.
        action=Action.SUBSCRIBE,
    ),
    ChatCommand(
        names=("demote",), usage="demote Anna [guest]", what="a role with less to say", answer=changing.demote,
        action=Action.SUBSCRIBE,
    ),
    ChatCommand(
        names=("lockdown",), usage="lockdown [door|all] [2h]|off", what="let nobody but owners open",
        answer=lockdown.lockdown, action=Action.LOCK_DOWN,
    ),
    ChatCommand(
        names=("breakglass",), usage="breakglass [front 2 of Anna, Max, Greta]", what="a way in for an emergency",
        # Keyholders find a button on their home screen.
        answer=glass.breakglass, offered_to=Action.LOCK_DOWN,
    ),
    ChatCommand(
        names=("neighbours",), usage="neighbours front Anna", what="who is called when a guest can't get in",
        # Owners' business like this: a neighbour hears of every guest who does not get in.
        answer=neighbours.neighbours, action=Action.SUBSCRIBE,
    ),
    ChatCommand(
        names=("doctor",), usage="doctor", what="what is right and wrong with bot, locks and groups",
        answer=doctor.doctor, action=Action.EXAMINE,
    ),
    ChatCommand(
        names=("sync",), usage="sync [door]", what="bring lock, gateway and cloud in step", answer=upkeep.synchronise,
        action=Action.SYNCHRONISE,
    ),
    ChatCommand(
        # Everybody chooses for their own chat, owners for groups: that is judged where it is kept.
        names=("notify",), usage="notify [on|off]", what="tell this chat about the doors", answer=notify.notify,
    ),
    ChatCommand(
        names=("panel",), usage="panel [front, shed|all|off]", what="a pinned message that always shows the doors",
        answer=panels.panel, action=Action.SUBSCRIBE,
    ),
    ChatCommand(
        names=("space",), usage="space [open|closed]", what="whether somebody is there", answer=space.space,
        is_of_space=True,
    ),
    ChatCommand(
        names=("closing",), usage="closing [lights; windows]", what="what is to be done before everybody leaves",
        answer=space.closing, is_of_space=True,
    ),
    ChatCommand(
        names=("digest",), usage="digest [8:00|off]", what="once a day, what there is to say", answer=digests.digest,
        action=Action.SUBSCRIBE,
    ),
    ChatCommand(
        names=("topics",), usage="topics", what="a topic for each door", answer=topics.make_topics,
        action=Action.SUBSCRIBE,
    ),
    ChatCommand(
        names=("topic",), usage="topic [front|off]", what="the door that this topic stands for", answer=topics.topic,
        action=Action.SUBSCRIBE,
    ),
    ChatCommand(
        names=("pause",), usage="pause [2h|off]", what="tell this chat nothing for a while", answer=silencing.pause,
    ),
)  # fmt: skip

View = Callable[[ChatContext, int, str], Awaitable[None]]


VIEWS: dict[str, View] = {
    Action.OPEN: lambda chat, page, _: doors.choose_door(chat, Action.OPEN, page),
    Action.CLOSE: lambda chat, page, _: doors.choose_door(chat, Action.CLOSE, page),
    Action.PIN: codes.show_doors,
    Action.STATUS: lambda chat, page, _: doors.show_overview(chat, page),
    code_list.PINS: lambda chat, page, _: code_list.show_pins(chat, page),
    code_list.NEW: lambda chat, _, __: codes.choose(chat),
    people.WHOAMI: lambda chat, page, _: people.show_own_rights(chat, page),
    digests.DIGEST: lambda chat, _, argument: digests.press(chat, argument),
    notify.NOTIFY: lambda chat, _, argument: notify.press(chat, argument),
    panels.PANEL: lambda chat, _, argument: panels.press(chat, argument),
    silencing.PAUSE: lambda chat, _, argument: silencing.press_pause(chat, argument),
    history.PAGE: lambda chat, _, argument: history.show_page(chat, argument),
    history.CSV: lambda chat, _, argument: history.export(chat, argument, history.CSV),
    history.JSON: lambda chat, _, argument: history.export(chat, argument, history.JSON),
    people.PEOPLE: people.show_people,
    cards.PERSON: cards.show_person,
    cards.RIGHT: cards.show_right,
    cards.EXTEND: cards.choose_end,
    cards.HOURS: cards.choose_hours,
    cards.END_DATE: picking_dates.pick_end,
    cards.PICK_HOURS: picking_hours.show,
    cards.ROLES: cards.choose_role,
    cards.CHANGE: changing.preview_right,
    cards.STANDING: changing.preview_person,
    button_data.UNDO: changing.undo,
    second_factor.NEW_KEY: lambda chat, *_: second_factor.ask_for_new_key(chat),
    second_factor.RESET: lambda chat, _, argument: second_factor.show_other(chat, argument),
    reasons.WHO: reasons.show_holders,
    home.HELP: lambda chat, _, __: _help(chat),
    home.HOME: lambda chat, page, _: home.show_home(chat, page),
    home.INVITE: lambda chat, _, __: inviting.choose(chat),
    inviting.INVITATIONS: lambda chat, page, _: inviting.show_invitations(chat, page),
    inviting.REVOKE: lambda chat, _, argument: inviting.revoke(chat, argument),
    inviting.TAKE_BACK: lambda chat, _, argument: inviting.take_back(chat, argument),
    letting_in.BANS: lambda chat, page, _: letting_in.show_bans(chat, page),
    letting_in.LIFT_BAN: lambda chat, _, argument: letting_in.lift_ban(chat, argument),
    guest_list.GUESTS: lambda chat, page, _: guest_list.show_guests(chat, page),
    guests.NEW: lambda chat, _, __: guests.choose(chat),
    guest_list.EXTEND: lambda chat, _, argument: guest_list.extend(chat, argument),
    guest_list.LINK: lambda chat, _, argument: guest_list.renew_link(chat, argument),
    guests.REVOKE: lambda chat, _, argument: guest_list.revoke(chat, argument),
    guests.CODE: lambda chat, _, argument: guest_codes.offer_code(chat, argument),
    glass.GLASSES: lambda chat, page, _: glass.show_glasses(chat, page),
    glass.REVOKE: lambda chat, _, argument: glass.revoke(chat, argument),
    glass.RESTORE: lambda chat, _, argument: glass.restore(chat, argument),
    glass.RENEW: lambda chat, _, argument: glass.renew(chat, argument),
    glass.BREAK: lambda chat, _, argument: glass.ask_to_break(chat, argument),
    lockdown.END: lambda chat, _, argument: lockdown.end(chat, argument),
    arrivals.CHECK: lambda chat, _, argument: arrivals.check_again(chat, argument),
    STUCK: lambda chat, _, argument: door_calls.show(chat, argument),
    neighbours.REMOVE: lambda chat, _, argument: neighbours.remove(chat, argument),
    doctor.DOCTOR: lambda chat, _, __: doctor.doctor(chat),
}
"""Lists with pages by their name in the buttons. Each shows what the person may see who turns the page."""
FOR_OWNERS = {
    panels.PANEL: Action.SUBSCRIBE,
    **dict.fromkeys((people.PEOPLE, cards.PERSON, cards.RIGHT, reasons.WHO), Action.SEE_PEOPLE),
    **dict.fromkeys(
        (
            cards.EXTEND,
            cards.END_DATE,
            cards.PICK_HOURS,
            cards.HOURS,
            cards.ROLES,
            cards.CHANGE,
            cards.STANDING,
            button_data.UNDO,
        ),
        Action.CHANGE_PEOPLE,
    ),
    **dict.fromkeys((home.INVITE, inviting.INVITATIONS, inviting.REVOKE, inviting.TAKE_BACK), Action.CHANGE_PEOPLE),
    **dict.fromkeys((letting_in.BANS, letting_in.LIFT_BAN), Action.SEE_HISTORY),
    lockdown.END: Action.LOCK_DOWN,
    digests.DIGEST: Action.SUBSCRIBE,
    **dict.fromkeys((glass.GLASSES, glass.REVOKE, glass.RESTORE, glass.RENEW), Action.SET_GLASS),
    second_factor.RESET: Action.RESET_SECOND_FACTOR,
    neighbours.REMOVE: Action.SUBSCRIBE,
    doctor.DOCTOR: Action.EXAMINE,
    **dict.fromkeys((arrivals.CHECK, guests.NEW, guests.REVOKE, guests.CODE), Action.CHANGE_PEOPLE),
    **dict.fromkeys((guest_list.GUESTS, guest_list.EXTEND, guest_list.LINK), Action.CHANGE_PEOPLE),
}
PICKED: dict[int, Callable[[ChatContext, ChosenPerson], Awaitable[None]]] = {Purpose.LET_IN: letting_in.picked}
"""What happens with a person from Telegram's picker, by the purpose of the picking."""
