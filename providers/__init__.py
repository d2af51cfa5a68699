"""The outside world: chat models and their offline twins."""
