"""What can be said of a lock of The Keys, its gateway and its maker's cloud."""

from collections.abc import Mapping

from bot.domain.remarks import Template
from bot.drivers.messages import peer_templates

GATEWAY, CLOUD = "the_keys.gateway", "the_keys.cloud"
NOT_IN_SIGHT = "The gateway does not see this lock: is it in range?"
UPDATE_BOTH = "Update both: latchkey gateway HOST update, latchkey lock {door} update."
CHECK_ACCOUNT = "Check {prefix}CLOUD_PHONE and {prefix}CLOUD_PASSWORD."

TEMPLATES: Mapping[str, Template] = {
    **peer_templates(GATEWAY, "The gateway"),
    **peer_templates(CLOUD, "The lock maker's cloud"),
    "the_keys.1": Template(
        NOT_IN_SIGHT, "Bring the gateway closer to the lock, check the lock's batteries and {env}__IDENTIFIER."
    ),
    "the_keys.2": Template("This lock and this gateway do not fit together.", UPDATE_BOTH),
    "the_keys.3": Template(
        "The lock maker's server sent something the gateway could not use.",
        "api.the-keys.fr may have trouble: try again later.",
    ),
    "the_keys.gateway_doing": Template("The gateway has firmware {version} and says “{doing}”."),
    "the_keys.gateway_old": Template("The gateway answers. Its firmware is below 17, so it does not say more."),
    "the_keys.in_sight": Template("The lock is in sight, signal {signal}, battery {battery}, bolt {bolt}."),
    "the_keys.rival": Template(
        "Another client seems to use this gateway: requests are refused as too old.",
        "Let only one program use the gateway.",
    ),
    "the_keys.cloud.answers": Template("The lock maker's cloud takes the account."),
    "the_keys.keypad_codes": Template("Codes on the keypad: {count}."),
    "the_keys.4": Template("The gateway lost its connection to the lock."),
    "the_keys.5": Template("The radio link to the lock failed."),
    "the_keys.32": Template(
        "This lock is not shared with the gateway.",
        "Share the lock with the gateway (latchkey the-keys share), put the code into {env}__SHARE_CODE,"
        " and check {env}__IDENTIFIER.",
    ),
    "the_keys.33": Template("The gateway refused the door's share code.", "Check {env}__SHARE_CODE."),
    "the_keys.33.too_old": Template(
        "The gateway refused the request: the share code is wrong, or the time is.",
        "Check {env}__SHARE_CODE and the clock of this machine.",
    ),
    "the_keys.33.another_client": Template(
        "The gateway refused the request: another client seems to be using it.",
        "Let only one program use this gateway: requests are refused as too old although {env}__SHARE_CODE worked"
        " before.",
    ),
    "the_keys.34": Template(NOT_IN_SIGHT, "Bring the gateway closer to the lock and check the lock's batteries."),
    "the_keys.35": Template("This lock does not work with this gateway.", UPDATE_BOTH),
    "the_keys.36": Template(
        "The lock refused the gateway's key.",
        "Check that the share of {env}__SHARE_CODE still exists, then synchronise the lock (/sync {door}).",
    ),
    "the_keys.37": Template("The gateway had trouble with the lock and does not say what happened."),
    "the_keys.38": Template(
        "The gateway's clock is wrong and could not be set right.",
        "The gateway sets its clock over the internet: is it connected? Then latchkey gateway HOST synchronize.",
    ),
    "the_keys.400.moving": Template("The lock is still moving: try again in a few seconds."),
    "the_keys.400.incomplete": Template(
        "The gateway says something was missing in the request.",
        "Check {env}__IDENTIFIER and {env}__SHARE_CODE, and update the gateway: latchkey gateway HOST update.",
    ),
    "the_keys.500": Template("The gateway is busy with something else: try again in a few seconds."),
    "the_keys.update.1": Template(
        "The gateway could not download its new firmware.", "Is it connected to the internet?"
    ),
    "the_keys.update.2": Template("The lock maker's server has no firmware for this gateway.", "Try again later."),
    "the_keys.synchronising": Template(
        "The gateway is synchronising with its maker's server: that usually takes one to four minutes."
    ),
    "the_keys.no_status": Template(
        "This gateway does not tell its status: that takes firmware 17 or later.",
        "Update it: latchkey gateway HOST update.",
    ),
    "the_keys.no_counter": Template("The bot could not write down the timestamp that signs the request."),
    "the_keys.gateway.dead": Template("The gateway has not answered since {since}."),
    "the_keys.only": Template("Only locks of The Keys can do that."),
    "the_keys.cloud.login": Template("The lock maker's cloud refused the phone number or the password.", CHECK_ACCOUNT),
    "the_keys.cloud.session": Template("The lock maker's cloud ended the session.", CHECK_ACCOUNT),
    "the_keys.cloud.no_account": Template("The lock maker's cloud has no such account.", "Check {prefix}CLOUD_PHONE."),
    "the_keys.cloud.no_lock": Template(
        "The lock maker's cloud does not know this lock.", "Check {prefix}CLOUD_LOCK_ID."
    ),
    "the_keys.cloud.no_accessory": Template(
        "The lock maker's cloud does not know this lock or this accessory.",
        "Check {prefix}CLOUD_LOCK_ID and {prefix}KEYPAD_ID, or what latchkey the-keys locks shows.",
    ),
    "the_keys.cloud.refused": Template("The lock maker's cloud refused what was asked."),
    "the_keys.cloud.trouble": Template("The lock maker's cloud has trouble of its own."),
    "the_keys.cloud.unclear": Template("The lock maker's cloud gave no clear answer."),
    "the_keys.cloud.another_code": Template("The lock maker's cloud made a code other than the one it was given."),
    "the_keys.code.all_digits": Template(
        "Type all 6 digits at the keypad. The lock learns the code within seconds through its gateway, otherwise when a"
        " phone next opens it."
    ),
    "the_keys.code.prefix_first": Template(
        "Type the keypad's two-digit prefix first, then these 4 digits. The lock learns the code within seconds through"
        " its gateway, otherwise when a phone next opens it."
    ),
}
