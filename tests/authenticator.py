"""An authenticator app: it holds a key and shows a code that changes every thirty seconds."""

from collections.abc import Callable
from dataclasses import dataclass

import pyotp


@dataclass(frozen=True)
class Authenticator:
    key: str
    now: Callable[[], float]

    def code(self, *, steps: int = 0) -> str:
        """`steps`: how far the phone's clock is ahead, in time steps."""
        totp = pyotp.TOTP(self.key)
        return totp.generate_otp(int(self.now()) // 30 + steps)

    def wrong(self, number: int = 0) -> str:
        """Six digits that are right at no time near now."""
        near = {self.code(steps=steps) for steps in range(-20, 60)}
        return [code for code in (f"{digits:06}" for digits in range(271828, 272028)) if code not in near][number]
