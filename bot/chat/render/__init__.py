"""Every sentence of the bot's own and the translation of the drivers': the only room a translator opens.

HTML as Telegram reads it. Whatever people, locks or Telegram wrote is escaped here.
"""
