"""Somebody who is not on the list asks to come in: the first owner who answers decides, and the others hear it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto

from bot.access import PeopleList
from bot.access.changes import ends_of, role_of
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.events import JoinAccepted, JoinAnswered, JoinAsked, JoinRefused
from bot.domain.joining import JoinAnswer, JoinRequest
from bot.domain.people import Grant
from bot.domain.policy import Denied, decide
from bot.notices import Notices
from storage import Storage

# How long after asking the same person may ask again, answered or not.
AGAIN = timedelta(days=1)
# Of all strangers together: a crowd must not fill the owners' chats.
MOST_AN_HOUR = 20
REQUEST_ADDED = "asked to come in"
REQUEST_ANSWERED = "request answered"
BAN_LIFTED = "ban lifted"


class AskedToJoin(Enum):
    """What became of the wish to ask."""

    NOW = auto()
    ALREADY = auto()
    """An earlier request waits for its answer."""
    TOO_SOON = auto()
    TOO_MANY = auto()
    BANNED = auto()


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """`is_first`: this answer counts. Otherwise `request` tells which one does."""

    request: JoinRequest
    grants: tuple[Grant, ...] = ()
    is_first: bool = True


class JoinRequests:
    def __init__(self, storage: Storage, people: PeopleList, notices: Notices, clock: Clock) -> None:
        self._storage = storage
        self._people = people
        self._notices = notices
        self._clock = clock

    async def ask(self, person_id: int, name: str, username: str | None) -> AskedToJoin:
        """Ask the owners; what they are asked waits in the outbox, so it outlives a restart."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            if refusal := await self._why_not(person_id):
                return refusal
            if waiting := await self._storage.requests.open_of(person_id):
                request_id = waiting.id
                # The same question, so that cards from the day before still answer it.
                await self._storage.requests.renew(request_id, at=now)
            else:
                request_id = await self._storage.requests.add(person_id, name, username, at=now)
            await self._storage.journal.append(
                REQUEST_ADDED, at=now, person_id=person_id, request=request_id, name=name
            )
            await self._notices.tell_owners(
                JoinAsked(request=request_id, person=person_id, by=name, username=username, at=now)
            )
        return AskedToJoin.NOW

    async def _why_not(self, person_id: int) -> AskedToJoin | None:
        now, requests = self._clock.datetime(), self._storage.requests
        if await self._storage.bans.has(person_id):
            return AskedToJoin.BANNED
        last = await requests.last_asked_at(person_id)
        if last and now - last < AGAIN:
            return AskedToJoin.ALREADY if await requests.open_of(person_id) else AskedToJoin.TOO_SOON
        return AskedToJoin.TOO_MANY if await requests.count_since(now - timedelta(hours=1)) >= MOST_AN_HOUR else None

    async def is_banned(self, person_id: int) -> bool:
        return await self._storage.bans.has(person_id)

    async def tells_banned(self, person_id: int) -> bool:
        """Whether this banned person gets an answer: once, and then never again."""
        return await self._storage.bans.tell(person_id)

    async def get(self, request_id: int) -> JoinRequest | None:
        return await self._storage.requests.get(request_id)

    async def keep_card(self, request_id: int, chat_id: int, message_id: int) -> None:
        """An owner was asked with this message."""
        await self._storage.requests.save_card(request_id, chat_id, message_id)

    async def answer(
        self, *, caller: int, caller_name: str, request_id: int, answer: JoinAnswer, grants: Sequence[Grant] = ()
    ) -> AnsweredRequest | None:
        """None if there is no such request. `grants`: what the person gets who is let in."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            await self._judge(caller)
            request = await self._storage.requests.get(request_id)
            if request is None:
                return None
            # The first answer wins, by the statement itself.
            if not await self._storage.requests.answer(request_id, answer, by=caller_name, at=now):
                return AnsweredRequest(request, is_first=False)
            given = [await self._give(caller, request, grant) for grant in grants]
            if answer is JoinAnswer.BANNED:
                await self._storage.bans.add(request.person_id, request.name, by=caller, at=now)
            await self._storage.journal.append(
                REQUEST_ANSWERED, at=now, person_id=request.person_id, request=request_id, answer=answer, by=caller
            )
            done = AnsweredRequest(replace(request, answer=answer, answered_by=caller_name), tuple(given))
            await self._tell_person(done)
            await self._tell_owners(done, skip=caller)
        return done

    async def close_if_let_in(self, person_id: int | None) -> None:
        # Whoever asked may have come in by a link or a command meanwhile: then nobody needs to answer any more.
        asking = await self._storage.requests.open_of(person_id) if person_id else None
        if asking is None or (await self._people.rights(asking.person_id)).person is None:
            return
        request, now = replace(asking, answer=JoinAnswer.LET_IN, answered_by=""), self._clock.datetime()
        async with self._storage.transaction():
            if await self._storage.requests.answer(request.id, JoinAnswer.LET_IN, by="", at=now):
                await self._storage.journal.append(
                    REQUEST_ANSWERED, at=now, person_id=person_id, request=request.id, answer=JoinAnswer.LET_IN
                )
                await self._tell_owners(AnsweredRequest(request), skip=None)

    async def bans(self) -> list[tuple[int, str]]:
        """The id and the name of everybody who may not ask."""
        return await self._storage.bans.all()

    async def lift_ban(self, *, caller: int, person_id: int) -> bool:
        """False if there was none."""
        async with self._storage.transaction():
            await self._judge(caller)
            if not await self._storage.bans.remove(person_id):
                return False
            await self._storage.journal.append(BAN_LIFTED, at=self._clock.datetime(), person_id=person_id, by=caller)
        return True

    async def _judge(self, caller: int) -> None:
        rights = await self._people.rights(caller)
        verdict = decide(rights, action=Action.CHANGE_PEOPLE, now=self._clock.moment())
        if verdict.reason or not rights.is_owner:
            raise Denied(verdict.reason or DenialReason.OWNERS_ONLY)

    async def _give(self, caller: int, request: JoinRequest, grant: Grant) -> Grant:
        given = await self._people.give(
            caller=caller,
            grant=replace(grant, person_id=request.person_id),
            name=request.name,
            role=role_of([grant]),
        )
        return given.grant

    async def _tell_person(self, done: AnsweredRequest) -> None:
        request, now = done.request, self._clock.datetime()
        doors, ends_at = tuple(grant.door for grant in done.grants), ends_of(done.grants)
        is_let_in = request.answer is JoinAnswer.LET_IN
        told = JoinAccepted(doors=doors, ends_at=ends_at, at=now) if is_let_in else JoinRefused(at=now)
        await self._notices.tell(request.person_id, told)

    async def _tell_owners(self, done: AnsweredRequest, *, skip: int | None) -> None:
        """Every owner but the one who answered, on the card where there is one."""
        request, cards = done.request, await self._storage.requests.cards(done.request.id)
        for owner in sorted(await self._people.owners() - {skip}):
            event = JoinAnswered(
                person=request.person_id,
                of=request.name,
                answer=str(request.answer),
                by=request.answered_by or "",
                doors=tuple(grant.door for grant in done.grants),
                ends_at=ends_of(done.grants),
                at=self._clock.datetime(),
                edits=cards.get(owner),
            )
            await self._notices.tell(owner, event)
