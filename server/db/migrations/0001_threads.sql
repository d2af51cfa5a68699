CREATE TABLE threads (
    thread_id  uuid PRIMARY KEY,
    graph_id   text NOT NULL,
    owner      text NOT NULL DEFAULT '',
    status     text NOT NULL DEFAULT 'idle' CHECK (status IN ('idle', 'busy', 'interrupted', 'error')),
    metadata   jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX threads_newest_first ON threads (owner, created_at DESC, thread_id DESC);
