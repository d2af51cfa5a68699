-- Accept a run, and in the same statement note on its thread which graph it is of; `make` makes a thread that is not there.
CREATE FUNCTION start_run(given jsonb, engine text, later boolean, block integer) RETURNS SETOF runs LANGUAGE plpgsql AS $$
DECLARE
    thread uuid := given->>'thread_id';
    made   boolean := false;
BEGIN
    IF (given->>'make')::boolean THEN
        INSERT INTO threads (thread_id, graph_id, owner, metadata, ttl_minutes)
        VALUES (thread, given->>'graph_id', given->>'owner', given->'about', (given->>'ttl')::double precision)
        ON CONFLICT DO NOTHING;
        made := FOUND;
    END IF;
    IF NOT made THEN
        UPDATE threads SET graph_id = given->>'graph_id', metadata = metadata || (given->'about')
        WHERE thread_id = thread AND owner = given->>'owner'
            AND NOT (graph_id = given->>'graph_id' AND metadata @> (given->'about'));
    END IF;
    RETURN QUERY SELECT * FROM accept_run(given, engine, later, block);
END $$;
