"""What a subscriber may hear: looked at when it is told, and so never after the right has ended."""

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
        if message.subscriber is None or message.subscriber in await self._people.owners():
            return message.event
        # In groups owners subscribe: what waited there, as in quiet hours, is nobody's once the owner is none any more.
        if message.chat_id != message.subscriber:
            return None
        # Now, and not when it happened: a message may wait for hours, and a right end meanwhile.
        await self._people.look_up(message.subscriber)
        rights, now = await self._people.rights(message.subscriber), self._clock.moment()
        return narrowed(message.event, [door for door in doors_of(message.event) if may_hear(rights, door, now)])
