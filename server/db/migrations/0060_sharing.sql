-- Who else is let into a creator session, and the links by which strangers read finished stories.

CREATE TABLE collaborators (
    thread_id uuid NOT NULL REFERENCES threads ON DELETE CASCADE,
    owner     text NOT NULL CHECK (owner <> ''),
    role      text NOT NULL CHECK (role IN ('viewer', 'editor')),
    added_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (thread_id, owner)
);

CREATE INDEX collaborators_owner ON collaborators (owner, thread_id);

CREATE INDEX threads_sessions ON threads (owner, created_at DESC, thread_id DESC) WHERE graph_id = 'creator';

-- Every caller that a creator session is open to, and what as. Whoever asks for a session asks here.
CREATE VIEW session_roles AS
    SELECT thread_id, created_at, owner AS caller, 'owner'::text AS role FROM threads WHERE graph_id = 'creator'
    UNION ALL
    SELECT t.thread_id, t.created_at, c.owner, c.role
    FROM collaborators c JOIN threads t USING (thread_id) WHERE t.graph_id = 'creator';

-- Finished stories that strangers may read, one row for each: as they stood at a checkpoint. `files` are keys of the
-- object store by the names that pages know them by. Whoever reads is counted and otherwise not noted.
CREATE TABLE shares (
    share_id      uuid PRIMARY KEY,
    thread_id     uuid NOT NULL UNIQUE REFERENCES threads ON DELETE CASCADE,
    owner         text NOT NULL,
    token_hash    text NOT NULL UNIQUE,
    checkpoint_id text NOT NULL,
    title         text NOT NULL,
    genre         text NOT NULL,
    files         jsonb NOT NULL DEFAULT '{}',
    listed        boolean NOT NULL DEFAULT false,
    views         bigint NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz,
    taken_down_at timestamptz
);

CREATE INDEX shares_owner ON shares (owner);
CREATE INDEX shares_newest ON shares (created_at DESC, share_id DESC) WHERE listed AND taken_down_at IS NULL;
CREATE INDEX shares_popular ON shares (views DESC, share_id DESC) WHERE listed AND taken_down_at IS NULL;
CREATE INDEX shares_genre ON shares (genre, created_at DESC, share_id DESC) WHERE listed AND taken_down_at IS NULL;
