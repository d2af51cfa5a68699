-- Threads that are kept for so many minutes after their last change.

ALTER TABLE threads ADD COLUMN ttl_minutes double precision CHECK (ttl_minutes >= 0);

CREATE INDEX threads_expiring ON threads (updated_at) WHERE ttl_minutes IS NOT NULL;

-- Delete up to `most` threads whose time is over, with all they hold, and the Store's items whose time is over; return
-- how many threads. One process does so at a time. A thread with a run that has not ended stays: accepting a run locks
-- the thread first, so what is locked here has all its runs.
CREATE FUNCTION sweep_expired(most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    gone uuid[];
BEGIN
    IF NOT pg_try_advisory_xact_lock(7302117048) THEN
        RETURN 0;
    END IF;
    gone := ARRAY(SELECT thread_id FROM threads
                  WHERE ttl_minutes IS NOT NULL AND updated_at < now() - ttl_minutes * interval '1 minute'
                  AND NOT EXISTS (SELECT FROM runs WHERE runs.thread_id = threads.thread_id
                                  AND runs.status IN ('pending', 'running'))
                  ORDER BY updated_at LIMIT most FOR UPDATE SKIP LOCKED);
    gone := ARRAY(SELECT thread FROM unnest(gone) AS thread WHERE NOT EXISTS (
                  SELECT FROM runs WHERE runs.thread_id = thread AND runs.status IN ('pending', 'running')));
    DELETE FROM checkpoint_writes WHERE thread_id = ANY (gone::text[]);
    DELETE FROM checkpoint_blobs WHERE thread_id = ANY (gone::text[]);
    DELETE FROM checkpoints WHERE thread_id = ANY (gone::text[]);
    DELETE FROM threads WHERE thread_id = ANY (gone);
    DELETE FROM store WHERE expires_at < now();
    RETURN coalesce(array_length(gone, 1), 0);
END $$;
