"""The calls that put a message into a chat, each with the number of the message. They raise the library's errors."""

from typing import TYPE_CHECKING

from telegram import Bot, InlineKeyboardMarkup, InputFile, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.chat.render.limits import CUT_OFF
from bot.chat.telegram.errors import is_unchanged
from bot.chat.telegram.limits import LONGEST_CAPTION, cut, plain_text, utf16_length

if TYPE_CHECKING:
    from bot.chat.telegram.sender import Attachment, Content, Destination


async def edit(bot: Bot, destination: "Destination", message_id: int, content: "Content", mode: str | None) -> int:
    try:
        await bot.edit_message_text(
            content.text,
            chat_id=destination.chat_id,
            message_id=message_id,
            parse_mode=mode,
            # A message keeps a keyboard in place of the letters only when it is sent: an edit with one is refused.
            reply_markup=content.keyboard if isinstance(content.keyboard, InlineKeyboardMarkup) else None,
        )
    except BadRequest as error:
        # It says so already, as after "Refresh". Sending it anew instead gave duplicates in other people's bots.
        if not is_unchanged(error):
            raise
    return message_id


async def send(bot: Bot, destination: "Destination", content: "Content", mode: str | None) -> int:
    replies_to = destination.replies_to
    message = await bot.send_message(
        destination.chat_id,
        content.text,
        parse_mode=mode,
        reply_markup=content.keyboard,
        message_thread_id=destination.thread_id,
        protect_content=content.protect or None,
        disable_notification=content.is_silent or None,
        # The message that asked may be deleted meanwhile, and its answer must come all the same.
        reply_parameters=ReplyParameters(replies_to, allow_sending_without_reply=True) if replies_to else None,
    )
    return message.message_id


async def send_file(bot: Bot, destination: "Destination", file: "Attachment") -> int:
    given, plain = InputFile(file.data, filename=file.name), plain_text(file.caption)
    is_short = utf16_length(plain) <= LONGEST_CAPTION
    write = bot.send_photo if file.is_picture else bot.send_document
    message = await write(
        destination.chat_id,
        given,
        # A cut may fall inside a tag, so what is cut goes out without markup.
        caption=file.caption if is_short else cut(plain, LONGEST_CAPTION, CUT_OFF),
        parse_mode=ParseMode.HTML if is_short else None,
        reply_markup=file.keyboard,
        protect_content=file.protect or None,
    )
    return message.message_id
