"""The far side of every wire: Telegram, The Keys and KAS over real HTTP, for the demo and for the tests."""
