-- Who may call, and what it costs them.

CREATE TABLE api_keys (
    key_hash text PRIMARY KEY,
    owner text NOT NULL CHECK (owner <> ''),
    name text NOT NULL DEFAULT '',
    admin boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

CREATE INDEX api_keys_owner ON api_keys (owner);

CREATE TABLE credit_grants (
    grant_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL CHECK (owner <> ''),
    amount integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX credit_grants_owner ON credit_grants (owner);

-- One row for what one thing on one thread costs: held at accept, charged or released when its run settles.
CREATE TABLE ledger (
    thread_id uuid NOT NULL,
    purpose text NOT NULL,
    owner text NOT NULL,
    run_id uuid NOT NULL,
    amount integer NOT NULL CHECK (amount >= 0),
    state text NOT NULL CHECK (state IN ('held', 'charged', 'released')),
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    PRIMARY KEY (thread_id, purpose)
);

CREATE INDEX ledger_owner ON ledger (owner) WHERE state <> 'released';
CREATE INDEX ledger_run ON ledger (run_id);
