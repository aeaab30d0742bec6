"""How doors, times and the drivers' remarks are written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from html import escape, unescape

from bot.chat.render.problems import PROBLEMS
from bot.domain.doors import Door, Doors
from bot.domain.remarks import Remark, Template


@dataclass(frozen=True, slots=True)
class Locale:
    """`templates` are the drivers' sentences by the codes of their remarks."""

    zone: tzinfo
    templates: Mapping[str, Template]
    doors: Doors
    now: Callable[[], datetime]

    def _template(self, remark: Remark) -> Template | None:
        return self.templates.get(remark.code) or PROBLEMS.get(remark.code)

    def title(self, name: str) -> str:
        return f"<b>{escape(self.doors.title(name))}</b>"

    @property
    def zone_name(self) -> str:
        return str(self.zone)

    def remark(self, remark: Remark | None) -> str:
        # One that no driver of this version knows, as from before an update, is shown as its code: that can be
        # looked up.
        if remark is None:
            return ""
        template = self._template(remark)
        return escape(remark.text(template) if template else remark.code)

    def plain_remark(self, remark: Remark) -> str:
        """Without marks, for what is copied."""
        return unescape(self.remark(remark))

    def fix(self, remark: Remark | None) -> str:
        """What an owner can do about it; empty if nothing is known."""
        template = self._template(remark) if remark else None
        return escape((remark.fix(template) if remark and template else None) or "")

    def time(self, moment: datetime, zone: tzinfo | None = None) -> str:
        """With its zone; with its year, if that is not this one."""
        # Readers may be in another zone, and messages stay for years.
        local = moment.astimezone(zone or self.zone)
        year = f" {local.year}" if local.year != self.now().astimezone(local.tzinfo).year else ""
        return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M} {_zone(local)}"

    def ago(self, moment: datetime) -> str:
        """How long ago."""
        # Counted by the client of whoever looks, so that a panel needs no edit for it; one that cannot shows the time.
        return f'<tg-time unix="{int(moment.timestamp())}" format="r">{self.time(moment)}</tg-time>'

    def clock(self, moment: datetime) -> str:
        # Telegram shows it in the reader's own zone; clients that do not know the mark show what stands in it.
        local = moment.astimezone(self.zone)
        return f'<tg-time unix="{int(moment.timestamp())}" format="T">{local:%H:%M:%S} {_zone(local)}</tg-time>'


def _zone(local: datetime) -> str:
    name = local.tzname() or "UTC"
    # Zones without a name of their own are called "+03".
    return name if name[0].isalpha() else f"UTC{name}"


def title(door: Door) -> str:
    return f"<b>{escape(door.title)}</b>"


def seconds(length: float) -> str:
    if length < 90:
        return f"{length:.0f} s"
    return f"{length / 60:.0f} min" if length < 5400 else f"{length / 3600:.0f} h"


def spell_length(length: timedelta) -> str:
    minutes = max(1, round(length.total_seconds() / 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 2880 else f"{minutes // 1440} days"
