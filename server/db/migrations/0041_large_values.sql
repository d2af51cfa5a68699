-- Threads of whose values some are in the object store: rows of checkpoints whose type begins with `object:`. Their
-- files are deleted with them.
CREATE TABLE large_values (thread_id text PRIMARY KEY);

CREATE FUNCTION note_large_value() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO large_values (thread_id) VALUES (NEW.thread_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER blobs_large AFTER INSERT ON checkpoint_blobs
    FOR EACH ROW WHEN (starts_with(NEW.type, 'object:')) EXECUTE FUNCTION note_large_value();
CREATE TRIGGER writes_large AFTER INSERT ON checkpoint_writes
    FOR EACH ROW WHEN (starts_with(NEW.type, 'object:')) EXECUTE FUNCTION note_large_value();

CREATE OR REPLACE FUNCTION note_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deleted_threads (thread_id)
    SELECT thread_id FROM gone
    WHERE graph_id IN ('creator', 'story') OR thread_id::text IN (SELECT thread_id FROM large_values)
    ON CONFLICT DO NOTHING;
    DELETE FROM large_values WHERE thread_id IN (SELECT thread_id::text FROM gone);
    RETURN NULL;
END $$;

-- What stands in the row of a thread's copy: of a value in the object store, where the copy's own is.
CREATE FUNCTION copied_value(type text, value bytea, source uuid, copy uuid) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN starts_with(type, 'object:')
        THEN convert_to(replace(convert_from(value, 'UTF8'), source::text, copy::text), 'UTF8') ELSE value END;
$$;
