"""The simulated api.the-keys.fr: login, the account's locks and accessories, and the shares that make codes.

Not public and therefore chosen here: a form that is refused comes as HTTP 200 with 400 inside the envelope, and a code
works on the gateway from the moment its share exists.
"""

import re
import secrets
import string
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from simulators.faults import ArrangedFault
from simulators.request_log import LoggedRequest
from simulators.simulator import Allowed, SimulatedAnswer, Simulator, assign
from simulators.the_keys import account
from simulators.the_keys.account import GATEWAY, KEYPAD, AccountAccessory, AccountLock, AccountShare
from simulators.the_keys.gateway import GatewaySimulator
from simulators.the_keys.share_form import faults_of, fill, parse_form

SECRETS = ("_password", "code")
PREFIX = "/fr/api/v2/"


class KeysCloudSimulator(Simulator):
    """One account with every lock of `gateway`, the gateway itself, and a keypad."""

    switches: ClassVar[Allowed] = {
        "offline": bool,
        "latency": float,
        "login_answer": ("both", "access_token", "token"),
        "token_life_seconds": float,
        "gateway_ip": str,
        "gateway_seen_seconds_ago": float,
    }

    def __init__(
        self,
        gateway: GatewaySimulator,
        *,
        phone: str,
        password: str,
        gateway_ip: str = "127.0.0.1",
        **base: Any,
    ) -> None:
        super().__init__(**base)
        self.gateway = gateway
        self.phone = phone
        self.password = password
        self.latency = 0.0
        self.login_answer = "both"
        self.token_life_seconds = 3600.0
        self.gateway_ip = gateway_ip
        self.gateway_seen_seconds_ago = 4.0
        self.accessories = [
            AccountAccessory(501, "GW8XK2P7", "Gateway", GATEWAY),
            AccountAccessory(601, "KP3QZ81T", "Keypad", KEYPAD),
        ]
        self._tokens: dict[str, float] = {}
        self.locks: dict[int, AccountLock] = {}
        self.shares: dict[int, AccountShare] = {}
        self._last_id = 7000
        self._furnish()

    # What control sees and changes

    def lock(self, lock_id: int) -> AccountLock:
        return self.locks[lock_id]

    def gateway_is_at(self, url: str) -> None:
        """A real gateway is at port 80; this one tells its port as well, so that clients find it."""
        self.gateway_ip = url.removeprefix("http://")

    def share_with_keypad(self, digits: str) -> AccountShare | None:
        """The live share behind four digits typed on the keypad."""
        shares = (share for share in self.shares.values() if share.accessory.type == KEYPAD and share.actif)
        return next((share for share in shares if share.code == digits), None)

    def expire_tokens(self) -> None:
        self._tokens.clear()

    def details(self) -> dict[str, Any]:
        locks = {str(lock.id): {"nom": lock.nom, "identifier": lock.identifier} for lock in self.locks.values()}
        shares = [account.share(share, self.gateway.version) for share in self.shares.values()]
        return {"locks": locks, "shares": shares}

    def change_lock(self, name: str, changes: dict[str, Any]) -> None:
        assign(self.lock(int(name) if name.isdecimal() else -1), changes, {"nom": str})

    # What clients are answered

    def receive(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> LoggedRequest:
        form = parse_form(body)
        fields = {name: value for name, value in form.items() if name not in SECRETS}
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if path.startswith(PREFIX):
            age = self.clock() - self._tokens.get(token, float("-inf"))
            fields["login"] = "accepted" if age < self.token_life_seconds else "refused"
        return self.log.request(method, path, fields, body)

    async def handle(self, request: LoggedRequest, *, linger: float = 0) -> SimulatedAnswer:
        await self.spend(self.latency)
        answer = self._answer(request)
        await self.spend(linger)
        return answer

    def refusal(self, request: LoggedRequest, fault: ArrangedFault) -> SimulatedAnswer:
        code = fault.code or 0
        return SimulatedAnswer.of(_envelope(None, code, fault.cause or "Error"), code)

    def _answer(self, request: LoggedRequest) -> SimulatedAnswer:
        if (request.method, request.path) == ("POST", "/api/login_check"):
            return self._log_in(parse_form(request.raw))
        for method, pattern, call in CALLS:
            found = re.fullmatch(PREFIX + pattern, request.path)
            if found and method == request.method:
                if request.fields["login"] != "accepted":
                    error = {"error": "invalid_grant", "error_description": "The access token provided has expired."}
                    return SimulatedAnswer.of(error, 401)
                return call(self, request, *found.groups())
        return SimulatedAnswer.of(_envelope(None, 404, "Not found"), 404)

    def _log_in(self, form: dict[str, str]) -> SimulatedAnswer:
        if (form.get("_username"), form.get("_password")) != (self.phone, self.password):
            return SimulatedAnswer.of({"code": 401, "message": "Bad credentials"}, 401)
        token = secrets.token_urlsafe(32)
        self._tokens[token] = self.clock()
        names = ("access_token", "token") if self.login_answer == "both" else (self.login_answer,)
        more = {"token_type": "bearer", "scope": "actions", "refresh_token": secrets.token_urlsafe(32)}
        body = {**dict.fromkeys(names, token), "expires_in": int(self.token_life_seconds), **more}
        return SimulatedAnswer.of(body, private=True)

    # The calls

    def get_user(self, _: LoggedRequest, phone: str) -> SimulatedAnswer:
        if phone != self.phone:
            return _data(None)
        return _data(account.user(phone, list(self.locks.values()), self.clock()))

    def get_accessory(self, _: LoggedRequest, accessory_id: str) -> SimulatedAnswer:
        accessory = next((a for a in self.accessories if str(a.id) == accessory_id), None)
        if accessory is None:
            return _data(None)
        seen = datetime.fromtimestamp(self.clock() - self.gateway_seen_seconds_ago, UTC).replace(tzinfo=None)
        info = {"last_seen": seen.isoformat(timespec="seconds")}
        if self.gateway_ip:
            info["ip"] = self.gateway_ip
        return _data(account.whole(accessory, self.gateway.version, self.clock(), info))

    def get_shares(self, _: LoggedRequest, lock_id: str) -> SimulatedAnswer:
        lock = self._lock_named(lock_id)
        if lock is None:
            return _data(None)
        shares = [account.share(s, self.gateway.version) for s in self.shares.values() if s.lock is lock]
        body = {"partages_utilisateur": [], "partages_accessoire": shares, "partages_demande": []}
        return _data(body, private=True)

    def create_share(self, request: LoggedRequest, lock_id: str, id_accessoire: str) -> SimulatedAnswer:
        lock = self._lock_named(lock_id)
        accessory = next((a for a in self.accessories if a.id_accessoire == id_accessoire), None)
        if lock is None or accessory is None:
            return _data(None)
        form = {"actif": "1", **parse_form(request.raw)}
        code = _invent_code() if accessory.type == GATEWAY else form.get("code", "")
        wrong = faults_of(form, code, accessory)
        if wrong:
            return _refused_form(wrong)
        share = AccountShare(self._new_id(), lock, accessory, code)
        fill(share, form)
        self.shares[share.id] = share
        return self._changed(share, "created", request)

    def update_share(self, request: LoggedRequest, share_id: str) -> SimulatedAnswer:
        share = self.shares.get(int(share_id))
        if share is None:
            return _data(None)
        form = parse_form(request.raw)
        code = form.get("code", share.code)
        wrong = faults_of(form, code, share.accessory)
        if wrong:
            return _refused_form(wrong)
        if share.accessory.type != GATEWAY:
            share.code = code
        fill(share, form)
        return self._changed(share, "updated", request)

    def delete_share(self, request: LoggedRequest, share_id: str) -> SimulatedAnswer:
        share = self.shares.pop(int(share_id), None)
        return _data(None) if share is None else self._changed(share, "deleted", request)

    def _changed(self, share: AccountShare, what: str, request: LoggedRequest) -> SimulatedAnswer:
        kind = "pin" if share.accessory.type == KEYPAD else "share"
        lock = share.lock.smartlock
        live = [
            s.code for s in self.shares.values() if s.lock is share.lock and s.accessory.type == GATEWAY and s.actif
        ]
        lock.share_code, lock.more_codes = (live[0], live[1:]) if live else ("", [])
        self.log.event(str(lock.identifier), f"{kind} {what}", request, share=share.id, nom=share.nom)
        return _data(account.share(share, self.gateway.version), private=True)

    def _furnish(self) -> None:
        """Every lock of the gateway, with the share its code came from."""
        for number, smartlock in enumerate(self.gateway.locks.values(), start=3001):
            lock = AccountLock(
                number, self.gateway, smartlock.identifier, f"Door {number - 3000}", list(self.accessories)
            )
            self.locks[number] = lock
            if smartlock.share_code:
                share = AccountShare(self._new_id(), lock, self.accessories[0], smartlock.share_code, nom="Home")
                self.shares[share.id] = share

    def _lock_named(self, lock_id: str) -> AccountLock | None:
        return self.locks.get(int(lock_id))

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id


CALLS: tuple[tuple[str, str, Callable[..., SimulatedAnswer]], ...] = (
    ("GET", r"utilisateur/get/([^/]+)", KeysCloudSimulator.get_user),
    ("GET", r"accessoire/get/([^/]+)", KeysCloudSimulator.get_accessory),
    ("GET", r"partage/all/serrure/([0-9]{1,18})", KeysCloudSimulator.get_shares),
    ("POST", r"partage/create/([0-9]{1,18})/accessoire/([^/]+)", KeysCloudSimulator.create_share),
    ("POST", r"partage/accessoire/update/([0-9]{1,18})", KeysCloudSimulator.update_share),
    ("POST", r"partage/accessoire/delete/([0-9]{1,18})", KeysCloudSimulator.delete_share),
)


def _invent_code() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(16))


def _data(data: object, *, private: bool = False) -> SimulatedAnswer:
    return SimulatedAnswer.of(_envelope(data), private=private)


def _refused_form(names: list[str]) -> SimulatedAnswer:
    body = _envelope(None, 400)
    body["message"]["form"] = [f"{name}: This value is not valid." for name in names]
    return SimulatedAnswer.of(body)


def _envelope(data: object, status: int = 200, *messages: str) -> dict[str, Any]:
    return {"status": status, "data": data, "message": {"global": list(messages), "form": []}}
