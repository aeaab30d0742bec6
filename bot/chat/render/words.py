"""The words for actions, results and bolts that many sentences share."""

from collections.abc import Iterable

from bot.domain.actions import Action
from bot.domain.readings import Bolt

SIGN = {
    Action.OPEN: "🔓",
    Action.CLOSE: "🔒",
    Action.STATUS: "👁",
    Action.PIN: "🔑",
    Action.REVOKE: "🗑",
    Action.SYNCHRONISE: "🔄",
}
LABEL = {
    Action.OPEN: "Open",
    Action.CLOSE: "Close",
    Action.STATUS: "Status",
    Action.PIN: "Code",
    Action.REVOKE: "Revoke",
    Action.SYNCHRONISE: "Synchronise",
}
DONE = {
    Action.OPEN: "opened",
    Action.CLOSE: "closed",
    Action.PIN: "code made",
    Action.REVOKE: "code revoked",
    Action.SYNCHRONISE: "synchronising; the gateway may be busy with it for some minutes",
}
DOING = {
    Action.OPEN: "opening",
    Action.CLOSE: "closing",
    Action.STATUS: "reading",
    Action.PIN: "making a code",
    Action.REVOKE: "revoking a code",
    Action.SYNCHRONISE: "synchronising",
}
BEING = {
    Action.OPEN: "is just being opened",
    Action.CLOSE: "is just being closed",
    Action.PIN: "is busy with a new code",
    Action.REVOKE: "is busy with revoking a code",
    Action.SYNCHRONISE: "is just being synchronised",
}
ASKED_TO = {
    Action.OPEN: "asked to open it",
    Action.CLOSE: "asked to close it",
    Action.PIN: "asked for a code",
    Action.REVOKE: "asked to revoke a code",
    Action.SYNCHRONISE: "asked to synchronise it",
}
USE = {
    Action.OPEN: "open",
    Action.CLOSE: "close",
    Action.STATUS: "see",
    Action.PIN: "get a code for",
    Action.REVOKE: "revoke codes of",
    Action.SYNCHRONISE: "synchronise",
}
NOTHING = {
    Action.OPEN: "nothing was opened",
    Action.CLOSE: "nothing was closed",
    Action.STATUS: "nothing was read",
    Action.PIN: "no code was made",
    Action.REVOKE: "no code was revoked",
    Action.SYNCHRONISE: "nothing was synchronised",
}
NOTHING_DONE = "nothing was done"
MAYBE = {
    Action.OPEN: "The door <b>MAY be open</b>: please check it.",
    Action.CLOSE: "It <b>may or may not be closed</b>: please check it.",
    Action.PIN: "A code <b>may have been made</b>, but it did not reach the bot.",
    Action.REVOKE: "The code <b>may still work</b>: look at /pins and try again.",
    Action.SYNCHRONISE: "It may have been done all the same.",
}
BOLT = {
    Bolt.LOCKED: "🔒 closed",
    Bolt.UNLOCKED: "🔓 open",
    Bolt.JAMMED: "⚠️ jammed",
    Bolt.UNKNOWN: "❔ position unknown",
}
SEEN = {
    Bolt.LOCKED: "seen closed",
    Bolt.UNLOCKED: "seen open",
    Bolt.JAMMED: "seen jammed",
    Bolt.UNKNOWN: "seen in no clear position",
}


def actions(some: Iterable[Action]) -> str:
    return ", ".join(sorted(action.value for action in some))
