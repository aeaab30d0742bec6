-- A space that is open while somebody is there, and what is to be done before everybody leaves.

-- One row, from the first start with the settings of a space.
CREATE TABLE space (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    is_open     INTEGER NOT NULL,
    changed_at  BIGINT  NOT NULL,
    changed_by  TEXT,
    door        TEXT,
    empty_since BIGINT,
    asked_at    BIGINT,
    held_until  BIGINT,
    chat_id     BIGINT,
    thread_id   BIGINT
);

CREATE TABLE closing_items (
    number  INTEGER PRIMARY KEY,
    text    TEXT NOT NULL,
    done_by TEXT
);
