-- Runs: one row each, which alone says how the run stands; and the log of their events.

-- Events are numbered within their thread. Numbers up to `reserved` have been given away; so that none is ever used
-- twice, who wants to number events takes a block of them first.
ALTER TABLE threads
    ADD COLUMN error    jsonb,
    ADD COLUMN reserved bigint NOT NULL DEFAULT 0;

CREATE TABLE runs (
    run_id             uuid PRIMARY KEY,
    number             bigint GENERATED ALWAYS AS IDENTITY,
    thread_id          uuid NOT NULL REFERENCES threads ON DELETE CASCADE,
    graph_id           text NOT NULL,
    assistant_id       uuid,
    owner              text NOT NULL DEFAULT '',
    queue              text NOT NULL DEFAULT 'default',
    status             text NOT NULL DEFAULT 'pending'
                       CHECK (status IN ('pending', 'running', 'success', 'error', 'interrupted', 'timeout')),
    multitask_strategy text NOT NULL DEFAULT 'enqueue'
                       CHECK (multitask_strategy IN ('reject', 'enqueue', 'interrupt', 'rollback')),
    kwargs             jsonb NOT NULL DEFAULT '{}',
    metadata           jsonb NOT NULL DEFAULT '{}',
    error              jsonb,
    idempotency_key    text,
    temporary          boolean NOT NULL DEFAULT false,
    due_at             timestamptz,
    -- How many times it was claimed. Whoever writes for the run names its attempt; a higher one fences it off.
    attempt            integer NOT NULL DEFAULT 0,
    holder             text,
    claimed_at         timestamptz,
    -- The last number of the block that the holder may number events with.
    numbered_to        bigint NOT NULL DEFAULT 0,
    cancel             text CHECK (cancel IN ('interrupt', 'rollback')),
    -- How the thread stood when the run was first claimed: its status, its newest checkpoint, the writes to that.
    base               jsonb,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    settled_at         timestamptz,
    -- Whether its events have been forgotten.
    swept              boolean NOT NULL DEFAULT false
);

CREATE UNIQUE INDEX runs_one_running ON runs (thread_id) WHERE status = 'running';
CREATE UNIQUE INDEX runs_idempotency ON runs (thread_id, graph_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX runs_of_thread ON runs (thread_id, number);
CREATE INDEX runs_waiting ON runs (queue, number) WHERE status = 'pending';
CREATE INDEX runs_held ON runs (holder) WHERE status = 'running';
CREATE INDEX runs_settled ON runs (settled_at) WHERE NOT swept;
CREATE INDEX runs_temporary ON runs (settled_at) WHERE temporary;

CREATE TABLE run_events (
    thread_id     uuid NOT NULL,
    seq           bigint NOT NULL,
    run_id        uuid NOT NULL REFERENCES runs ON DELETE CASCADE,
    event         text NOT NULL,
    data          bytea NOT NULL,
    -- For `values`: the checkpoint that has them; `data` is empty then, else the log would grow quadratically.
    checkpoint_id text,
    PRIMARY KEY (thread_id, seq)
);

CREATE INDEX run_events_of_run ON run_events (run_id, seq);

-- The processes that execute runs. A run is held as long as its holder's heart beats.
CREATE TABLE engines (
    name    text PRIMARY KEY,
    beat_at timestamptz NOT NULL DEFAULT now()
);
