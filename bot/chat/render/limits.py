"""Sentences for what does not fit into a message of Telegram's."""

CUT_OFF = "… (the rest does not fit into one message)"
NO_BUTTONS = "(Telegram does not take the buttons of this message.)"
EMPTY = "Telegram does not take this answer."
