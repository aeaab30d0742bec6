"""What a door behind a The Keys gateway needs to be told."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from bot.drivers.base import DoorSettings
from bot.drivers.values import as_text, is_host, matching, secret, web_address

# Any port: people put a gateway behind a router that maps one.
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*(:[0-9]{1,5})?")


def read_host(value: str) -> str:
    """A gateway's host[:port], small and without the usual port; ValueError says how to write it."""
    value = value.strip()
    if not _HOST.fullmatch(value) or not is_host(value):
        raise ValueError("is not a host: write it like 192.168.1.20 or gateway.local:8080, without http://")
    return value.lower().removesuffix(":80")


def _stripped(value: SecretStr) -> SecretStr:
    return SecretStr(value.get_secret_value().strip())


ShareCode = Annotated[
    SecretStr, secret(r"[A-Za-z0-9]{1,64}", "is not a share code: copy it again, it is letters and digits only")
]
Digits = Annotated[str, as_text, matching(r"[0-9]{1,20}", "must be digits only, like 45961123")]
Phone = Annotated[str, as_text, matching(r"\+?[0-9 .]{4,24}", "must be the account's phone number, like +33612345678")]
Keypad = Annotated[
    str, as_text, matching(r"[A-Za-z0-9_-]{1,40}", "must be a keypad's word: `latchkey the-keys locks` shows it")
]
Prefix = Annotated[str, as_text, matching(r"[0-9]{2}", "must be the two digits typed before every code, like 24")]


class TheKeysSettings(DoorSettings):
    host: Annotated[str, AfterValidator(read_host)]
    """The gateway: name or address, with a port if it is not 80."""
    identifier: Digits
    """The lock's serial "ID serrure", as `latchkey gateway HOST search` shows it."""
    share_code: ShareCode
    """The code of the share between lock and gateway."""
    # Clients in the field wait 10 to 30 s; an answer that needs the radio takes 3 to 4.
    timeout_seconds: float = Field(default=15, gt=0, le=120)
    """How long the gateway may be silent."""
    # Reading six locks by radio each minute crashed a gateway in the field; that client then chose 300 s.
    full_status_seconds: float = Field(default=300, ge=10, le=86_400)
    """The bolt itself is read by radio at least this often, even if the gateway says nothing changed."""
    battery_empty_mv: int | None = Field(default=None, gt=0, lt=20_000)
    battery_full_mv: int | None = Field(default=None, gt=0, lt=20_000)
    cloud_url: Annotated[str, web_address] = "https://api.the-keys.fr"
    cloud_phone: Phone | None = None
    cloud_password: Annotated[SecretStr, AfterValidator(_stripped)] | None = None
    cloud_lock_id: Digits | None = None
    """The cloud's own number of the lock (not its serial): `latchkey the-keys locks` shows it."""
    keypad_id: Keypad | None = None
    """The keypad's accessory id, a word rather than a number."""
    keypad_prefix: Prefix | None = None
    """The two digits a guest types before every code on this keypad."""

    @property
    def battery_span(self) -> tuple[int, int] | None:
        if self.battery_empty_mv is None or self.battery_full_mv is None:
            return None
        return self.battery_empty_mv, self.battery_full_mv

    @property
    def cloud_login(self) -> tuple[str, str, str]:
        """Address, phone number and password of the cloud account."""
        password = self.cloud_password.get_secret_value() if self.cloud_password else ""
        return self.cloud_url, self.cloud_phone or "", password

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        if (self.battery_empty_mv is None) != (self.battery_full_mv is None):
            raise ValueError("BATTERY_EMPTY_MV and BATTERY_FULL_MV belong together: set both or neither")
        if self.battery_span and self.battery_span[0] >= self.battery_span[1]:
            raise ValueError("BATTERY_EMPTY_MV must be below BATTERY_FULL_MV")
        if self.keypad_id is not None and None in (self.cloud_phone, self.cloud_password, self.cloud_lock_id):
            raise ValueError("KEYPAD_ID needs CLOUD_PHONE, CLOUD_PASSWORD and CLOUD_LOCK_ID as well")
        return self
