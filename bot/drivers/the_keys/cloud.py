"""The maker's cloud, api.the-keys.fr: needed only to make shares between lock and gateway, and codes for keypads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from bot.domain.readings import PeerStatus
from bot.domain.remarks import Remark
from bot.drivers.base import Deadline, DriverContext
from bot.drivers.errors import LockError, NotAuthorised, OutcomeUnknown, OutOfReach, Refused, UnexpectedReply
from bot.drivers.http import HttpReply, LockHttpClient, Timeouts, Unreadable, is_number
from bot.drivers.pacing import RequestQueue
from bot.drivers.the_keys.codes import read_number, read_object
from bot.drivers.the_keys.messages import CLOUD

# Field clients renew so early, too. A command whose session ends on the way is not repeated.
RENEW_BEFORE_SECONDS = 60.0
# `type` is not documented: 1 and 2 as in a Jeedom plugin, 3 as in a Python client.
KINDS = {1: "gateway", 2: "keypad", 3: "remote"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Accessory:
    identifier: str
    """The word printed on it, not the cloud's number."""
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudLock:
    id: int
    """The cloud's own number."""
    serial: str
    """What a gateway calls the lock's identifier."""
    name: str
    accessories: tuple[Accessory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    id: int
    name: str
    accessory: str
    code: str = field(repr=False)


class Cloud:
    """One account. `prefix` goes before the names of settings in what owners are told ("DOORS__FRONT__")."""

    def __init__(
        self,
        url: str,
        phone: str,
        password: str,
        context: DriverContext,
        *,
        prefix: str = "",
        timeout_seconds: float = 15.0,
    ) -> None:
        self.name = f"the_keys cloud {url}"
        self.tells_firmware = False
        self.is_clock_wrong: bool | None = None
        self._phone = international(phone)
        self._password = password
        self._prefix = prefix
        self._context = context
        self._client = LockHttpClient(url, peer=CLOUD, transport=context.transport)
        self._queue = RequestQueue(monotonic=context.monotonic, sleep=context.sleep)
        self._timeouts = Timeouts.of(timeout_seconds)
        self._token = ""
        self._token_ends = float("-inf")

    async def log_in(self) -> None:
        """Get a token; raises NotAuthorised if phone number or password are wrong."""
        form = {"_username": self._phone, "_password": self._password}
        # Urgent, as a command may wait for it.
        async with self._queue.turn(rest=0, urgent=True):
            answer = await self._client.query("POST", "/api/login_check", form=form, timeouts=self._timeouts)
        fields = _fields(answer)
        # The cloud sends both names or one of them, and clients in the field read either.
        token = fields.get("access_token") or fields.get("token")
        if answer.status in (400, 401, 403):
            raise self._not_authorised("login", answer)
        if answer.status != 200 or not isinstance(token, str):
            raise _trouble(answer)
        self._token = token
        self._token_ends = self._context.now() + (read_number(fields.get("expires_in")) or 3600)

    async def look(self) -> PeerStatus:
        await self.locks()
        return PeerStatus(says=Remark("the_keys.cloud.answers"))

    async def renew(self) -> None:
        """Log in unless the token is good for another minute."""
        if self._context.now() > self._token_ends - RENEW_BEFORE_SECONDS:
            await self.log_in()

    async def locks(self) -> list[CloudLock]:
        found = await self._read(f"utilisateur/get/{quote(self._phone, safe='+')}")
        if not isinstance(found, dict):
            raise NotAuthorised("the_keys.cloud.no_account", prefix=self._prefix)
        return [lock for lock in map(_read_lock, _objects(found.get("serrures"))) if lock is not None]

    async def shares(self, lock_id: str, deadline: Deadline | None = None) -> list[Share]:
        """The lock's shares with gateways, keypads and remotes."""
        found = await self._read(f"partage/all/serrure/{lock_id}", deadline)
        if not isinstance(found, dict) or not isinstance(found.get("partages_accessoire"), list):
            raise Refused("the_keys.cloud.no_lock", prefix=self._prefix)
        return [share for share in map(_read_share, _objects(found["partages_accessoire"])) if share is not None]

    async def create_share(self, lock_id: str, accessory: str, form: Mapping[str, str], deadline: Deadline) -> Share:
        """`form` as the cloud names the fields, without their common prefix."""
        # For a gateway the cloud makes the code up, for a keypad it takes ours.
        fields = {f"partage_accessoire[{name}]": value for name, value in form.items()}
        data = await self._command(
            f"partage/create/{quote(lock_id, safe='')}/accessoire/{quote(accessory, safe='')}", fields, deadline
        )
        if data is None:
            raise Refused("the_keys.cloud.no_accessory", prefix=self._prefix)
        number, code = read_number(data.get("id")), data.get("code")
        if number is None:
            raise OutcomeUnknown("the_keys.cloud.unclear")
        return Share(id=number, name="", accessory=accessory, code=code if isinstance(code, str) else "")

    async def delete_share(self, share_id: str, deadline: Deadline) -> None:
        """A share that is gone already counts as deleted."""
        await self._command(f"partage/accessoire/delete/{quote(share_id, safe='')}", {}, deadline)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _read(self, path: str, deadline: Deadline | None = None) -> object:
        answer = await self._get(path, deadline)
        # The cloud may end a session early; reading once more is harmless.
        if _is_expired(answer):
            self._token_ends = float("-inf")
            answer = await self._get(path, deadline)
        if _is_expired(answer):
            raise self._not_authorised("session", answer)
        fields = _fields(answer)
        if answer.status != 200 or not is_number(fields.get("status"), 200) or "data" not in fields:
            raise _trouble(answer)
        return fields["data"]

    async def _get(self, path: str, deadline: Deadline | None) -> HttpReply:
        headers = await self._authorised()
        async with self._queue.turn(rest=0, deadline=deadline):
            return await self._client.query("GET", f"/fr/api/v2/{path}", headers=headers, timeouts=self._timeouts)

    async def _command(self, path: str, form: Mapping[str, str], deadline: Deadline) -> dict[str, object] | None:
        """The answer's data, None where the cloud found nothing of that name; an expired session is not repeated."""
        headers = await self._authorised()
        async with self._queue.turn(rest=0, deadline=deadline):
            answer = await self._client.command(
                "POST", f"/fr/api/v2/{path}", form=form, headers=headers, deadline=deadline, timeouts=self._timeouts
            )
        if _is_expired(answer):
            self._token_ends = float("-inf")
            raise self._not_authorised("session", answer)
        fields = _fields(answer)
        data = fields.get("data")
        if (
            answer.status == 200
            and is_number(fields.get("status"), 200)
            and "data" in fields
            and isinstance(data, dict | None)
        ):
            return data
        if answer.status in (200, 400) and is_number(fields.get("status"), 400):
            raise Refused("the_keys.cloud.refused")
        raise OutcomeUnknown("the_keys.cloud.unclear", status=answer.status)

    async def _authorised(self) -> Mapping[str, str]:
        await self.renew()
        return {"Authorization": f"Bearer {self._token}"}

    def _not_authorised(self, what: str, answer: HttpReply) -> LockError:
        return NotAuthorised(f"{CLOUD}.{what}", prefix=self._prefix, status=answer.status)


def international(phone: str) -> str:
    """+33612345678 from 06 12 34 56 78."""
    # The account's country is France unless the number says otherwise; the cloud knows accounts by the long form.
    plain = phone.replace(" ", "").replace(".", "")
    return "+33" + plain[1:] if plain.startswith("0") and not plain.startswith("00") else plain


def _read_lock(fields: Mapping[str, object]) -> CloudLock | None:
    number = read_number(fields.get("id"))
    if number is None:
        return None
    accessories = (
        entry.get("accessoire") if isinstance(entry.get("accessoire"), dict) else entry
        for entry in _objects(fields.get("accessoires"))
    )
    return CloudLock(
        id=number,
        serial=_word(fields.get("id_serrure")),
        name=_word(fields.get("nom")),
        accessories=tuple(_read_accessory(accessory) for accessory in accessories if isinstance(accessory, dict)),
    )


def _read_accessory(fields: Mapping[str, object]) -> Accessory:
    kind = read_number(fields.get("type"))
    return Accessory(
        identifier=_word(fields.get("id_accessoire")),
        name=_word(fields.get("nom")),
        kind=KINDS.get(kind or 0, "accessory"),
    )


def _read_share(fields: Mapping[str, object]) -> Share | None:
    number, accessory, code = read_number(fields.get("id")), fields.get("accessoire"), fields.get("code")
    if number is None or not isinstance(accessory, dict):
        return None
    return Share(
        id=number,
        name=_word(fields.get("nom")),
        accessory=_word(accessory.get("id_accessoire")),
        code=_word(code),
    )


def _objects(value: object) -> Iterator[dict[str, object]]:
    yield from (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else ()


def _word(value: object) -> str:
    """A word of the cloud, safe to print: letters of any language, no control or direction marks."""
    text = str(value) if isinstance(value, str) or type(value) is int else ""
    return "".join(letter for letter in text[:60] if letter.isprintable())


def _fields(answer: HttpReply) -> Mapping[str, object]:
    try:
        return read_object(answer.body)
    except Unreadable:
        return {}


def _is_expired(answer: HttpReply) -> bool:
    return answer.status in (401, 403) or "invalid_grant" in str(_fields(answer).get("error", ""))


def _trouble(answer: HttpReply) -> LockError:
    if answer.status >= 500:
        return OutOfReach(f"{CLOUD}.trouble", status=answer.status)
    return UnexpectedReply(f"{CLOUD}.unreadable", status=answer.status)
