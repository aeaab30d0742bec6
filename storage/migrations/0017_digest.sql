-- The daily digest: at which minute of the local day a chat gets it, and up to when it was told; what is told in it.

ALTER TABLE subscriptions ADD COLUMN digest_minute INTEGER;
ALTER TABLE subscriptions ADD COLUMN digest_told_at BIGINT;

CREATE TABLE lock_faults (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    door     TEXT   NOT NULL,
    fault    TEXT   NOT NULL,
    began_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE INDEX lock_faults_by_end ON lock_faults (ended_at);

-- The seals whose hash was told to a chat: somebody outside this machine can hold it.
CREATE TABLE told_heads (
    seq     BIGINT PRIMARY KEY,
    told_at BIGINT NOT NULL
);
