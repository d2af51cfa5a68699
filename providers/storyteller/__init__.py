"""`offline:storyteller`: a chat model that writes whole stories without a network."""

from providers.storyteller.model import Storyteller

__all__ = ["Storyteller"]
