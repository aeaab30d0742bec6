-- Rights with hours, uses, approvals and sponsors; roles; rights of groups; named sets of doors.

ALTER TABLE people ADD COLUMN role TEXT NOT NULL DEFAULT 'member';
ALTER TABLE people ADD COLUMN is_suspended INTEGER NOT NULL DEFAULT 0;

CREATE TABLE new_grants (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id           BIGINT REFERENCES people (id) ON DELETE CASCADE,
    chat_id             BIGINT,
    door                TEXT    NOT NULL,
    actions             TEXT    NOT NULL,
    starts_at           BIGINT,
    ends_at             BIGINT,
    hours               TEXT,
    uses_left           INTEGER,
    asks_first          INTEGER NOT NULL DEFAULT 0,
    needs_second_factor INTEGER NOT NULL DEFAULT 0,
    is_suspended        INTEGER NOT NULL DEFAULT 0,
    pass_id             BIGINT,
    granted_by          BIGINT  NOT NULL,
    granted_at          BIGINT  NOT NULL,
    CHECK ((person_id IS NULL) <> (chat_id IS NULL))
);
INSERT INTO new_grants (id, person_id, door, actions, ends_at, granted_by, granted_at)
    SELECT id, person_id, door, actions, ends_at, granted_by, granted_at FROM grants;
DROP TABLE grants;
ALTER TABLE new_grants RENAME TO grants;
CREATE INDEX grants_of_a_person ON grants (person_id);
CREATE INDEX grants_of_a_group ON grants (chat_id);

CREATE TABLE door_sets (
    name TEXT NOT NULL,
    door TEXT NOT NULL,
    PRIMARY KEY (name, door)
);
