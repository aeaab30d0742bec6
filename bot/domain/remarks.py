"""What a driver says of a lock, as data: stored as a code with parameters, and made a sentence where it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Parameter: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence marked for translation, with `{name}` where a parameter goes.

    `fix` is for owners only: what to check or change, with the names of settings.
    """

    text: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """`code` names the template in the drivers' tables, like "the_keys.33"; no parameter is a secret or an address."""

    code: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def text(self, template: Template) -> str:
        return template.text.format(**self.parameters)

    def fix(self, template: Template) -> str | None:
        """None where the template needs a door's name and the remark is about no door."""
        try:
            return template.fix and template.fix.format(**self.parameters)
        except KeyError:
            return None
