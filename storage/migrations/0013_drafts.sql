-- What people are putting together with buttons: a button has room for its number, and not for what is in it.
CREATE TABLE drafts (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL,
    purpose   TEXT   NOT NULL,
    details   TEXT   NOT NULL,
    made_at   BIGINT NOT NULL
);
