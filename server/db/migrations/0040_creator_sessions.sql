-- Creator sessions are listed by the user that they were made for.
CREATE INDEX threads_creator_users ON threads (owner, (metadata->>'user_id'), created_at DESC, thread_id DESC)
    WHERE graph_id = 'creator';

-- Threads that were deleted, however they were, and whose files in the object store are still to be deleted.
CREATE TABLE deleted_threads (thread_id uuid PRIMARY KEY, deleted_at timestamptz NOT NULL DEFAULT now());

CREATE FUNCTION note_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deleted_threads (thread_id)
    SELECT thread_id FROM gone WHERE graph_id IN ('creator', 'story') ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER threads_files AFTER DELETE ON threads
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_files();
