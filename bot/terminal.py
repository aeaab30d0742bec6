"""What people, locks or Telegram wrote, made visible on a terminal and never obeyed."""

import unicodedata

# Unicode categories of signs that move the cursor, change colours, turn or hide what follows.
OBEYED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def visible(text: str) -> str:
    """Each sign that a terminal would obey is written out, like \\x1b."""
    return "".join(sign if unicodedata.category(sign) not in OBEYED else ascii(sign)[1:-1] for sign in text)
