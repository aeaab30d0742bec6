"""What can go wrong with a lock, grouped by what may be done about it.

LockError
├── NotSent            the request never left this machine: asking again is safe
│   └── TooLate        it was not sent because its deadline had passed
├── OutcomeUnknown     it left and no clear answer came: it may have happened. Never repeated by software
├── Refused            the lock said no and nothing moved
│   ├── Busy           try again later (retry_after)
│   ├── OutOfReach     the gateway does not see the lock
│   └── NotAuthorised  share, key or token is wrong: the owner must act
├── UnexpectedReply    (reading only) an answer nobody can read
└── Unsupported        this lock can never do that
"""


class LockError(Exception):
    """The message is one sentence for any person: no secret, no address, no setting.

    `fix` is for owners only: what to check or change, naming the setting. `code` is the vendor's own code or
    status ("the_keys 33", "http 504") for the journal.
    """

    def __init__(self, message: str, *, fix: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.fix = fix
        self.code = code


class NotSent(LockError):
    """The request never left this machine."""


class TooLate(NotSent):
    """The command's deadline passed before its first byte could leave."""


class OutcomeUnknown(LockError):
    """The request left and no clear answer came back: it may have happened."""


class Refused(LockError):
    """The lock or its gateway said no, and nothing moved."""


class Busy(Refused):
    """Something else is going on; `retry_after` says in how many seconds asking again makes sense."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, fix: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message, fix=fix, code=code)
        self.retry_after = retry_after


class OutOfReach(Refused):
    """The lock, or for a reading its gateway, cannot be reached."""


class NotAuthorised(Refused):
    """A share, key or token is wrong: only the owner can mend that."""


class UnexpectedReply(LockError):
    """A reading was answered by something nobody can read."""


class Unsupported(LockError):
    """This lock can never do that."""
