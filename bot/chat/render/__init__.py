"""Every sentence of the bot's own."""
