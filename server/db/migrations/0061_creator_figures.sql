-- What is counted of each creator session: as it stood when its last run ended, since a state is not read for counting.
-- Genres and tones are plain words in lower case.
CREATE TABLE creator_figures (
    thread_id     uuid PRIMARY KEY REFERENCES threads ON DELETE CASCADE,
    owner         text NOT NULL,
    checkpoint_id text NOT NULL,
    stage         text NOT NULL,
    genre         text NOT NULL,
    tone          text NOT NULL,
    format        text NOT NULL,
    scenes        integer NOT NULL,
    rewrites      integer NOT NULL,
    completed_at  timestamptz
);

CREATE INDEX creator_figures_owner ON creator_figures (owner);
