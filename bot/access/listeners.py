"""What a subscriber who is no owner may hear: looked at when it is told, and so never after the right has ended."""

from bot.access import PeopleList
from bot.clock import Clock
from bot.domain.events import Event
from bot.domain.hearing import doors_of, may_hear, narrowed
from bot.domain.notices import OutboxMessage


class Listeners:
    def __init__(self, people: PeopleList, clock: Clock) -> None:
        self._people = people
        self._clock = clock

    async def heard(self, message: OutboxMessage) -> Event | None:
        """As much of the event as whoever is told may know; None: nothing."""
        if message.subscriber is None:
            return message.event
        await self._people.look_up(message.subscriber)
        rights, now = await self._people.rights(message.subscriber), self._clock.moment()
        return narrowed(message.event, [door for door in doors_of(message.event) if may_hear(rights, door, now)])
