"""Fabula: a story server."""
