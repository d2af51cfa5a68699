-- What must be decided in one transaction and in one round trip. Locks are taken in this order: thread, run; and
-- as NO KEY UPDATE, which the foreign keys of inserted events do not wait for.

-- Raise when another attempt holds the run; until the transaction ends, none can take it.
CREATE FUNCTION fence(run uuid, held integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM runs WHERE run_id = run AND attempt = held AND status = 'running' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'run % is no longer held by attempt %', run, held USING ERRCODE = 'FB001';
    END IF;
END $$;

-- Write events of a run that the attempt holds. `seqs` and the rest are columns, `logged` says so to all processes.
CREATE FUNCTION write_events(run uuid, held integer, thread uuid, seqs bigint[], names text[], datas bytea[],
                             checkpoints text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fence(run, held);
    INSERT INTO run_events (thread_id, seq, run_id, event, data, checkpoint_id)
    SELECT thread, e.seq, run, e.event, e.data, e.checkpoint_id
    FROM unnest(seqs, names, datas, checkpoints) AS e (seq, event, data, checkpoint_id) ON CONFLICT DO NOTHING;
    PERFORM pg_notify('fabula', 'events ' || thread || ':' || seqs[array_upper(seqs, 1)]);
END $$;

-- Wake a process that may have a free slot, now or when the run is due.
CREATE FUNCTION announce_run(run uuid, slots text, due timestamptz) RETURNS void LANGUAGE sql AS $$
    SELECT procrastinate_defer_jobs_v1(ARRAY[
        ROW(slots, 'claim_run', 0, NULL, NULL, jsonb_build_object('run_id', run), due)::procrastinate_job_to_defer_v1
    ]);
$$;

-- Take a pending run whose row and thread are locked; nothing is taken when the thread has got a running run.
CREATE FUNCTION take_run(run uuid, engine text, block integer) RETURNS SETOF runs LANGUAGE plpgsql AS $$
DECLARE
    taken  runs;
    until  bigint;
    stands jsonb := (SELECT jsonb_build_object('status', t.status, 'error', t.error)
                     FROM threads t JOIN runs r USING (thread_id) WHERE r.run_id = run);
BEGIN
    IF EXISTS (SELECT FROM runs o JOIN runs r USING (thread_id) WHERE r.run_id = run AND o.status = 'running') THEN
        RETURN;
    END IF;
    UPDATE threads t SET status = 'busy', error = NULL, reserved = reserved + block, updated_at = now()
    FROM runs r WHERE r.run_id = run AND t.thread_id = r.thread_id
    RETURNING t.reserved INTO until;
    UPDATE runs SET status = 'running', holder = engine, attempt = attempt + 1, claimed_at = now(),
                    updated_at = now(), numbered_to = until, base = coalesce(base, thread_base(thread_id) || stands)
    WHERE run_id = run RETURNING * INTO taken;
    RETURN NEXT taken;
END $$;

-- Where a thread's state stands: its newest checkpoint and the writes that wait on it.
CREATE FUNCTION thread_base(thread uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT jsonb_build_object('checkpoint_id', c.checkpoint_id, 'writes', coalesce((
            SELECT jsonb_agg(jsonb_build_array(w.checkpoint_ns, w.task_id, w.idx)) FROM checkpoint_writes w
            WHERE w.thread_id = c.thread_id AND w.checkpoint_id = c.checkpoint_id), '[]'))
        FROM checkpoints c WHERE c.thread_id = thread::text AND c.checkpoint_ns = ''
        ORDER BY c.checkpoint_id DESC LIMIT 1
    ), '{}');
$$;

-- Whether nothing on its thread comes before the run.
CREATE FUNCTION is_next(run runs) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT run.status = 'pending' AND coalesce(run.due_at <= now(), true) AND NOT EXISTS (
        SELECT FROM runs o WHERE o.thread_id = run.thread_id AND (o.status = 'running'
            OR o.status = 'pending' AND o.number < run.number AND coalesce(o.due_at <= now(), true)));
$$;

-- Claim one run, if it is still to be had.
CREATE FUNCTION claim_run(run uuid, engine text, block integer) RETURNS SETOF runs LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM threads JOIN runs USING (thread_id) WHERE run_id = run FOR NO KEY UPDATE OF threads;
    IF EXISTS (SELECT FROM runs r WHERE r.run_id = run AND is_next(r) FOR NO KEY UPDATE) THEN
        RETURN QUERY SELECT * FROM take_run(run, engine, block);
    END IF;
END $$;

-- Claim the oldest runs of a queue that can start.
CREATE FUNCTION claim_runs(slots text, wanted integer, engine text, block integer)
RETURNS SETOF runs LANGUAGE plpgsql AS $$
DECLARE
    found uuid;
BEGIN
    FOR found IN
        SELECT r.run_id FROM runs r JOIN threads USING (thread_id)
        WHERE r.queue = slots AND r.status = 'pending' AND is_next(r)
        ORDER BY r.number LIMIT wanted FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        RETURN QUERY SELECT * FROM take_run(found, engine, block);
    END LOOP;
END $$;

-- Accept a run: refuse it, claim it for `engine` if that has a slot and the thread is free, or leave it pending. With
-- `later` the engine is only told, by a notification that comes when the caller's transaction has committed.
CREATE FUNCTION accept_run(given jsonb, engine text, later boolean, block integer) RETURNS SETOF runs LANGUAGE plpgsql AS $$
DECLARE
    thread   uuid := given->>'thread_id';
    strategy text := given->>'multitask_strategy';
    due      timestamptz := given->>'due_at';
    made     runs;
    blocked  boolean;
BEGIN
    PERFORM FROM threads WHERE thread_id = thread AND owner = given->>'owner' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'thread % not found', thread USING ERRCODE = 'FB404';
    END IF;
    SELECT * INTO made FROM runs WHERE run_id = (given->>'run_id')::uuid AND thread_id = thread
        OR thread_id = thread AND graph_id = given->>'graph_id' AND idempotency_key = given->>'idempotency_key';
    IF FOUND THEN
        RETURN NEXT made;
        RETURN;
    END IF;
    blocked := EXISTS (SELECT FROM runs WHERE thread_id = thread AND status IN ('pending', 'running')
                       AND coalesce(due_at <= now(), true));
    IF blocked AND strategy = 'reject' THEN
        RAISE EXCEPTION 'thread % is busy', thread USING ERRCODE = 'FB409';
    ELSIF blocked AND strategy IN ('interrupt', 'rollback') THEN
        PERFORM clear_thread(thread, strategy);
        blocked := EXISTS (SELECT FROM runs WHERE thread_id = thread AND status = 'running');
    END IF;
    INSERT INTO runs (run_id, thread_id, graph_id, assistant_id, owner, queue, multitask_strategy, kwargs, metadata,
                      idempotency_key, temporary, due_at)
    VALUES ((given->>'run_id')::uuid, thread, given->>'graph_id', (given->>'assistant_id')::uuid, given->>'owner',
            given->>'queue', strategy, given->'kwargs', given->'metadata', given->>'idempotency_key',
            (given->>'temporary')::boolean, due)
    RETURNING * INTO made;
    IF due > now() THEN
        PERFORM announce_run(made.run_id, made.queue, due);
    ELSIF NOT blocked AND engine IS NOT NULL AND later THEN
        PERFORM pg_notify('fabula', 'claim ' || made.run_id || ' ' || engine);
    ELSIF NOT blocked AND engine IS NOT NULL THEN
        RETURN QUERY SELECT * FROM take_run(made.run_id, engine, block);
        RETURN;
    ELSIF NOT blocked THEN
        PERFORM announce_run(made.run_id, made.queue, NULL);
    END IF;
    RETURN NEXT made;
END $$;

-- Make room on a thread: the running run is told to end, the pending ones end here.
CREATE FUNCTION clear_thread(thread uuid, how text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fabula', 'cancel ' || run_id || ' ' || how) FROM runs WHERE thread_id = thread AND status = 'running';
    UPDATE runs SET cancel = how WHERE thread_id = thread AND status = 'running';
    PERFORM end_pending(run_id, how) FROM runs WHERE thread_id = thread AND status = 'pending' ORDER BY number;
END $$;

-- Announce the run that can start on a thread, if there is one.
CREATE FUNCTION announce_next(thread uuid) RETURNS void LANGUAGE sql AS $$
    SELECT announce_run(run_id, queue, NULL) FROM runs WHERE thread_id = thread AND is_next(runs)
    ORDER BY number LIMIT 1;
$$;

-- End a run that has not begun.
CREATE FUNCTION end_pending(run uuid, how text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    ended runs;
BEGIN
    UPDATE runs SET status = 'interrupted', settled_at = now(), updated_at = now()
    WHERE run_id = run RETURNING * INTO ended;
    IF how = 'rollback' THEN
        PERFORM roll_back(ended);
    END IF;
    IF ended.attempt > 0 THEN
        UPDATE threads SET status = CASE how WHEN 'rollback' THEN ended.base->>'status' ELSE 'interrupted' END,
                           updated_at = now()
        WHERE thread_id = ended.thread_id;
    END IF;
    PERFORM pg_notify('fabula', 'settled ' || run || ' ' || ended.thread_id);
END $$;

-- Ask a run to end: a pending one has ended with this, a running one is told.
CREATE FUNCTION cancel_run(run uuid, of_owner text, how text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    thread uuid;
    found  text;
BEGIN
    SELECT thread_id INTO thread FROM threads JOIN runs USING (thread_id)
    WHERE run_id = run AND runs.owner = of_owner FOR NO KEY UPDATE OF threads;
    SELECT status INTO found FROM runs WHERE run_id = run AND owner = of_owner FOR NO KEY UPDATE;
    IF found = 'pending' THEN
        PERFORM end_pending(run, how);
        PERFORM announce_next(thread);
    ELSIF found = 'running' THEN
        UPDATE runs SET cancel = how WHERE run_id = run;
        PERFORM pg_notify('fabula', 'cancel ' || run || ' ' || how);
    END IF;
    RETURN found;
END $$;

-- End a run, unless another attempt holds it, and let the next of its thread be claimed or announced. Returns the
-- settled run, and then the run that `engine` goes on with in its free slot: of this thread, else of this queue.
-- Returns nothing when the attempt has settled it before.
CREATE FUNCTION settle_run(run uuid, held integer, ended text, stands text, failure jsonb,
                           seqs bigint[], names text[], datas bytea[], checkpoints text[], engine text,
                           queues text[], block integer)
RETURNS SETOF runs LANGUAGE plpgsql AS $$
DECLARE
    settled runs;
    next    runs;
    claimed boolean := false;
BEGIN
    PERFORM FROM threads JOIN runs USING (thread_id) WHERE run_id = run FOR NO KEY UPDATE OF threads;
    SELECT * INTO settled FROM runs WHERE run_id = run FOR NO KEY UPDATE;
    IF NOT FOUND OR settled.attempt <> held THEN
        RAISE EXCEPTION 'run % is no longer held by attempt %', run, held USING ERRCODE = 'FB001';
    ELSIF settled.status <> 'running' THEN
        RETURN;
    END IF;
    IF seqs <> '{}' THEN
        PERFORM write_events(run, held, settled.thread_id, seqs, names, datas, checkpoints);
    END IF;
    IF ended = 'rollback' THEN
        PERFORM roll_back(settled);
        settled.status := 'interrupted';
        stands := settled.base->>'status';
        failure := nullif(settled.base->'error', 'null');
    ELSE
        UPDATE runs SET status = ended, error = failure, holder = NULL, settled_at = now(), updated_at = now()
        WHERE run_id = run RETURNING * INTO settled;
    END IF;
    UPDATE threads SET status = stands, error = failure, updated_at = now() WHERE thread_id = settled.thread_id;
    PERFORM pg_notify('fabula', 'settled ' || run || ' ' || settled.thread_id);
    RETURN NEXT settled;
    SELECT * INTO next FROM runs r WHERE r.thread_id = settled.thread_id AND r.status = 'pending' AND is_next(r)
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

-- Undo a run: its checkpoints, what it wrote to the one before it, its events and its row.
CREATE FUNCTION roll_back(run runs) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    thread text := run.thread_id;
    gone   text[] := ARRAY(SELECT checkpoint_id FROM checkpoints
                           WHERE thread_id = thread AND metadata->>'run_id' = run.run_id::text);
BEGIN
    DELETE FROM checkpoint_writes WHERE thread_id = thread AND checkpoint_id = ANY (gone);
    DELETE FROM checkpoint_blobs b WHERE thread_id = thread AND NOT EXISTS (
        SELECT FROM checkpoints c WHERE c.thread_id = thread AND c.checkpoint_ns = b.checkpoint_ns
        AND NOT c.checkpoint_id = ANY (gone) AND c.checkpoint->'channel_versions'->>b.channel = b.version);
    DELETE FROM checkpoints WHERE thread_id = thread AND checkpoint_id = ANY (gone);
    DELETE FROM checkpoint_writes w WHERE thread_id = thread AND checkpoint_id = run.base->>'checkpoint_id'
        AND NOT run.base->'writes' @> jsonb_build_array(jsonb_build_array(w.checkpoint_ns, w.task_id, w.idx));
    DELETE FROM runs WHERE run_id = run.run_id;
END $$;

-- Whether the run's holder is gone: its heart has not beaten for the time of a lease, nor did it claim the run in that.
CREATE FUNCTION is_lost(run runs, lease interval) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT run.status = 'running' AND run.claimed_at < now() - lease AND NOT EXISTS (
        SELECT FROM engines WHERE name = run.holder AND beat_at > now() - lease);
$$;

-- Say that the process lives. Returns what it holds, whether runs of others are lost, and which of the queues that it
-- has free slots for have runs that nobody took.
CREATE FUNCTION heartbeat(engine text, lease interval, queues text[]) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO engines (name) VALUES (engine) ON CONFLICT (name) DO UPDATE SET beat_at = now();
    RETURN jsonb_build_object(
        'held', (SELECT coalesce(jsonb_agg(jsonb_build_array(run_id, attempt, cancel)), '[]') FROM runs
                 WHERE holder = engine AND status = 'running'),
        'lost', EXISTS (SELECT FROM runs WHERE status = 'running' AND holder <> engine AND is_lost(runs, lease)),
        'waiting', (SELECT coalesce(jsonb_agg(queue), '[]') FROM unnest(queues) AS queue WHERE EXISTS (
                    SELECT FROM runs WHERE runs.queue = queue.queue AND status = 'pending'
                    AND updated_at < now() - interval '0.5 seconds' AND is_next(runs))));
END $$;

-- Take back the runs of processes that are gone, and announce them.
CREATE FUNCTION release_lost(lease interval) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    released integer;
BEGIN
    WITH lost AS (
        SELECT run_id FROM runs WHERE status = 'running' AND is_lost(runs, lease) FOR NO KEY UPDATE SKIP LOCKED
    ), released AS (
        UPDATE runs SET status = 'pending', holder = NULL, updated_at = now() FROM lost
        WHERE runs.run_id = lost.run_id RETURNING runs.run_id, queue
    )
    SELECT count(announce_run(run_id, queue, NULL)) INTO released FROM released;
    DELETE FROM engines WHERE beat_at < now() - lease
        AND NOT EXISTS (SELECT FROM runs WHERE holder = engines.name AND status = 'running');
    RETURN released;
END $$;

-- Give back a run that its holder cannot go on with.
CREATE FUNCTION hand_over(run uuid, held integer) RETURNS void LANGUAGE sql AS $$
    UPDATE runs SET status = 'pending', holder = NULL, updated_at = now()
    WHERE run_id = run AND attempt = held AND status = 'running'
    RETURNING announce_run(run_id, queue, NULL);
$$;

-- Forget events that nobody asks for any more, the threads of temporary runs, and processes that are gone.
CREATE FUNCTION sweep(events_kept interval, temporary_kept interval) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    gone uuid[];
BEGIN
    IF NOT pg_try_advisory_xact_lock(7302117047) THEN
        RETURN;
    END IF;
    DELETE FROM run_events USING runs
    WHERE run_events.run_id = runs.run_id AND NOT swept AND settled_at < now() - events_kept;
    UPDATE runs SET swept = true WHERE NOT swept AND settled_at < now() - events_kept;
    gone := ARRAY(SELECT thread_id FROM threads WHERE EXISTS (
                SELECT FROM runs WHERE runs.thread_id = threads.thread_id AND temporary AND settled_at < now() - temporary_kept)
            AND NOT EXISTS (SELECT FROM runs WHERE runs.thread_id = threads.thread_id
                            AND (NOT temporary OR settled_at IS NULL OR settled_at > now() - temporary_kept))
            FOR NO KEY UPDATE SKIP LOCKED);
    DELETE FROM checkpoint_writes WHERE thread_id = ANY (gone::text[]);
    DELETE FROM checkpoint_blobs WHERE thread_id = ANY (gone::text[]);
    DELETE FROM checkpoints WHERE thread_id = ANY (gone::text[]);
    DELETE FROM threads WHERE thread_id = ANY (gone);
END $$;

-- Store a checkpoint as LangGraph's saver does, with the events before it, if the attempt holds the run.
CREATE FUNCTION put_checkpoint(run uuid, held integer, thread uuid, seqs bigint[], names text[], datas bytea[],
                               checkpoints text[], ns text, id text, parent text, content jsonb, about jsonb,
                               channels text[], versions text[], types text[], blobs bytea[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF seqs <> '{}' THEN
        PERFORM write_events(run, held, thread, seqs, names, datas, checkpoints);
    ELSE
        PERFORM fence(run, held);
    END IF;
    INSERT INTO checkpoint_blobs (thread_id, checkpoint_ns, channel, version, type, blob)
    SELECT thread::text, ns, b.* FROM unnest(channels, versions, types, blobs) AS b ON CONFLICT DO NOTHING;
    INSERT INTO checkpoints (thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata)
    VALUES (thread::text, ns, id, parent, content, about)
    ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id)
    DO UPDATE SET checkpoint = EXCLUDED.checkpoint, metadata = EXCLUDED.metadata;
END $$;

-- Store what a task wrote, likewise. LangGraph's special channels are written over, a task's other writes are not.
CREATE FUNCTION put_writes(run uuid, held integer, thread uuid, ns text, id text, task text, path text,
                           special boolean, places integer[], channels text[], types text[], blobs bytea[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM fence(run, held);
    IF special THEN
        DELETE FROM checkpoint_writes WHERE thread_id = thread::text AND checkpoint_ns = ns AND checkpoint_id = id
            AND task_id = task AND idx = ANY (places);
    END IF;
    INSERT INTO checkpoint_writes
        (thread_id, checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob)
    SELECT thread::text, ns, id, task, path, w.* FROM unnest(places, channels, types, blobs) AS w
    ON CONFLICT DO NOTHING;
END $$;
