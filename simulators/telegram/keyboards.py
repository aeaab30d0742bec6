"""Inline keyboards, judged as Telegram judges them."""

import re
from typing import Any

from simulators.telegram.parameters import Json, Parameters, bad_request

MOST_BUTTONS = 100
STYLES = {"danger", "success", "primary"}
LINK = re.compile(r"(?:https?|tg)://\S+", re.IGNORECASE)


def markup_of(params: Parameters) -> tuple[list[list[Json]], Json | None]:
    """The inline buttons, and any other kind of keyboard as it came."""
    markup = params.object("reply_markup")
    if markup is None:
        return [], None
    if "inline_keyboard" not in markup:
        return [], markup or None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('can\'t parse inline keyboard: Field "inline_keyboard" must be of type Array')
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return [[_button(button) for button in row] for row in rows if row], None


def _button(button: Any) -> Json:
    if not isinstance(button, dict) or not button.get("text"):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    _check_data(button.get("callback_data"))
    if (
        "copy_text" in button
        and not 1 <= len(Parameters(Parameters(button).object("copy_text") or {}).text("text")) <= 256
    ):
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if "url" in button and not LINK.fullmatch(str(button["url"])):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if button.get("style") not in {None, *STYLES}:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    if not button.keys() - {"text", "style", "icon_custom_emoji_id"}:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    return button


def _check_data(data: Any) -> None:
    # Bytes, not letters: a title in Cyrillic takes twice the room.
    if data is not None and not 1 <= len(str(data).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
