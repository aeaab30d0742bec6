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
    """Looks at everybody's codes at the start, and at a person's whenever their rights change, by whatever way.

    And when a code was made: the right may have been taken while the request was on its way to the lock.
    """

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
        """None: anybody's. Nothing is looked at here: the list, or the codes there are, is being changed."""
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
            log.exception("codes could not be held against rights")
        else:
            return True
        return False

    async def _look(self) -> None:
        changed, self._changed = self._changed, set()
        pins: dict[int, list[IssuedPin]] = {}
        for pin in await self._storage.pins.live(self._clock.datetime()):
            if None in changed or pin.person_id in changed:
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
            for pin in pins:
                await self._storage.pins.mark_outliving(pin.id, outlives=pin in outliving)
            if new := [pin for pin in outliving if not pin.outlives_right]:
                event = CodesOutlive(
                    by=new[0].person_name,
                    doors=tuple(pin.door for pin in new),
                    numbers=tuple(pin.id for pin in new),
                    labels=tuple(pin.label for pin in new),
                    ends=tuple(pin.until or pin.made_at for pin in new),
                    revocable=tuple(pin.id for pin in new if pin.handle is not None),
                )
                await self._notices.tell_owners(event)

    def _outlives(self, rights: Rights, pin: IssuedPin) -> bool:
        # Proved: a code stays good when its door wants a second factor from now on.
        verdict = decide(rights, door=pin.door, action=Action.PIN, now=self._clock.moment(), is_proved=True)
        if not verdict.allowed:
            return True
        return verdict.ends_at is not None and (pin.until is None or pin.until > verdict.ends_at)
