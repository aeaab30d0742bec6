"""What can go wrong with a lock, grouped by what may be done about it.

LockError
├── NotSent            the request never left this machine: asking again is safe
│   ├── TooLate        its deadline passed before it could leave
│   └── Withdrawn      the right to it was taken, or ended, before it could leave
├── OutcomeUnknown     it left and no clear answer came: it may have happened. Never repeated by software
├── Refused            the lock said no and nothing moved
│   ├── Busy           try again later (retry_after)
│   ├── OutOfReach     the gateway does not see the lock
│   └── NotAuthorised  share, key or token is wrong: the owner must act
├── UnexpectedReply    (queries only) an answer that cannot be read
└── Unsupported        this lock can never do that
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.failures import StorageFailed
from bot.domain.remarks import Parameter, Remark

log = logging.getLogger("latchkey.drivers")


class LockError(Exception):
    """What happened, as a code and its parameters: `bot.drivers.say` makes the sentence.

    No parameter may hold a secret, an address or a text of the vendor's.
    """

    def __init__(self, code: str, /, **parameters: Parameter) -> None:
        super().__init__(code)
        self.remark = Remark(code, parameters)

    def __str__(self) -> str:
        return spell(self.remark)


class NotSent(LockError):
    """The request never left this machine."""


class TooLate(NotSent):
    """The command's deadline passed before its first byte could leave."""

    def __init__(self) -> None:
        super().__init__("command.too_late")


class Withdrawn(NotSent):
    """The right to the command was taken, or ended, before its first byte could leave."""

    def __init__(self) -> None:
        super().__init__("command.withdrawn")


class OutcomeUnknown(LockError):
    """The request left and no clear answer came back: it may have happened."""


class Refused(LockError):
    """The lock or its gateway said no, and nothing moved."""


class Busy(Refused):
    """Something else is going on; `retry_after` says in how many seconds asking again makes sense."""

    def __init__(self, code: str, /, *, retry_after: float | None = None, **parameters: Parameter) -> None:
        super().__init__(code, **parameters)
        self.retry_after = retry_after


class OutOfReach(Refused):
    """The lock, or for a query its gateway, cannot be reached."""


class NotAuthorised(Refused):
    """A share, key or token is wrong: only the owner can mend that."""


class UnexpectedReply(LockError):
    """A query was answered by something that cannot be read."""


class Unsupported(LockError):
    """This lock can never do that."""


def spell(remark: Remark) -> str:
    """For logs: the code, and the parameters in brackets."""
    parameters = ", ".join(f"{name}={value}" for name, value in remark.parameters.items())
    return f"{remark.code} ({parameters})" if parameters else remark.code


@contextmanager
def bugs_as_errors(door: str) -> Iterator[None]:
    """Around calls of a driver where one door's must not end what is done for all: a bug becomes a `LockError`."""
    try:
        yield
    # TimeoutError is the caller's own limit, and StorageFailed stops all doors: neither is this driver's bug.
    except (LockError, StorageFailed, TimeoutError):
        raise
    except Exception:
        log.exception("the driver of %s failed", door)
        raise UnexpectedReply("driver.failed") from None
