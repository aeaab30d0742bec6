"""What can be said of a lock on KAS Cloud."""

from collections.abc import Mapping

from bot.domain.remarks import Template
from bot.drivers.messages import peer_templates

CLOUD = "kas.cloud"

TEMPLATES: Mapping[str, Template] = {
    **peer_templates(CLOUD, "KAS Cloud"),
    "kas.answers": Template("KAS Cloud answers. The key cannot be tried without opening a door."),
    "kas.takes_key": Template("KAS Cloud takes the key; {used} of 100 codes are in use."),
    "kas.odd_number": Template("The factory number usually begins with SS or UL.", "Check {env}__FACTORY_NUMBER."),
    "kas.no_https": Template(
        "Without https others on the way can read the key.", "Let {env}__BASE_URL begin with https://."
    ),
    "kas.clock_unset": Template("Set the lock's clock before its first code: /sync {door}."),
    "kas.only": Template("Only locks of KAS can do that."),
    "kas.cannot_close": Template("KAS has no command to close a lock."),
    "kas.cannot_revoke": Template(
        "This lock checks its codes by itself: they end, but cannot be revoked (KAS plan BASIC)."
    ),
    "kas.400.not_admin": Template(
        "KAS says this account is not the lock's admin.",
        "{env}__API_KEY must belong to the account the lock was set up with.",
    ),
    "kas.400.token": Template(
        "KAS refused the key of this account.", "Check {env}__API_KEY: making a new key probably ends the old one."
    ),
    "kas.400.lock": Template(
        "KAS does not know this lock.", "Check {env}__FACTORY_NUMBER: the app shows it, beginning with SS or UL."
    ),
    "kas.400": Template(
        "KAS refused this and gave a reason that its pages do not document.",
        "Look at the lock in the KAS app; check {env}__FACTORY_NUMBER and {env}__API_KEY.",
    ),
    "kas.not_allowed": Template(
        "KAS did not accept the key of this account.",
        "Check {env}__API_KEY and whether the account's plan has ADVANCED.",
    ),
    "kas.504": Template("KAS Cloud did not hear from the lock's gateway in time."),
    "kas.unclear": Template("KAS Cloud gave no clear answer."),
    "kas.trouble": Template("KAS Cloud could not reach the lock's gateway or had a fault of its own."),
    "kas.no_code": Template("KAS Cloud answered something that is no code."),
    "kas.queue_full": Template("KAS takes only 30 commands at a time: try again later."),
    "kas.share_full": Template("You have given KAS 10 commands within five minutes: try again later."),
    "kas.slots_full": Template("All 100 codes of this lock are in use: revoke one first."),
    "kas.span.begin": Template("This lock's codes begin at a full hour."),
    "kas.span.hours": Template("This lock's codes last 1 to 61 whole hours: ask for {nearest}."),
    "kas.span.days": Template("This lock's codes last 1 to 61 whole days: ask for {nearest}."),
    "kas.span.both": Template("This lock's codes last 1 to 61 whole hours or 1 to 61 whole days: ask for {nearest}."),
    "kas.code.offline": Template(
        "Type the 8 digits at the lock. The code works from the beginning of the hour for about the time asked for:"
        " KAS does not publish exactly how long. It cannot be revoked."
    ),
    "kas.code.queued": Template(
        "Type the 6 digits at the lock. The code is valid until {until} as asked; it is not yet confirmed."
    ),
    "kas.code.overdue": Template(
        "Type the 8 digits at the lock. It may not work: the lock's timestamp must be set again with the KAS app first."
        " The code cannot be revoked."
    ),
    "kas.timestamp_unknown": Template(
        "Codes of this lock work only once its clock and timestamp were set with the KAS app, and for 11 months after"
        " that.",
        "Set both with the app, then write the date into {env}__SYNCED_ON, like 2026-05-31.",
    ),
    "kas.timestamp_over": Template(
        "The lock's timestamp ended on {due}: new codes do not work until it is set again with the KAS app."
    ),
    "kas.timestamp_due": Template(
        "Set the lock's timestamp again with the KAS app by {due}, or its new codes will not work."
    ),
}
