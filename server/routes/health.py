"""`/health`, whole and for each product, and `/metrics`."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from server.db.health import ping
from server.products import PRODUCTS

router = APIRouter(tags=["health"])


@router.get("/health")
async def health(request: Request) -> Response:
    """Say whether the database answers and which products are served; 503 when it does not."""
    products = {name: report(request, name) for name in PRODUCTS}
    return await answer(request, {"products": products})


@router.get("/health/{product}")
async def product_health(product: str, request: Request) -> Response:
    """Say the same of one product."""
    if product not in PRODUCTS:
        return JSONResponse({"detail": f"there is no product {product!r}"}, 404)
    return await answer(request, report(request, product))


@router.get("/metrics")
async def metrics() -> Response:
    """Return the metrics of this process, for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def report(request: Request, name: str) -> dict[str, Any]:
    product = PRODUCTS[name]
    engine = request.state.engine
    return {
        "graph": product.graph_id,
        "queue": product.queue,
        "free_slots": engine.worker.free.get(product.queue, 0),
    }


async def answer(request: Request, body: dict[str, Any]) -> Response:
    up = await ping(request.state.pool)
    return JSONResponse({"status": "healthy" if up else "unhealthy", **body}, 200 if up else 503)
