"""/doctor: what is right and wrong with the house itself, told to owners in private."""

from bot.chat import buttons
from bot.chat.context import ChatContext
from bot.chat.render import doctor as texts
from bot.chat.render import labels
from bot.chat.telegram.sender import Content

DOCTOR = "doctor"


async def doctor(chat: ChatContext) -> None:
    reply = chat.private_reply()
    chat.pop_up()
    reply.show(Content(texts.LOOKING))
    # It takes up to 40 s, and this person may want a door meanwhile.
    chat.release_turn()
    found = await chat.services.doctor.examine(chat.rights)
    again = buttons.keyboard([buttons.view_row([(labels.REFRESH, DOCTOR, "")])])
    await reply.finish(Content(texts.report(found, chat.locale), again))
    await chat.say_where(reply)
