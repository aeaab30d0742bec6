"""No code outlives its maker's right without a question: whoever changes a right, the owners are asked about codes."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.access import PeopleList
from bot.activity import Activity
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.codes import IssuedPin
from bot.domain.events import CodesOutlive
from bot.domain.failures import StorageFailed
from bot.domain.people import Rights
from bot.domain.policy import decide
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.control")

AGAIN_SECONDS = 30.0


class CodeRights:
    """Looks at everybody's codes at the start, and at a person's whenever their rights change or a code is made."""

    def __init__(
        self,
        storage: Storage,
        people: PeopleList,
        notices: Notices,
        clock: Clock,
        activity: Activity,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._people = people
        self._notices = notices
        self._clock = clock
        self._activity = activity
        self._sleep = sleep
        # None: at the start everybody is looked at, as settings may have changed while the bot was off.
        self._changed: set[int | None] = {None}
        self._is_changed = asyncio.Event()
        self._is_changed.set()

    async def rights_changed(self, person_id: int | None) -> None:
        """None: anybody's."""
        # Also called when a code was made: the right may have gone while the request was on its way to the lock.
        # Noted, and looked at later: at this moment the list, or the codes there are, is still being changed.
        self._changed.add(person_id)
        if not self._is_changed.is_set():
            self._activity.begin()
            self._is_changed.set()

    async def run(self) -> None:
        self._activity.begin()
        while True:
            await self._is_changed.wait()
            self._is_changed.clear()
            is_done = await self._looked()
            self._activity.end()
            if not is_done:
                await self._sleep(AGAIN_SECONDS)
                # `_look` took the names out of the set before it failed, so everybody is looked at.
                await self.rights_changed(None)

    async def _looked(self) -> bool:
        try:
            await self._look()
        except StorageFailed as error:
            log.error("codes could not be held against rights: %s", error)  # noqa: TRY400
        except Exception:
            # Whatever it is: were this loop to end, no later code would be looked at.
            log.exception("codes could not be held against rights")
        else:
            return True
        return False

    async def _look(self) -> None:
        changed, self._changed = self._changed, set()
        pins: dict[int, list[IssuedPin]] = {}
        for pin in await self._storage.pins.live(self._clock.datetime()):
            if changed & {None, pin.person_id, await self._guest(pin) or pin.person_id}:
                pins.setdefault(pin.person_id, []).append(pin)
        for person_id, own in pins.items():
            # Before the transaction: Telegram is asked here, and that may take seconds.
            await self._people.look_up(person_id)
            await self._ask_about(person_id, own)

    async def _ask_about(self, person_id: int, pins: list[IssuedPin]) -> None:
        """Once for each code, unless the right came back meanwhile and went again."""
        async with self._storage.transaction():
            rights = await self._people.rights(person_id)
            outliving = [pin for pin in pins if self._outlives(rights, pin)]
            of_guests = [pin for pin in pins if pin not in outliving and await self._is_guest_gone(pin)]
            for pin in pins:
                await self._storage.pins.mark_outliving(pin.id, outlives=pin in (*outliving, *of_guests))
            for found in (outliving, of_guests):
                if new := [pin for pin in found if not pin.outlives_right]:
                    await self._notices.tell_owners(_question(new, is_of_guests=found is of_guests))

    def _outlives(self, rights: Rights, pin: IssuedPin) -> bool:
        # Proved: a code stays good when its door wants a second factor from now on.
        verdict = decide(rights, door=pin.door, action=Action.PIN, now=self._clock.moment(), is_proved=True)
        if not verdict.allowed:
            return True
        return verdict.ends_at is not None and (pin.until is None or pin.until > verdict.ends_at)

    async def _guest(self, pin: IssuedPin) -> int | None:
        """Who opened the link of the pass that the code was made for. Whoever revokes a pass is asked there."""
        one = await self._storage.passes.get(pin.pass_id) if pin.pass_id else None
        if one is None or one.revoked_at or one.invitation_id is None:
            return None
        invitation = await self._storage.invitations.get(one.invitation_id)
        return invitation.claimed_by if invitation else None

    async def _is_guest_gone(self, pin: IssuedPin) -> bool:
        """Whether the guest has nothing left of the pass at that door; the code's maker, the host, may well have."""
        guest = await self._guest(pin)
        if guest is None:
            return False
        rights = await self._people.rights(guest)
        is_left = any(
            grant.pass_id == pin.pass_id and not grant.is_suspended and rights.reaches(grant, pin.door)
            for grant in rights.valid_grants
        )
        return not is_left or (rights.person is not None and rights.person.is_suspended)


def _question(pins: list[IssuedPin], *, is_of_guests: bool) -> CodesOutlive:
    return CodesOutlive(
        by=pins[0].person_name,
        doors=tuple(pin.door for pin in pins),
        numbers=tuple(pin.id for pin in pins),
        labels=tuple(pin.label for pin in pins),
        ends=tuple(pin.until or pin.made_at for pin in pins),
        revocable=tuple(pin.id for pin in pins if pin.handle is not None),
        is_of_guests=is_of_guests,
    )
