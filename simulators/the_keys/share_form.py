"""The web form that makes and changes a share: fields under one prefix, checkboxes that are off when not sent."""

import re
from datetime import date
from urllib.parse import parse_qsl

from simulators.the_keys.account import KEYPAD, AccountAccessory, AccountShare


def parse_form(body: bytes) -> dict[str, str]:
    """The fields without their prefix: partage_accessoire[heure_debut][hour] is `heure_debut][hour`."""
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name.removeprefix("partage_accessoire[").removesuffix("]"): value for name, value in pairs}


def faults_of(form: dict[str, str], code: str, accessory: AccountAccessory) -> list[str]:
    wrong = [name for name in ("date_debut", "date_fin") if form.get(name) and not _is_date(form[name])]
    if accessory.type == KEYPAD and not re.fullmatch(r"[0-9]{4}", code):
        wrong.append("code")
    return wrong


def fill(share: AccountShare, form: dict[str, str]) -> None:
    # As the web form does it: a checkbox that is not sent is off.
    share.nom = form.get("nom", "")
    share.description = form.get("description") or None
    share.iddesc = form.get("iddesc") or None
    share.actif = form.get("actif", "0") in ("1", "true", "on")
    share.notification_enabled = "notification_enabled" in form
    share.date_debut, share.date_fin = form.get("date_debut") or None, form.get("date_fin") or None
    share.heure_debut, share.heure_fin = _hour(form, "heure_debut"), _hour(form, "heure_fin")


def _hour(form: dict[str, str], name: str) -> str | None:
    hour, minute = form.get(f"{name}][hour", ""), form.get(f"{name}][minute", "")
    return f"{hour:0>2}:{minute:0>2}" if hour else None


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 10
