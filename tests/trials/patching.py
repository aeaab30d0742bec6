"""Puts another function in place of one of the bot's, in a forked process only; the shipped code has no hooks."""

from typing import Any


def replace(owner: Any, name: str, new: Any) -> None:
    """AttributeError if there is nothing of that name any more: a trial that breaks nothing would prove nothing."""
    getattr(owner, name)
    setattr(owner, name, new)
