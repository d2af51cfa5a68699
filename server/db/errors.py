"""What can go wrong with the database. Each class is a sentence, as in `domain.errors`."""

from domain.errors import FabulaError


class PostgresUnavailable(FabulaError):
    """Postgres cannot be reached."""


class PostgresNotStarted(PostgresUnavailable):
    """The embedded Postgres did not start."""


class FolderUnusable(PostgresUnavailable):
    """The embedded Postgres cannot use its folder."""


class NoSpaceLeft(PostgresUnavailable):
    """There is no space left for the embedded Postgres."""


class OtherMajorVersion(PostgresUnavailable):
    """The database was made by another major version of Postgres."""


class DatabaseUrlInvalid(PostgresUnavailable):
    """DATABASE_URL is not a Postgres URL like postgresql://user:password@host:5432/name; special characters
    in it must be percent-encoded."""


class MigrationChanged(FabulaError):
    """A migration that was applied has been changed since."""


class ThreadExists(FabulaError):
    """A thread with this id exists."""


class EncryptionKeysInvalid(FabulaError):
    """FABULA_ENCRYPTION_KEYS holds something that is no key."""


class EncryptionKeyMissing(FabulaError):
    """The database holds what was encrypted with a key that is not in FABULA_ENCRYPTION_KEYS."""


class CiphertextInvalid(FabulaError):
    """What is encrypted in the database cannot be opened."""
