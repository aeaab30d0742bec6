"""What is said about settings."""

from dataclasses import dataclass


class SettingsWrong(Exception):
    """`faults` holds one line for each fault; none shows a value."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is the setting that a fault or a warning is about, as far as one can tell."""

    about: str | None
    text: str
