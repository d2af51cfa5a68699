-- What this installation signs with: made once, by whoever needs it first.
CREATE TABLE secrets (
    name    text PRIMARY KEY,
    secret  bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);
