"""The chat put together: Telegram's connection, the dispatcher of what comes in, and the delivery of what is told."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import Any

from telegram import BotCommand

from bot.access.listeners import Listeners
from bot.chat import telling
from bot.chat.code_messages import CodeMessages
from bot.chat.commands import ChatCommand
from bot.chat.dispatcher import Dispatcher
from bot.chat.handlers import COMMANDS, glass, panels
from bot.chat.render import events
from bot.chat.services import Services
from bot.chat.telegram.connection import TelegramConnection
from bot.chat.telegram.memberships import TelegramGroups
from bot.chat.telegram.outbox import OutboxDelivery
from bot.chat.telegram.panels import PanelKeeper
from bot.chat.telegram.sender import Destination
from bot.domain.events import ApprovalAsked, DoorCalled, DoorCallGoesOn, GlassBreaking, JoinAsked
from bot.domain.notices import OutboxMessage


class Chat:
    def __init__(self, telegram: TelegramConnection, services: Services) -> None:
        self._telegram = telegram
        self.services = services
        dispatcher = Dispatcher(services)
        dispatcher.register(telegram.application)
        telegram.too_many = dispatcher.too_many
        # The people list knows no Telegram, and was built before there was a connection.
        services.people.memberships.ask(TelegramGroups(telegram.application.bot))
        services.second_factors.erase_with(
            lambda person_id, number: telegram.sender.try_to_delete(Destination(person_id), number)
        )
        self._code_messages = CodeMessages(services.codes, services.sender, services.locale)
        self._outbox = OutboxDelivery(
            telegram.sender,
            services.notices,
            services.clock,
            services.activity,
            compose=lambda event: telling.compose(event, services),
            heard=Listeners(services.people, services.clock).heard,
            merge=events.merged,
            sent=self._sent,
            not_reached=self._not_reached,
            repair=services.topic_keeper.repair,
            zone=services.zone,
        )
        self._panels = PanelKeeper(
            telegram.sender,
            telegram.places,
            services.panels,
            services.notices,
            services.clock,
            services.activity,
            compose=partial(panels.compose, services),
            over=panels.TAKEN_DOWN,
            repair=services.topic_keeper.repair,
        )

    @property
    def duties(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """What the timekeeper does when its time has come."""
        return (self._code_messages.look_after,)

    def jobs(self) -> Iterable[Coroutine[Any, Any, None]]:
        """What goes on as long as the bot polls."""
        return (
            self._outbox.run(),
            self._panels.run(),
            self.services.topic_keeper.rename(),
            self._telegram.watchdog.run(),
            self._announce_commands(),
        )

    async def _sent(self, message: OutboxMessage, number: int) -> None:
        # A card is known again by its number, so that it changes when somebody else answers.
        if isinstance(message.event, JoinAsked):
            await self.services.requests.keep_card(message.event.request, message.chat_id, number)
        elif isinstance(message.event, ApprovalAsked) or (
            isinstance(message.event, GlassBreaking) and glass.has_answers(message.event)
        ):
            await self.services.ballots.keep_card(message.event.request, message.chat_id, number)
        elif isinstance(message.event, DoorCalled):
            await self.services.door_calls.keep_card(message.event.call, message.chat_id, number)
        elif isinstance(message.event, DoorCallGoesOn):
            await self.services.door_calls.keep_message(message.event.call, number)

    async def _not_reached(self, message: OutboxMessage) -> None:
        # Somebody who never started the bot, or blocked it, cost whoever stood at the door a minute.
        if isinstance(message.event, DoorCalled):
            await self.services.door_calls.not_reached(message.event.call, message.chat_id)

    async def _announce_commands(self) -> None:
        commands = [command for command in COMMANDS if self.services.space or not command.is_of_space]
        everybodys = _menu(command for command in commands if not command.is_offered_to_owners)
        with self.services.activity.item():
            # Telegram shows the menu of the narrowest scope alone, so that of the owners holds everybody's, too.
            await self._telegram.announce_commands(everybodys, _menu(commands), self.services.people.owner_ids)


def _menu(commands: Iterable[ChatCommand]) -> list[BotCommand]:
    return [BotCommand(command.name, command.what) for command in commands]
