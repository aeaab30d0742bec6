"""Doors that are named together."""

from collections.abc import Iterable, Mapping

from bot.chat.render.locale import Locale

USAGE_SET = (
    "Write it like this: <code>/set ground front, shed</code>. Then <code>/grant Anna @ground open</code> is a right to"
    " both. <code>/set ground none</code> ends it."
)


def all_sets(sets: Mapping[str, Iterable[str]], locale: Locale) -> str:
    lines = [f"<b>@{name}</b>: {_titles(doors, locale)}" for name, doors in sorted(sets.items())]
    return "\n".join([*lines, USAGE_SET])


def saved(name: str, doors: Iterable[str], locale: Locale) -> str:
    if not doors:
        return f"✅ There is no set @{name} any more. Rights to it open nothing."
    return f"✅ @{name}: {_titles(doors, locale)}. Rights to @{name} are rights to these."


def _titles(doors: Iterable[str], locale: Locale) -> str:
    return ", ".join(locale.title(door) for door in sorted(doors))
