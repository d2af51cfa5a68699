"""What can go wrong with runs. Each class is a sentence, as in `domain.errors`."""

from domain.errors import FabulaError


class ThreadNotFound(FabulaError):
    """There is no such thread."""


class ThreadBusy(FabulaError):
    """The thread has a run that has not ended."""


class RunNotFound(FabulaError):
    """There is no such run."""


class RunFinished(FabulaError):
    """The run has ended."""


class RunNotFinished(FabulaError):
    """The run has not ended."""


class RunLost(FabulaError):
    """Another process holds the run now."""


class RunTimedOut(FabulaError):
    """The run took too long."""


class UnknownGraph(FabulaError):
    """There is no such graph."""
