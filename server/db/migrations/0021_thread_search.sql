-- Threads are searched by what their metadata holds.

CREATE INDEX threads_metadata ON threads USING gin (metadata jsonb_path_ops);
