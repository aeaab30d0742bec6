"""How the gateway reads requests and words its answers, in the dialect of the field or of the vendor's page."""

from typing import Any
from urllib.parse import unquote

REAL, SEED = DIALECTS = ("real", "seed")

OK = {"status": "ok", "code": 0}

# code -> what it means; the seed dialect sends the words
CODES = {
    1: "locker not detected",
    2: "locker not compatible",
    3: "invalid synchronization data",
    4: "error during synchronization",
    5: "bluetooth error",
    32: "locker not shared",
    33: "invalid hmac",
    34: "locker not detected",
    35: "locker not compatible",
    36: "invalid key",
    37: "unknown error",
    38: "gateway time invalid",
    400: "missing parameter",
    500: "busy",
}

# code of /locker_status -> the text beside it; the text of 48 is not public
BOLT_CODES = {"unknown": (48, "Unknown"), "locked": (49, "Door closed"), "unlocked": (50, "Door open")}


class Ko(Exception):
    """The gateway says no."""

    def __init__(self, code: int, cause: str | None = None) -> None:
        super().__init__(code, cause)
        self.code = code
        self.cause = cause


def parse_form(body: bytes) -> dict[str, str]:
    # Percent-decodes but leaves + alone: half of the clients in the field send raw Base64 and work, and about every
    # second digest holds one. Parsers of ordinary forms make a space of it.
    pairs = (pair.partition("=") for pair in body.decode("utf-8", "replace").strip().split("&") if pair)
    return {unquote(name): unquote(value) for name, _, value in pairs}


def refusal(dialect: str, code: int, cause: str | None) -> dict[str, Any]:
    if dialect == SEED:
        if code == 500:
            return {"status": "500", "message": cause or "busy"}
        return {"status": str(code), "code": cause or CODES.get(code, "unknown error")}
    return {"status": "ko", "code": code} | ({} if cause is None else {"cause": cause})


def success(dialect: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body as the dialect has it; calls give it in the real one."""
    if dialect == REAL:
        return body
    match path:
        case "/status" | "/":
            return {"version": str(body["version"]), "current_status": f"{body['current_status']}..."}
        case "/lockers":
            return {**body, "devices": [_without_log(device) for device in body["devices"]]}
        case "/synchronize":
            return body
        case "/locker_status":
            return {"status": "0", "code": body["code"]}
    return {"status": "0", "code": "ok"}


def _without_log(device: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in device.items() if name != "last_log"}
