"""What this server offers: each product with the graph that it runs and the queue that its runs wait in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """A product. Each has its own queue, so that none keeps another waiting."""

    name: str
    job_type: str
    graph_id: str
    queue: str
    routes: str


PRODUCTS = {
    "story_agent": Product("story_agent", "generate_story", "story", "story", "/api/story-agent"),
    "creator": Product("creator", "create_story", "creator", "creator", "/api/v1/story"),
    "agent": Product("agent", "play_character", "agent", "interactive", "/api/{story_id}/agent"),
}
