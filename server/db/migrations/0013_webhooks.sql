-- Whom to tell when a run has ended.

CREATE TABLE webhooks (
    run_id   uuid PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    url      text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX webhooks_due ON webhooks (due_at);
