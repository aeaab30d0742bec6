"""The answer to the press of a button: a word that pops up where the person looks, or only the end of the spinner."""

from bot.chat.render.denials import alert
from bot.chat.telegram.sender import Sender


class Toast:
    def __init__(self, sender: Sender, query_id: str) -> None:
        self._sender = sender
        self._query_id = query_id
        self.is_shown = False

    def show(self, text: str = "", *, is_alert: bool = False) -> None:
        """Never waits. An alert stays until it is read."""
        # Telegram takes one answer a press: the first one counts.
        if not self.is_shown:
            self.is_shown = True
            self._sender.toast(self._query_id, alert(text) or None, is_alert=is_alert)
