"""A door with a keypad: its codes are shares that the maker's cloud hands to the lock."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.codes import Listing, Pin, PinRequest
from bot.domain.doors import Capability
from bot.domain.readings import LockCheck
from bot.domain.remarks import Remark
from bot.drivers.base import Deadline, DriverContext, Peer
from bot.drivers.digits import draw
from bot.drivers.errors import OutcomeUnknown
from bot.drivers.http import before_command
from bot.drivers.local_times import end_of_right, local_span
from bot.drivers.the_keys.cloud import Cloud
from bot.drivers.the_keys.door import TheKeys
from bot.drivers.the_keys.gateway import Gateway
from bot.drivers.the_keys.settings import TheKeysSettings

# The cloud takes four digits; people type the keypad's own two before them.
LENGTH = 4


class TheKeysWithKeypad(TheKeys):
    capabilities = TheKeys.capabilities | Capability.PINS | Capability.REVOKE_PINS

    def __init__(
        self, name: str, settings: TheKeysSettings, gateway: Gateway, cloud: Cloud, context: DriverContext
    ) -> None:
        super().__init__(name, settings, gateway, context)
        self._cloud = cloud
        self._lock_id = settings.cloud_lock_id or ""
        self._keypad = settings.keypad_id or ""
        self._prefix = settings.keypad_prefix or ""
        self._zone = ZoneInfo(context.timezone)

    async def create_pin(self, request: PinRequest, deadline: Deadline) -> Pin:
        async with before_command(deadline):
            shares = await self._cloud.shares(self._lock_id, deadline)
        digits = draw(LENGTH, taken={share.code for share in shares})
        ends = end_of_right(deadline, self._context.now())
        span = local_span(request.starts_at, request.duration, self._zone, not_after=ends)
        form = {
            "nom": request.label,
            "description": "",
            "actif": "1",
            "code": digits,
            **_moment("debut", span.start),
            **_moment("fin", span.end),
        }
        share = await self._cloud.create_share(self._lock_id, self._keypad, form, deadline)
        # Nobody knows which of the two the lock will take, so neither is shown.
        if share.code not in ("", digits):
            raise OutcomeUnknown("the_keys.cloud.another_code")
        return Pin(
            digits=self._prefix + digits,
            handle=str(share.id),
            starts_at=span.starts_at,
            ends_at=span.ends_at,
            note=Remark("the_keys.code.all_digits" if self._prefix else "the_keys.code.prefix_first"),
        )

    async def pins(self) -> Listing:
        shares = await self._cloud.shares(self._lock_id)
        return Listing({str(share.id): share.name for share in shares if share.accessory == self._keypad})

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        # Log in before, since a delete that finds an expired session is not repeated.
        async with before_command(deadline):
            await self._cloud.renew()
        await self._cloud.delete_share(handle, deadline)

    def peers(self) -> Sequence[Peer]:
        return (*super().peers(), self._cloud)

    async def check(self) -> LockCheck:
        found = await super().check()
        shares = await self._cloud.shares(self._lock_id)
        codes = sum(share.accessory == self._keypad for share in shares)
        return replace(found, facts=(*found.facts, Remark("the_keys.keypad_codes", {"count": codes})))

    async def aclose(self) -> None:
        await super().aclose()
        await self._cloud.aclose()


def _moment(which: str, wall: datetime) -> dict[str, str]:
    # Days with dashes, and hours and minutes without leading zeros, as clients in the field send them. The bracket is
    # right: the whole becomes partage_accessoire[heure_debut][hour].
    return {
        f"date_{which}": wall.strftime("%Y-%m-%d"),
        f"heure_{which}][hour": str(wall.hour),
        f"heure_{which}][minute": str(wall.minute),
    }
