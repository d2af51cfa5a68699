"""The server's own errors."""

from domain.errors import FabulaError


class StoryNotFound(FabulaError):
    """There is no such story."""


class StoryBusy(FabulaError):
    """Another process is writing this story."""


class NothingToResume(FabulaError):
    """No story is waiting to be finished."""
