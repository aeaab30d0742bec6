"""Latchkey: a self-hosted Telegram bot that opens real doors."""
