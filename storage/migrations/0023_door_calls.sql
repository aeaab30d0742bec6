-- Calls from the door: who does not get in, who is called for that, and the neighbours whom owners named for it.

CREATE TABLE door_calls (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id   BIGINT NOT NULL,
    person_name TEXT   NOT NULL,
    door        TEXT   NOT NULL,
    chat_id     BIGINT NOT NULL,
    thread_id   BIGINT,
    cause       TEXT   NOT NULL,
    cause_at    BIGINT,
    began_at    BIGINT NOT NULL,
    message_id  BIGINT,
    ended_at    BIGINT,
    ended_as    TEXT,
    answered_by TEXT,
    CHECK ((ended_at IS NULL) = (ended_as IS NULL))
);
CREATE UNIQUE INDEX one_open_door_call ON door_calls (person_id) WHERE ended_at IS NULL;
CREATE INDEX door_calls_of_a_person ON door_calls (person_id, began_at);

-- In the order of `place`; `since` is when their turn came.
CREATE TABLE door_call_people (
    call_id    BIGINT  NOT NULL,
    place      INTEGER NOT NULL,
    person_id  BIGINT  NOT NULL,
    name       TEXT    NOT NULL,
    part       TEXT    NOT NULL,
    can_open   INTEGER NOT NULL,
    since      BIGINT,
    answer     TEXT,
    message_id BIGINT,
    PRIMARY KEY (call_id, person_id)
);

CREATE TABLE neighbours (
    door      TEXT   NOT NULL,
    person_id BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    added_by  BIGINT NOT NULL,
    added_at  BIGINT NOT NULL,
    PRIMARY KEY (door, person_id)
);
