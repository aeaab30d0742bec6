-- Times are UTC milliseconds. The common subset of SQLite and PostgreSQL, but for the two triggers at the end.

CREATE TABLE people (
    id        BIGINT PRIMARY KEY,
    name      TEXT   NOT NULL,
    added_by  BIGINT NOT NULL,
    added_at  BIGINT NOT NULL
);

CREATE TABLE grants (
    person_id  BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    door       TEXT   NOT NULL,
    actions    TEXT   NOT NULL,
    ends_at    BIGINT,
    granted_by BIGINT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, door)
);

CREATE TABLE commands (
    id         INTEGER PRIMARY KEY,
    update_key TEXT   NOT NULL UNIQUE,
    person_id  BIGINT NOT NULL,
    person_name TEXT NOT NULL,
    chat_id    BIGINT NOT NULL,
    thread_id  BIGINT,
    door       TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    asked_at   BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT,
    outcome    TEXT
);
CREATE UNIQUE INDEX one_command_in_flight ON commands (door) WHERE outcome IS NULL;
CREATE INDEX commands_of_a_door ON commands (door, ended_at);

CREATE TABLE journal (
    seq        BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    command_id BIGINT,
    person_id  BIGINT,
    chat_id    BIGINT,
    door       TEXT,
    action     TEXT,
    detail     TEXT   NOT NULL,
    hash       TEXT   NOT NULL
);

CREATE TABLE sightings (
    door            TEXT PRIMARY KEY,
    bolt            TEXT    NOT NULL,
    read_at         BIGINT,
    heard_at        BIGINT,
    battery_percent INTEGER,
    battery_mv      INTEGER,
    rssi_dbm        INTEGER,
    firmware        TEXT,
    failures        INTEGER NOT NULL,
    failing_since   BIGINT,
    trouble         TEXT,
    told            TEXT    NOT NULL
);

CREATE TABLE groups (
    chat_id   BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    title     TEXT   NOT NULL,
    added_by  BIGINT NOT NULL,
    added_at  BIGINT NOT NULL,
    PRIMARY KEY (chat_id, thread_id)
);

-- AUTOINCREMENT: an id is never used again, so a late receipt cannot take another letter away.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id    BIGINT  NOT NULL,
    thread_id  BIGINT,
    notice     TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    attempts   INTEGER NOT NULL
);
CREATE INDEX outbox_of_a_chat ON outbox (chat_id, id);

CREATE TABLE stamps (
    name  TEXT   PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TRIGGER journal_is_append_only_1 BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER journal_is_append_only_2 BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
