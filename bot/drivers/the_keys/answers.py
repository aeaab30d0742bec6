"""A gateway's answers to each of its calls, from bytes to values or errors."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.drivers.http import HttpReply, Unreadable
from bot.drivers.the_keys.battery import rssi_dbm
from bot.drivers.the_keys.codes import BUSY, GatewayReply, error_of, read_number, read_object, read_reply, unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    version: str
    doing: str

    @property
    def is_synchronising(self) -> bool:
        return self.doing.lower().startswith("synchroni")


@dataclass(frozen=True, slots=True, kw_only=True)
class LockerInfo:
    """A lock as the gateway last heard it, without asking it by radio."""

    identifier: str
    rssi_dbm: int | None
    battery_mv: int | None
    """As the lock said it: `BatteryPack` knows what to make of it."""
    last_log: int | None
    """Grows with every event of the lock; None on lock firmware below 57."""


def read_gateway_status(body: bytes) -> GatewayStatus:
    """Raises `Unreadable` if the body is no `/status` answer."""
    fields = read_object(body)
    # Unlike every other answer it has no `status`; `version` is text on the page and a number on some firmware.
    if "version" not in fields and "current_status" not in fields:
        raise Unreadable("no status of a gateway")
    return GatewayStatus(version=_word(fields.get("version")), doing=_word(fields.get("current_status")))


def read_lockers(body: bytes) -> Mapping[str, LockerInfo]:
    """Raises `Unreadable` if the body is no `/lockers` answer."""
    devices = read_object(body).get("devices")
    if not isinstance(devices, list):
        raise Unreadable("no list of locks")
    lockers = {}
    for device in devices:
        identifier = read_number(device.get("identifier")) if isinstance(device, dict) else None
        if identifier is not None:
            lockers[str(identifier)] = LockerInfo(
                identifier=str(identifier),
                rssi_dbm=rssi_dbm(device.get("rssi")),
                battery_mv=read_number(device.get("battery")),
                last_log=read_number(device.get("last_log")),
            )
    return lockers


def lockers_in(answer: HttpReply) -> Mapping[str, LockerInfo]:
    try:
        return read_lockers(answer.body)
    except Unreadable:
        pass
    reply = reply_in(answer, command=False)
    raise error_of(reply, door="", command=False)


def says_no(answer: HttpReply) -> bool:
    try:
        reply = read_reply(answer.body)
    except Unreadable:
        return False
    return not (reply.ok or reply.code == BUSY)


def reply_in(answer: HttpReply, *, command: bool) -> GatewayReply:
    try:
        reply = read_reply(answer.body)
    except Unreadable:
        pass
    else:
        # What a status other than 200 means here is not known; a no in the body is still a no.
        if answer.status == 200 or not reply.ok:
            return reply
    raise unreadable(command=command, **http_status(answer))


def expect_done(answer: HttpReply, *, door: str, command: bool, is_update: bool = False) -> None:
    # Real gateways answer these calls with an empty body. For a call that moves a bolt that would be no yes.
    if answer.status == 200 and not answer.body.strip():
        return
    reply = reply_in(answer, command=command)
    if not reply.done:
        raise error_of(reply, door=door, command=command, is_update=is_update)


def http_status(answer: HttpReply) -> dict[str, int]:
    return {} if answer.status == 200 else {"status": answer.status}


def _word(value: object) -> str:
    """A short word of the gateway, safe to print."""
    text = str(value) if isinstance(value, str) or type(value) is int else "unknown"
    return "".join(letter for letter in text[:40] if letter.isascii() and letter.isprintable())
