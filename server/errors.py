"""The server's own errors."""

from domain.errors import FabulaError


class StoryNotFound(FabulaError):
    """There is no such story."""


class StoryBusy(FabulaError):
    """Another process is writing this story."""


class NothingToResume(FabulaError):
    """No story is waiting to be finished."""


class CreditsShort(FabulaError):
    """There are not enough credits."""


class CallerUnknown(FabulaError):
    """An API key is needed: send it as X-Api-Key, or as a bearer token."""


class HostUnknown(FabulaError):
    """Without keys the server is called as localhost, or by a number."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"host: without keys this server is called as localhost, not as {name!r}; "
            "`fabula keys create OWNER` makes a key"
        )


class JobNotFound(FabulaError):
    """There is no such job."""


class JobConflict(FabulaError):
    """The job cannot do that now."""


class SessionNotFound(FabulaError):
    """There is no such conversation."""


class SessionConflict(FabulaError):
    """The conversation cannot do that now."""


class SessionClosed(SessionConflict):
    """The conversation is over; the story goes on."""


class SessionFailed(FabulaError):
    """The message could not be answered; it can be sent again."""


class StorySessionNotFound(FabulaError):
    """There is no such session."""


class RoleTooLow(FabulaError):
    """Whoever was let in may not do that."""


class CollaboratorNotFound(FabulaError):
    """Nobody of that name was let in."""


class NobodyElse(FabulaError):
    """No keys are in force here, so there is nobody else to let in."""


class NotFinished(FabulaError):
    """Only a finished story can be shared, and none that is being changed."""


class NotShared(FabulaError):
    """It is not shared."""


class TakenDown(FabulaError):
    """The story was taken down here, and cannot be shared again."""


class SharedNotFound(FabulaError):
    """There is no such story, or no longer."""


class GalleryClosed(FabulaError):
    """There is no gallery here."""


class AdminOnly(FabulaError):
    """That takes an admin's key."""


class StageConflict(FabulaError):
    """That is not possible at this stage."""


class StageFailed(FabulaError):
    """The work failed; the session is as it was."""


class TooManyRequests(FabulaError):
    """Too many requests."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"Too many requests: wait {wait:.0f} s.")
        self.wait = wait


class StoryNotFinished(FabulaError):
    """The story is not finished."""
