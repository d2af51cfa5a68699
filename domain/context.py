"""What a run is given beside its state: models, seed, limits, owner."""

from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Context:
    """The context of a run. JSON-shaped, every field has a default.

    A model is named `provider:model`, and so are `speech`, `images` and `moderation`; an empty name is the server's
    default. `nsfw` says whether the server allows what is not safe for work; a caller must ask for it as well.
    `by` is who had the run made, where that may be another than the thread's owner.
    `speech_seconds` and `image_seconds`: how long one of them may take.
    """

    plan_model: str = ""
    write_model: str = ""
    edit_model: str = ""
    seed: int = 0
    min_words: int = 800
    max_words: int = 1_500
    max_chapters: int = 5
    token_budget: int = 24_000
    owner: str = ""
    by: str = ""
    speech: str = ""
    images: str = ""
    moderation: str = ""
    nsfw: bool = False
    speech_seconds: float = 120.0
    image_seconds: float = 180.0

    @property
    def model_names(self) -> tuple[str, str, str]:
        """The models of all roles."""
        return self.plan_model, self.write_model, self.edit_model

    @classmethod
    def of(cls, runtime: Any) -> Self:
        """Return the run's context, or the defaults when the caller passed none (as Studio does)."""
        context = getattr(runtime, "context", None)
        if isinstance(context, cls):
            return context
        return cls(**context) if isinstance(context, dict) else cls()
