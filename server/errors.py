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


class JobNotFound(FabulaError):
    """There is no such job."""


class JobConflict(FabulaError):
    """The job cannot do that now."""


class TooManyRequests(FabulaError):
    """Too many requests."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"Too many requests: wait {wait:.0f} s.")
        self.wait = wait
