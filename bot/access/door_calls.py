"""I can't get in: whoever answers for a door is called in turn, until one of them answers."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.access import PeopleList
from bot.access.call_chain import CallChain, Chain
from bot.access.likely_causes import LikelyCauses
from bot.clock import Clock
from bot.domain.commands import DenialReason, Result
from bot.domain.door_calls import (
    CARD_LASTS,
    MOST_A_NIGHT,
    MOST_AN_HOUR,
    NIGHT,
    AnsweredCall,
    Begun,
    CallAnswer,
    CalledPerson,
    CallEnd,
    Calling,
    CallPart,
    DoorCall,
    may_call,
)
from bot.domain.doors import Doors
from bot.domain.events import DoorCallClosed, DoorCalled, DoorCallEnded, DoorCallGoesOn
from bot.domain.failures import StorageFailed
from bot.domain.policy import Denied
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.access")

BEGAN, ENDED = "called from the door", "call from the door ended"
HOUR = timedelta(hours=1)
# After any other result nothing moved, and the next one is called. ACCEPTED: KAS only queues, and nobody knows.
WHAT_CAME = {Result.CONFIRMED: CallEnd.OPENED, Result.ACCEPTED: CallEnd.UNCLEAR, Result.UNKNOWN: CallEnd.UNCLEAR}


class DoorCalls:
    def __init__(
        self,
        storage: Storage,
        people: PeopleList,
        doors: Doors,
        notices: Notices,
        likely_causes: LikelyCauses,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._people = people
        self._doors = doors
        self._notices = notices
        self._likely_causes = likely_causes
        self._clock = clock
        self._chain = CallChain(storage, people, clock)
        # Whether a call may go on, which the last run may have left.
        self._is_pending = True

    async def begin(self, *, person_id: int, name: str, door: str, chat_id: int, thread_id: int | None) -> Begun:
        """Find the likely cause, and call whoever comes first. Raises Denied where the door is none of theirs."""
        await self._chain.look_up(person_id, door)
        async with self._storage.transaction():
            rights = await self._people.rights(person_id)
            verdict = await self._chain.verdict(rights, door)
            # Nobody learns of a door by calling from it.
            known = self._doors.get(door) if rights.is_owner or verdict.grant else None
            if known is None:
                raise Denied(verdict.reason or DenialReason.NO_SUCH_DOOR)
            causes = await self._likely_causes.of(verdict, known)
            if not may_call(verdict, self._clock.datetime()):
                return Begun(known, causes, Calling.NOT_NEAR, None)
            chain = await self._chain.of(person_id, door, verdict)
            wanted = DoorCall(
                id=0,
                person_id=person_id,
                person_name=chain.named(name),
                door=door,
                chat_id=chat_id,
                thread_id=thread_id,
                cause=causes[0].cause,
                cause_at=causes[0].at,
                began_at=self._clock.datetime(),
            )
            return Begun(known, causes, await self._begin(wanted, chain), chain.host)

    async def _begin(self, wanted: DoorCall, chain: Chain) -> Calling:
        now, calls = wanted.began_at, self._storage.door_calls
        if not chain.people:
            return Calling.NOBODY
        # A call that is over, and not ended yet, must not be in the way.
        await self.go_on()
        if any(one.person_id == wanted.person_id for one in await calls.open()):
            return Calling.ALREADY
        lately = await calls.count(wanted.person_id, since=now - HOUR)
        if lately >= MOST_AN_HOUR or await calls.count(wanted.person_id, since=now - NIGHT) >= MOST_A_NIGHT:
            return Calling.TOO_OFTEN
        number = await calls.add(wanted, chain.people)
        call = await calls.get(number or 0)
        if call is None:
            return Calling.ALREADY
        await self._journal(BEGAN, call, cause=call.cause)
        await self._call_next(call)
        self._is_pending = True
        return Calling.NOW

    async def answer(self, *, caller: int, call_id: int, answer: CallAnswer) -> AnsweredCall | None:
        """What somebody who is called says. None if there is no such call. Raises Denied for whoever is not called."""
        await self._chain.look_up_caller(call_id)
        async with self._storage.transaction():
            card = await self._card(caller, call_id)
            if card is None or not card.is_theirs:
                return card
            call, person = card.call, card.person
            await self._storage.door_calls.answer(call.id, caller, answer, self._clock.datetime())
            # A button with a link tells the bot nothing: so this press ends the calling, and then shows the link.
            if answer is CallAnswer.CALLING:
                await self._end(call, CallEnd.CALLING, by=person)
            elif answer is CallAnswer.NOT_NOW and not await self._chain.awaited(call):
                await self._call_next(call)
            else:
                await self._tell_how_far(call)
        return card

    async def opened(self, *, caller: int, call_id: int, result: Result) -> bool:
        """What came of the opening by somebody who answered so. False: the disk did not take it."""
        try:
            await self._opened(caller=caller, call_id=call_id, result=result)
        except StorageFailed as error:
            # Whoever opened is still told what the lock did. The call ends as unclear in its time.
            log.error("what came of call %d could not be recorded: %s", call_id, error)  # noqa: TRY400
            return False
        return True

    async def _opened(self, *, caller: int, call_id: int, result: Result) -> None:
        async with self._storage.transaction():
            call, person = await self._storage.door_calls.get(call_id), await self._chain.called(call_id, caller)
            if call is None or person is None or call.end is not None:
                return
            if result in WHAT_CAME:
                await self._end(call, WHAT_CAME[result], by=person)
                return
            await self._storage.door_calls.answer(call.id, caller, CallAnswer.FAILED, self._clock.datetime())
            if not await self._chain.awaited(call):
                await self._call_next(call)

    async def asked_back(self, *, caller: int, call_id: int) -> None:
        # Nothing is sent before they confirm it or type a code. If they never do, the next one is called.
        await self._storage.door_calls.begin_turn(call_id, caller, self._clock.datetime())

    async def got_in(self, *, caller: int, call_id: int) -> bool:
        """Whoever called is in, or goes: nobody is called any more. False if that was not theirs to say, or is over."""
        async with self._storage.transaction():
            call = await self._storage.door_calls.get(call_id)
            if call is None or call.person_id != caller or call.end is not None:
                return False
            await self._end(call, CallEnd.GOT_IN, by=None)
        return True

    async def card(self, *, caller: int, call_id: int) -> AnsweredCall | None:
        """How it stands for somebody who is called. None if there is no such call. Raises Denied."""
        await self._chain.look_up_caller(call_id)
        async with self._storage.transaction():
            return await self._card(caller, call_id)

    async def _card(self, caller: int, call_id: int) -> AnsweredCall | None:
        call, person = await self._storage.door_calls.get(call_id), await self._chain.called(call_id, caller)
        if call is None:
            return None
        if person is None:
            raise Denied(DenialReason.NO_RIGHT)
        rights = await self._people.rights(caller)
        if rights.person and rights.person.is_suspended:
            raise Denied(DenialReason.SUSPENDED)
        if call.end is None and not await self._chain.has_right(call):
            # Nobody lets somebody in by an old card whom another owner has sent away meanwhile.
            await self._end(call, CallEnd.DENIED, by=None)
            call = replace(call, end=CallEnd.DENIED)
        is_open = call.end is None and not await self._is_being_opened_by_another(call, caller)
        return AnsweredCall(call, person, is_theirs=is_open)

    async def look_after(self) -> None:
        """Call the next one where somebody did not answer in time."""
        if self._is_pending:
            await self.go_on()
            self._is_pending = bool(await self._storage.door_calls.open())

    async def go_on(self) -> None:
        now = self._clock.datetime()
        for call in await self._storage.door_calls.open():
            async with self._storage.transaction():
                for one in await self._storage.door_calls.people(call.id):
                    if one.has_waited(now):
                        await self._give_up_on(call, one)

    async def _give_up_on(self, call: DoorCall, one: CalledPerson) -> None:
        if one.answer is CallAnswer.OPENING:
            # The bot was stopped meanwhile, or the lock never answered.
            await self._end(call, CallEnd.UNCLEAR, by=one)
            return
        await self._storage.door_calls.answer(call.id, one.person_id, CallAnswer.NO_ANSWER, self._clock.datetime())
        if not await self._chain.awaited(call):
            await self._call_next(call)

    async def not_reached(self, call_id: int, person_id: int) -> None:
        """The bot cannot write to somebody: the next one is called at once."""
        async with self._storage.transaction():
            call, person = await self._storage.door_calls.get(call_id), await self._chain.called(call_id, person_id)
            # They blocked the bot, or never started it: waiting would cost whoever stands at the door a minute.
            if call and call.end is None and person and person.answer is None:
                await self._give_up_on(call, person)

    async def keep_card(self, call_id: int, person_id: int, message_id: int) -> None:
        await self._storage.door_calls.keep_card(call_id, person_id, message_id)

    async def keep_message(self, call_id: int, message_id: int) -> None:
        """Whoever stands at the door was told with this message how far it is."""
        await self._storage.door_calls.keep_message(call_id, message_id)

    async def _call_next(self, call: DoorCall) -> None:
        waiting = [one for one in await self._storage.door_calls.people(call.id) if one.since is None]
        if not waiting:
            await self._end(call, CallEnd.NOBODY, by=None)
            return
        one, now = waiting[0], self._clock.datetime()
        await self._storage.door_calls.begin_turn(call.id, one.person_id, now)
        event = DoorCalled(
            call=call.id,
            person=call.person_id,
            by=call.person_name,
            door=call.door,
            part=one.part,
            can_open=one.can_open,
            is_last=len(waiting) == 1,
            cause=call.cause,
            cause_at=call.cause_at,
            at=now,
            expires_at=now + CARD_LASTS,
        )
        await self._notices.tell(one.person_id, event)
        await self._tell_how_far(call)

    async def _end(self, call: DoorCall, end: CallEnd, *, by: CalledPerson | None) -> None:
        now, people = self._clock.datetime(), await self._storage.door_calls.people(call.id)
        await self._storage.door_calls.end(call.id, end, by=by.name if by else None, at=now)
        called = [one.person_id for one in people if one.since]
        await self._journal(ENDED, call, by=by.person_id if by else None, answer=end, called=called)
        if end is not CallEnd.GOT_IN:  # which they see where they said so
            await self._tell_how_far(call, is_over=True)
        # Whoever got in has said so, and whoever lost the right has heard it.
        if end not in (CallEnd.GOT_IN, CallEnd.DENIED):
            host = next((one for one in people if one.part is CallPart.HOST), people[0])
            ended = DoorCallEnded(
                door=call.door,
                end=end,
                by=by.name if by else None,
                part=by.part if by else None,
                host=host.name,
                host_id=host.person_id,
                at=now,
            )
            await self._notices.tell_chat(call.chat_id, call.thread_id, ended)
        await self._tell_called(call, end, people, by)

    async def _tell_called(
        self, call: DoorCall, end: CallEnd, people: Iterable[CalledPerson], by: CalledPerson | None
    ) -> None:
        for one in people:
            if one.message_id is not None and (by is None or one.person_id != by.person_id):
                closed = DoorCallClosed(
                    of=call.person_name, person=call.person_id, door=call.door, end=end, by=by.name if by else None,
                    at=self._clock.datetime(), edits=one.message_id,
                )  # fmt: skip
                await self._notices.tell(one.person_id, closed)

    async def _tell_how_far(self, call: DoorCall, *, is_over: bool = False) -> None:
        # Read again: the number of the message to change is known only since Telegram took it.
        now = await self._storage.door_calls.get(call.id) or call
        called = [one for one in await self._storage.door_calls.people(call.id) if one.since]
        event = DoorCallGoesOn(
            call=call.id, door=call.door, names=tuple(one.name for one in called),
            parts=tuple(one.part for one in called), answers=tuple(one.answer or "" for one in called),
            is_over=is_over, edits=now.message_id,
        )  # fmt: skip
        await self._notices.tell_chat(call.chat_id, call.thread_id, event)

    async def _is_being_opened_by_another(self, call: DoorCall, caller: int) -> bool:
        awaited = await self._chain.awaited(call)
        # Two who press at once would open twice.
        return any(one.answer is CallAnswer.OPENING and one.person_id != caller for one in awaited)

    async def _journal(self, kind: str, call: DoorCall, **detail: Any) -> None:
        said = {name: value for name, value in detail.items() if value is not None}
        await self._storage.journal.append(
            kind, at=self._clock.datetime(), person_id=call.person_id, door=call.door, call=call.id, **said
        )
