"""The wire to Telegram: polling, order per person, the one sender, replies, notices, and the watchdog."""
