"""What narrators sound like: signed links to samples, each of which is spoken when it is first listened to."""

from urllib.parse import quote

from fastapi import Request

from domain.media import NarratorProfile
from providers import objects, speech
from providers.speech.samples import sample
from server.links import Signer, link

# Where a sample is, and what its link is signed for.
PATH = "/api/v1/story/narrators/{}/sample"


async def with_samples(request: Request, narrators: list[NarratorProfile]) -> list[NarratorProfile]:
    """Return narrators with a link to a sample; an outside service is asked for none that it has not itself."""
    if speech.get().outside or not narrators:
        return narrators
    root, made = str(request.base_url).rstrip("/"), request.state.signer
    return [
        one.model_copy(update={"sample_url": one.sample_url or root + signed(made, one)}) for one in narrators
    ]


def signed(made: Signer, narrator: NarratorProfile) -> str:
    path = PATH.format(narrator.voice_id)
    return f"{quote(path)}?{made.query(path)}"


async def find_sample(request: Request, voice_id: str, expires: int, signature: str) -> str | None:
    """Return a link to a narrator's sample, `None` for who may not hear it. Raises `MediaFailed`."""
    if not request.state.signer.accepts(PATH.format(voice_id), expires, signature):
        return None
    return await link(request, await sample(speech.get(), voice_id, objects.get()))
