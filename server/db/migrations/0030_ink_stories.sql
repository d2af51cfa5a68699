-- Which versions of an Ink story there are. Their texts are in the Store, where the graphs read them.
CREATE TABLE ink_stories (
    owner    text NOT NULL,
    story_id text NOT NULL,
    version  text NOT NULL,
    put_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (owner, story_id, version)
);

CREATE INDEX ink_stories_newest ON ink_stories (owner, story_id, put_at DESC);
