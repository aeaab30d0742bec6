"""The check before a guest comes, once more."""

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.button_data import PageTurn, read_number
from bot.chat.context import ChatContext
from bot.chat.render import arrivals as texts
from bot.chat.render import labels, passes
from bot.domain.events import ArrivalChecked

CHECK = "gcheck"


async def check_again(chat: ChatContext, argument: str) -> None:
    chat.pop_up(texts.LOOKING)
    # Locks may take their time, and the person goes on meanwhile.
    chat.release_turn()
    checked = await chat.services.arrivals.check_again(chat.person_id, read_number(argument))
    if checked is None:
        await chat.say(passes.GONE)
    else:
        await chat.say(texts.checked(checked, chat.locale), keyboard(checked))


def keyboard(event: ArrivalChecked) -> InlineKeyboardMarkup | None:
    return buttons.keyboard([buttons.data_row([(labels.CHECK_AGAIN, PageTurn(CHECK, 0, str(event.number)))])])
