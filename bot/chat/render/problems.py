"""What Latchkey itself says of a lock's answer, beside the drivers' own sentences."""

from collections.abc import Mapping

from bot.domain.remarks import Template

PROBLEMS: Mapping[str, Template] = {
    "command.shut": Template("Latchkey stopped moving doors before it could be sent."),
    "driver.no_answer": Template("The lock gave no answer in time."),
    "driver.failed": Template("Something went wrong while the lock was asked; the bot's log has the details."),
    "driver.unsupported": Template("This lock cannot do that."),
}
