"""Names and values as `.env` and the environment have them."""

# What stands after the = is the value, sign for sign, and `${…}` is nothing but signs: so does `docker run --env-file`
# read it. Quotes, `export` and a comment behind a value mean something else to other readers of such files: they are
# faults, so that one file means the same everywhere.

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.settings.env_file import lines_of, place_of, text_of
from bot.settings.findings import Finding
from bot.settings.names import is_not_a_setting, is_setting, meant, seems_ours

# What `.env.example` says where a value is needed, also inside of a value, and the token that manuals print.
PLACEHOLDER = re.compile(r"(?i:replace[-_ ]?me)|^[0-9]+:ABC-DEF")
QUOTED = re.compile(r"(['\"`]).*\1", re.DOTALL)
COMMENT = re.compile(r"\s#|^#(\s|$)")
REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*[^}]*\}")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# An unknown name that is shown. Others may be a secret on a line of its own that happens to end in =.
SHOWN = re.compile(r"[A-Z][A-Z_]*")


@dataclass(slots=True)
class Written:
    values: dict[str, str] = field(default_factory=dict)
    faults: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    missing_file: Path | None = None
    """The file that was looked for and is not there."""

    def only(self, is_wanted: Callable[[str], bool]) -> "Written":
        """What of it is about the settings that are wanted."""
        return Written(
            {name: value for name, value in self.values.items() if is_wanted(name)},
            [fault for fault in self.faults if fault.about and is_wanted(fault.about)],
            [warning for warning in self.warnings if warning.about and is_wanted(warning.about)],
            self.missing_file,
        )


def read(env_file: Path | None, environment: Mapping[str, str]) -> Written:
    """The file and the environment, which wins. Raises SettingsWrong if the file cannot be read as a whole."""
    written = Written()
    _take_file(env_file, written)
    for name, value in environment.items():
        if is_setting(name) or name.startswith("DOORS__") or name == "DOORS":
            _take(name, value, written)
        elif seems_ours(name):
            text = f"{name} of the environment: {is_not_a_setting(name)}"
            written.warnings.append(Finding(meant(name), text))
    return written


def _take(name: str, value: str, written: Written) -> None:
    if not is_setting(name):
        written.faults.append(Finding(meant(name), f"{name}: {is_not_a_setting(name)}"))
    elif fault := _fault_in(value):
        written.faults.append(Finding(name, f"{name}: {fault}"))
    # An empty value sets nothing: `latchkey gateway HOST search` prints SHARE_CODE= to be filled in.
    elif value.strip():
        written.values[name] = value.strip()
        if REFERENCE.search(value):
            text = f"{name}: nothing is put in the place of ${{…}}: it is taken as it stands"
            written.warnings.append(Finding(name, text))


def _fault_in(value: str) -> str | None:
    """Why the value is none, whatever the setting."""
    if QUOTED.fullmatch(value.strip()):
        return "is in quotes, which would be part of the value: leave them out"
    if COMMENT.search(value):
        return "has a # after a space, where other programs begin a comment: leave it out, or begin a line with it"
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in value.strip()):
        return "has a sign in it that cannot be printed: write it again by hand"
    if PLACEHOLDER.search(value):
        return "is still the placeholder of .env.example: put your own value there"
    return None


def _take_file(env_file: Path | None, written: Written) -> None:
    text = None if env_file is None else text_of(env_file)
    if env_file is None or text is None:
        written.missing_file = env_file and place_of(env_file)
        return
    place, seen = place_of(env_file), dict[str, int]()
    for number, line in lines_of(text):
        name, equals, value = line.partition("=")
        where = f"line {number} of {place}"
        fault = _fault_of_line(name, equals, where)
        if fault is None and name in seen:
            fault = f"{name}: stands twice in {place}, in lines {seen[name]} and {number}: keep one"
        if fault:
            written.faults.append(Finding(_about(name), fault))
            continue
        seen[name] = number
        _take(name, value, written)


def _fault_of_line(name: str, equals: str, where: str) -> str | None:
    """What is wrong with a line."""
    word, *more = name.split() or [""]
    if word == "export" and more:
        return f"{where}: export is for shells: write NAME=value"
    if not equals:
        return f"{where}: is no NAME=value, and no comment, which begins with #"
    if name != word and not more and (is_setting(word) or meant(word)):
        return f"{where}: has a space before the =: write NAME=value"
    if SHOWN.fullmatch(name) or (NAME.fullmatch(name) and (is_setting(name) or meant(name))):
        return None
    return f"{where}: what stands before the = is not a setting"


def _about(name: str) -> str | None:
    words = [word for word in name.split() if word != "export"]
    if not words:
        return None
    return words[0] if is_setting(words[0]) else meant(words[0])
