"""Measurements of speed and size: `make bench`. Nothing here is asserted in a test."""
