"""What is kept of codes when they are made and taken back, in the transaction of the command's outcome."""

from datetime import datetime

from bot.domain.codes import IssuedPin, Pin
from bot.domain.commands import Command, CommandRequest, Result
from bot.domain.events import PinMade
from bot.notices import Notices
from storage import Storage


class CodeLog:
    def __init__(self, storage: Storage, notices: Notices) -> None:
        self._storage = storage
        self._notices = notices

    async def made(self, request: CommandRequest, command: Command, pin: Pin, now: datetime) -> None:
        asked = request.pin
        issued = IssuedPin(
            id=0,
            door=command.door,
            handle=pin.handle,
            person_id=command.person_id,
            person_name=command.person_name,
            made_at=now,
            asked_until=asked.starts_at + asked.duration if asked else None,
            ends_at=pin.ends_at,
            pass_id=request.pass_id,
            label=asked.label if asked else "",
            note=pin.note,
            starts_at=asked.starts_at if asked else None,
        )
        await self._storage.pins.add(issued, message_id=request.shown_by)
        # A keypad asks the bot nothing: so the owners hear of each code (docs/trials.md, R17).
        event = PinMade(
            door=command.door,
            by=command.person_name,
            at=now,
            asked_until=issued.asked_until,
            ends_at=issued.ends_at,
            is_revocable=pin.handle is not None,
        )
        await self._notices.pin_made(event, by=command.person_id)

    async def revoking(self, pin: IssuedPin, result: Result, now: datetime) -> None:
        # CONFIRMED means that the lock system does not list it any more. Otherwise it may still work.
        if result is Result.CONFIRMED:
            await self._storage.pins.mark_revoked(pin.id, now)
        elif result in (Result.ACCEPTED, Result.UNKNOWN):
            await self._storage.pins.mark_revoke_asked(pin.id, now)
