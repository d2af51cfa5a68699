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
