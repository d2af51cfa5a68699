"""The errors of Fabula. Each class is a sentence; its docstring is the message when none is given."""


class FabulaError(Exception):
    """Something went wrong."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class ModelError(FabulaError):
    """The chat model could not be reached or failed."""


class ModelRefused(ModelError):
    """The chat model declined to write this."""


class MalformedAnswer(ModelError):
    """The chat model's answer does not have the asked-for shape."""

    def __init__(self, message: str = "", answer: str = "", usage: dict[str, int] | None = None) -> None:
        super().__init__(message)
        self.answer, self.usage = answer, usage or {}


class UnknownModel(FabulaError):
    """There is no such chat model."""


class RequestInvalid(FabulaError):
    """What was asked for is not valid."""


class FieldInvalid(RequestInvalid):
    """A field of what was asked for is not valid."""

    def __init__(self, field: str, message: str = "") -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class EditRefused(FieldInvalid):
    """The story cannot be changed so."""


class EditFailed(FabulaError):
    """The edit could not be written; the chapter is as it was."""


class PlanFailed(FabulaError):
    """The story could not be planned."""


class ChapterFailed(FabulaError):
    """A chapter failed twice."""


class MediaFailed(FabulaError):
    """The sound or the picture could not be made."""


class UnknownProvider(FabulaError):
    """There is no such provider."""


class ModerationFailed(FabulaError):
    """The texts could not be judged."""


class StoreFailed(FabulaError):
    """The object store could not keep or find this."""


class ObjectNotFound(StoreFailed):
    """There is no such object."""


class ConceptsFailed(FabulaError):
    """There are no three distinct concepts."""


class DraftFailed(FabulaError):
    """The draft could not be planned."""


class SceneFailed(FabulaError):
    """The scene could not be written."""


class AnswerRefused(FabulaError):
    """The answer cannot be taken."""

    def __init__(self, field: str, message: str = "") -> None:
        super().__init__(message)
        self.field = field
