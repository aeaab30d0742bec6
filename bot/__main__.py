"""python -m bot: the same as the `latchkey` command; without a word it runs the bot."""

from bot.cli import main

main(prog_name="latchkey")
