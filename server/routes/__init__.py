"""The routes, one product a file: they translate between HTTP and the engine, and decide nothing."""

PRODUCTS = ("/api/",)
