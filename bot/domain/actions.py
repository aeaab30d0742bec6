"""What a person may do: at one door, and with the house as a whole."""

from enum import StrEnum


class Action(StrEnum):
    OPEN = "open"
    CLOSE = "close"
    STATUS = "status"
    PIN = "pin"
    REVOKE = "revoke"
    """Take a code back: whoever may make codes for the door may."""
    SYNCHRONISE = "synchronise"
    SEE_PEOPLE = "see people"
    CHANGE_PEOPLE = "change people"
    # `decide()` allows it to every owner, the command log only to those of OWNER_IDS: others are owners by that list.
    CONFIRM_LIST = "confirm list"
    """Say that the people list is right after a restore."""
    LOCK_DOWN = "lock down"
    """Keep everybody but owners from opening, and end that again."""
    SET_GLASS = "set glass"
    """Say who may break which glass in an emergency."""
    RESET_SECOND_FACTOR = "reset second factor"
    """Let somebody who lost theirs set up another."""
    SUBSCRIBE = "subscribe"
    """Have a group told about the doors."""
    EXAMINE = "examine"
    """Be told what is right and wrong with the house itself."""
    SEE_HISTORY = "see history"
    """Read what others did; everybody on the list may read what they did themselves."""


MOVES = (Action.OPEN, Action.CLOSE)
# A code opens the door at its keypad, without the bot, so making one counts as opening.
LETS_IN = (Action.OPEN, Action.PIN)
"""What lets somebody in. Closing, looking and taking a code back do not."""
GRANTABLE = (Action.OPEN, Action.CLOSE, Action.STATUS, Action.PIN)
"""Everything else only owners may do, except `REVOKE`, which goes with `PIN`."""
