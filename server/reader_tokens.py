"""Readers' tokens: each opens one conversation, for a while, and nothing else on this server."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt

from server.errors import CallerUnknown

PREFIX = "fabr_"
AUDIENCE = "reader"
SECRET = "reader_tokens"  # noqa: S105


@dataclass(frozen=True, slots=True)
class ReaderTokens:
    """Makes and reads tokens, signed with a secret that all processes share."""

    secret: bytes
    life: float

    def make(self, session_id: UUID) -> tuple[str, datetime]:
        """Return a token for a session, and when it expires."""
        expires = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=self.life)
        claims = {"aud": AUDIENCE, "sub": str(session_id), "exp": expires}
        return PREFIX + jwt.encode(claims, self.secret, "HS256"), expires

    def read(self, token: str) -> UUID:
        """Return the session that a token opens. Raises `CallerUnknown`."""
        try:
            claims = jwt.decode(
                token.removeprefix(PREFIX),
                self.secret,
                algorithms=["HS256"],
                audience=AUDIENCE,
                options={"require": ["sub", "exp"]},
            )
        except jwt.ExpiredSignatureError:
            raise CallerUnknown("The reader's token has expired.") from None
        except jwt.InvalidTokenError:
            raise CallerUnknown("This is no reader's token.") from None
        return UUID(claims["sub"])
