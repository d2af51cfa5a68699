-- What an attempt at a run has to store goes into one statement: events, checkpoints, what tasks wrote, and at the end
-- the settling. A commit that notifies waits for every other such commit, so nobody is notified where nobody listens.

DROP FUNCTION put_checkpoint, put_writes, write_events, settle_run;

-- Notify the other processes, if there are any. One whose heart was silent for a lease (three seconds) looks at
-- everything again when it beats again.
CREATE FUNCTION tell_others(engine text, news text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('fabula', news)
    WHERE EXISTS (SELECT FROM engines WHERE name <> engine AND beat_at > now() - interval '3 seconds');
$$;

-- Say that a process begins to listen.
CREATE FUNCTION enter(engine text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO engines (name) VALUES (engine) ON CONFLICT (name) DO UPDATE SET beat_at = now();
$$;

-- Store what the attempt has, if it holds the run. Events come as columns; checkpoints, new values of channels and
-- writes as LangGraph's saver stores them. Writes to LangGraph's special channels replace those of their task.
CREATE FUNCTION write_run(
    run uuid, held integer, thread uuid,
    seqs bigint[], names text[], datas bytea[], refs text[],
    checkpoint_nss text[], checkpoint_ids text[], parents text[], contents jsonb[], abouts jsonb[],
    blob_nss text[], blob_channels text[], versions text[], blob_types text[], blobs bytea[],
    write_nss text[], write_ids text[], tasks text[], paths text[], places integer[], write_channels text[],
    write_types text[], writes bytea[], special boolean[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fence(run, held);
    IF seqs <> '{}' THEN
        INSERT INTO run_events (thread_id, seq, run_id, event, data, checkpoint_id)
        SELECT thread, e.seq, run, e.event, e.data, e.checkpoint_id
        FROM unnest(seqs, names, datas, refs) AS e (seq, event, data, checkpoint_id) ON CONFLICT DO NOTHING;
        PERFORM tell_others(holder, 'events ' || thread || ':' || seqs[array_upper(seqs, 1)])
        FROM runs WHERE run_id = run;
    END IF;
    IF tasks <> '{}' THEN
        IF true = ANY (special) THEN
            DELETE FROM checkpoint_writes w USING unnest(write_nss, write_ids, tasks, places, special)
                AS s (ns, id, task, place, special)
            WHERE s.special AND w.thread_id = thread::text AND w.checkpoint_ns = s.ns AND w.checkpoint_id = s.id
                AND w.task_id = s.task AND w.idx = s.place;
        END IF;
        INSERT INTO checkpoint_writes
            (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
        SELECT thread::text, w.*
        FROM unnest(write_nss, write_ids, tasks, paths, places, write_channels, write_types, writes) AS w
        ON CONFLICT DO NOTHING;
    END IF;
    IF blob_nss <> '{}' THEN
        INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
        SELECT thread::text, b.* FROM unnest(blob_nss, blob_channels, versions, blob_types, blobs) AS b
        ON CONFLICT DO NOTHING;
    END IF;
    IF checkpoint_ids <> '{}' THEN
        INSERT INTO checkpoints
            (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
        SELECT thread::text, c.* FROM unnest(checkpoint_nss, checkpoint_ids, parents, contents, abouts) AS c
        ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id)
        DO UPDATE SET checkpoint = EXCLUDED.checkpoint, metadata = EXCLUDED.metadata;
    END IF;
END $$;

-- End a run, unless another attempt holds it, and let the next of its thread be claimed or announced. Returns the
-- settled run, and then the run that `engine` goes on with in its free slot: of this thread, else of this queue.
-- Returns nothing when the attempt has settled it before. What it still has to store is stored first.
CREATE FUNCTION settle_run(
    run uuid, held integer, ended text, stands text, failure jsonb, engine text, queues text[], block integer,
    thread uuid,
    seqs bigint[], names text[], datas bytea[], refs text[],
    checkpoint_nss text[], checkpoint_ids text[], parents text[], contents jsonb[], abouts jsonb[],
    blob_nss text[], blob_channels text[], versions text[], blob_types text[], blobs bytea[],
    write_nss text[], write_ids text[], tasks text[], paths text[], places integer[], write_channels text[],
    write_types text[], writes bytea[], special boolean[]
) RETURNS SETOF runs LANGUAGE plpgsql AS $$
DECLARE
    settled runs;
    next    runs;
BEGIN
    PERFORM FROM threads WHERE thread_id = thread FOR NO KEY UPDATE;
    SELECT * INTO settled FROM runs WHERE run_id = run FOR NO KEY UPDATE;
    IF NOT FOUND OR settled.attempt <> held THEN
        RAISE EXCEPTION 'run % is no longer held by attempt %', run, held USING ERRCODE = 'FB001';
    ELSIF settled.status <> 'running' THEN
        RETURN;
    END IF;
    PERFORM write_run(run, held, thread, seqs, names, datas, refs,
                      checkpoint_nss, checkpoint_ids, parents, contents, abouts,
                      blob_nss, blob_channels, versions, blob_types, blobs,
                      write_nss, write_ids, tasks, paths, places, write_channels, write_types, writes, special);
    IF ended = 'rollback' THEN
        PERFORM roll_back(settled);
        settled.status := 'interrupted';
        stands := settled.base->>'status';
        failure := nullif(settled.base->'error', 'null');
    ELSE
        UPDATE runs SET status = ended, error = failure, holder = NULL, settled_at = now(), updated_at = now()
        WHERE run_id = run RETURNING * INTO settled;
    END IF;
    UPDATE threads SET status = stands, error = failure, updated_at = now() WHERE thread_id = thread;
    PERFORM tell_others(engine, 'settled ' || run || ' ' || thread);
    RETURN NEXT settled;
    SELECT * INTO next FROM runs r WHERE r.thread_id = thread AND r.status = 'pending' AND is_next(r)
    ORDER BY number LIMIT 1 FOR NO KEY UPDATE;
    IF FOUND AND next.queue = ANY (queues) THEN
        RETURN QUERY SELECT * FROM take_run(next.run_id, engine, block);
        RETURN;
    ELSIF FOUND THEN
        PERFORM announce_run(next.run_id, next.queue, NULL);
    END IF;
    IF settled.queue = ANY (queues) THEN
        RETURN QUERY SELECT * FROM claim_runs(settled.queue, 1, engine, block);
    END IF;
END $$;
