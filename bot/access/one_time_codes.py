"""One-time codes (TOTP, RFC 6238) from secrets that are derived and kept nowhere.

A secret is an HMAC over a random salt, which is in the database, with the bot's token, which is not: whoever steals
the database or a backup has no second factor.
"""

import base64
import hashlib
import hmac
import secrets

import pyotp

# RFC 6238 (5.2) recommends 30 s, and one step for what is late; one ahead is for a phone whose clock is fast.
STEP_SECONDS = 30
DRIFT_STEPS = 1
# A message for each purpose: the check value stands in the database, and must say nothing of the secret.
SECRET = b"latchkey second factor: secret, version 1"
CHECK = b"latchkey second factor: check of the token, version 1"
# What RFC 4226 recommends, and every authenticator app takes.
SECRET_BYTES = 20


class SecretSource:
    def __init__(self, token: str) -> None:
        self._token = token.encode()

    @staticmethod
    def new_salt() -> str:
        return secrets.token_hex(16)

    def secret(self, person_id: int, salt: str) -> str:
        """In base 32, as apps read it."""
        return base64.b32encode(self._derive(SECRET, person_id, salt)[:SECRET_BYTES]).decode()

    def check_value(self, person_id: int, salt: str) -> str:
        """Another one for another token; it says nothing of the secret."""
        return self._derive(CHECK, person_id, salt).hex()[:32]

    def _derive(self, purpose: bytes, person_id: int, salt: str) -> bytes:
        # A byte that is in none of them keeps the parts apart, whatever their lengths.
        message = b"\0".join((purpose, str(person_id).encode(), salt.encode()))
        return hmac.new(self._token, message, hashlib.sha256).digest()


def matching_step(secret: str, code: str, now: float) -> int | None:
    """The time step whose code this is, among the present one and those beside it; None if it is none of theirs.

    `now`: UTC seconds.
    """
    present = int(now) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    steps = range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1)
    # All are compared, so that the time it takes tells nothing.
    found = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)]
    return found[-1] if found else None


def address(secret: str, *, name: str, issuer: str) -> str:
    """What the QR picture says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)
