"""What Latchkey said no to: a row of the journal, and told to those who want to hear of it."""

from dataclasses import replace
from typing import Any

from bot.clock import Clock
from bot.control.restraint import TRYING, Restraint
from bot.control.strangers import Strangers
from bot.domain.commands import CommandRequest, DenialReason, Finished, Result
from bot.domain.doors import Doors, matches
from bot.notices import Notices
from storage import Storage

ASKED_BACK = (DenialReason.CLOCK_DOUBTED, DenialReason.NEEDS_CONFIRMATION)
# The rights of somebody on the list do not allow it: that is told to those who want to hear of it.
AGAINST_RIGHTS = (*TRYING, DenialReason.LOCKDOWN, DenialReason.COOLING_DOWN, DenialReason.TOO_MANY_OPENINGS)


class Denials:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        notices: Notices,
        strangers: Strangers,
        restraint: Restraint,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._notices = notices
        self._strangers = strangers
        self._restraint = restraint
        self._clock = clock

    async def record(self, request: CommandRequest, denial: Finished) -> None:
        # A request that is asked back is not over: its own denial would make it one that came before.
        if denial.reason in (None, DenialReason.DUPLICATE, *ASKED_BACK):
            return
        if denial.reason is DenialReason.STRANGER:
            await self._strangers.record(request, request.action)
            return
        now = self._clock.datetime()
        command = await self._storage.commands.add(request, now=now, outcome=Result.DENIED)
        await self._storage.journal.append(
            "denied",
            at=now,
            command_id=command.id,
            person_id=command.person_id,
            chat_id=command.chat_id,
            door=command.door,
            action=command.action,
            **about(request),
            why=denial.reason,
        )
        # What was said may be the title of a door that this person does not see.
        door = next(iter(matches(request.door, self._doors)), None)
        if door and denial.reason in AGAINST_RIGHTS:
            await self._notices.refused(replace(command, door=door.name), denial.reason, how=request.how)
        await self._restraint.note(request, denial)


def about(request: CommandRequest) -> dict[str, Any]:
    about = {"update": request.update_key, "name": request.person_name, "asked": round(request.asked_at)}
    return about | ({"how": request.how} if request.how else {})
