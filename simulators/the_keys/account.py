"""What the vendor's cloud knows of one account: locks, accessories and shares, in the JSON its apps read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from simulators.the_keys.gateway import GatewaySimulator
from simulators.the_keys.smartlock import Smartlock

# `type` as clients in the field read it; the vendor documents neither number.
GATEWAY, KEYPAD = 1, 2


@dataclass(slots=True)
class AccountAccessory:
    """Three numbers name things here; `id_accessoire` is the one printed on the box, `id` the cloud's own."""

    id: int
    id_accessoire: str
    nom: str
    type: int


@dataclass(slots=True)
class AccountLock:
    """`id` is the cloud's own number; the serial number the gateway uses is `identifier`."""

    id: int
    gateway: GatewaySimulator
    identifier: int
    nom: str
    accessories: list[AccountAccessory]

    @property
    def smartlock(self) -> Smartlock:
        return self.gateway.lock(self.identifier)


@dataclass(slots=True)
class AccountShare:
    id: int
    lock: AccountLock
    accessory: AccountAccessory
    code: str = field(repr=False)
    nom: str = ""
    description: str | None = None
    iddesc: str | None = None
    actif: bool = True
    notification_enabled: bool = False
    date_debut: str | None = None
    date_fin: str | None = None
    heure_debut: str | None = None
    heure_fin: str | None = None


def user(phone: str, locks: list[AccountLock], now: float) -> dict[str, Any]:
    return {
        "id": "1",
        "type": "utilisateur",
        "roles": ["ROLE_USER"],
        "firstname": "Camille",
        "lastname": "Martin",
        "locale": "fr",
        "username": phone,
        "email": "camille@example.org",
        "created_at": date(now),
        "updated_at": date(now),
        "notification_token": "",
        "notification_enabled": False,
        "serrures": [lock_of_user(lock, phone, now) for lock in locks],
        "tel": phone,
    }


def lock_of_user(lock: AccountLock, phone: str, now: float) -> dict[str, Any]:
    seen = lock.smartlock
    return {
        "id": lock.id,
        "id_serrure": str(seen.identifier),
        "code": "",
        "code_serrure": "",
        "etat": "open" if seen.bolt == "unlocked" else "close",
        "nom": lock.nom,
        "couleur": None,
        "qrcode": "",
        "serrure_droite": True,
        "main_libre": False,
        "longitude": 0,
        "latitude": 0,
        "radius": 50,
        "timezone": "Europe/Paris",
        "maxSpeed": 0,
        "latchDelay": 0,
        "assistedActions": False,
        "unlockOnly": False,
        "description": None,
        "logSequence": seen.last_log,
        "public_key": "",
        "message": "",
        "utilisateur": {"username": phone, "firstname": "Camille", "lastname": "Martin"},
        "version": seen.version,
        "version_cible": seen.version,
        "beta": 0,
        "battery": seen.battery_mv,
        "battery_date": date(now),
        "accessoires": [{"id": 9000 + n, "accessoire": brief(a), "info": None} for n, a in enumerate(lock.accessories)],
        "produit": {"id": 1, "nom": "Smartlock", "version": seen.version, "versionBeta": 0},
    }


def brief(accessory: AccountAccessory) -> dict[str, Any]:
    return {
        "id": accessory.id,
        "id_accessoire": accessory.id_accessoire,
        "nom": accessory.nom,
        "type": accessory.type,
        "configuration": [],
    }


def versioned(accessory: AccountAccessory, version: int) -> dict[str, Any]:
    return {**brief(accessory), "version": version, "type_version": 1}


def whole(accessory: AccountAccessory, version: int, now: float, info: dict[str, Any]) -> dict[str, Any]:
    return {
        **versioned(accessory, version),
        "description": None,
        "created_at": date(now),
        "updated_at": date(now),
        "public_key": "",
        "info": info,
        "cfg": None,
    }


def share(it: AccountShare, version: int) -> dict[str, Any]:
    names = ("id", "iddesc", "nom", "actif", "date_debut", "date_fin", "heure_debut", "heure_fin", "description")
    return {
        **{name: getattr(it, name) for name in names},
        "notification_enabled": it.notification_enabled,
        "accessoire": versioned(it.accessory, version),
        "horaires": [],
        "code": it.code,
    }


def date(now: float) -> dict[str, Any]:
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S.000000")
    return {"date": stamp, "timezone_type": 3, "timezone": "UTC"}
