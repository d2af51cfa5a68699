-- Who reads a thread that is deleted is told so.
CREATE FUNCTION tell_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fabula', 'deleted ' || OLD.thread_id);
    RETURN NULL;
END $$;

CREATE TRIGGER threads_deleted AFTER DELETE ON threads FOR EACH ROW EXECUTE FUNCTION tell_deleted();
