"""What can be said of any lock system. Sentences are marked for translation by being a `Template`."""

from collections.abc import Mapping

from bot.domain.remarks import Remark, Template

COMMON: Mapping[str, Template] = {
    "command.too_late": Template("By the time the lock could take it, it was too late."),
    "command.withdrawn": Template("The right to it was taken, or ended, before it could be sent."),
    "code.no_time": Template("Less than a minute is left of the right to that code."),
    "unsupported.unlock": Template("This lock cannot be opened from here."),
    "unsupported.lock": Template("This lock cannot be closed from here."),
    "unsupported.status": Template("This lock cannot be asked for its state."),
    "unsupported.pins": Template("This lock cannot make codes."),
    "unsupported.revoke_pins": Template("Codes of this lock cannot be revoked."),
    "unsupported.sync": Template("There is nothing to synchronise here."),
}


def peer_templates(peer: str, name: str) -> dict[str, Template]:
    """What can be said of an exchange with `peer`, which people know as `name`. Whole sentences translate best."""
    return {
        f"{peer}.unreachable": Template(f"{name} cannot be reached."),
        f"{peer}.no_answer": Template(f"{name} did not answer in time."),
        f"{peer}.broken_off": Template(f"{name} broke the connection off without a clear answer."),
        f"{peer}.elsewhere": Template(f"{name} sent us to another address, and we follow none."),
        f"{peer}.too_much": Template(f"{name} sent far more than an answer."),
        f"{peer}.unreadable": Template(f"{name} answered something that cannot be read."),
    }


def door_parameters(door: str) -> dict[str, str]:
    """What a sentence may name of a door: itself, and `env`, the beginning of its settings."""
    return {"door": door, "env": f"DOORS__{door.upper()}"} if door else {}


def fill(remark: Remark, templates: Mapping[str, Template]) -> str:
    """The English sentence; of a code that this version does not know, the code."""
    template = templates.get(remark.code)
    return remark.code if template is None else remark.text(template)
