-- Ways into the house: invitations, requests to come in, who may not ask any more, and by which @name people are found.

-- The token itself is with whoever has the link; here lies its hash.
CREATE TABLE invitations (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash   TEXT   NOT NULL UNIQUE,
    grants       TEXT   NOT NULL,
    invited_by   BIGINT NOT NULL,
    inviter_name TEXT   NOT NULL,
    invited_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    revoked_at   BIGINT,
    claimed_at   BIGINT,
    claimed_by   BIGINT,
    CHECK ((claimed_at IS NULL) = (claimed_by IS NULL)),
    CHECK (claimed_at IS NULL OR revoked_at IS NULL)
);
CREATE INDEX open_invitations ON invitations (expires_at) WHERE claimed_at IS NULL AND revoked_at IS NULL;

CREATE TABLE join_requests (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id   BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    username    TEXT,
    asked_at    BIGINT NOT NULL,
    answered_at BIGINT,
    answered_by TEXT,
    answer      TEXT,
    CHECK ((answered_at IS NULL) = (answer IS NULL))
);
CREATE UNIQUE INDEX one_open_request ON join_requests (person_id) WHERE answered_at IS NULL;
CREATE INDEX requests_of_a_person ON join_requests (person_id, asked_at);
CREATE INDEX requests_by_time ON join_requests (asked_at);

-- The copies of a card that asks several people, so that all change with the first answer.
CREATE TABLE request_cards (
    request_id BIGINT NOT NULL,
    chat_id    BIGINT NOT NULL,
    message_id BIGINT NOT NULL,
    PRIMARY KEY (request_id, chat_id)
);

-- `is_told`: the person has had the one answer that a banned person gets.
CREATE TABLE bans (
    person_id BIGINT  PRIMARY KEY,
    name      TEXT    NOT NULL,
    banned_by BIGINT  NOT NULL,
    banned_at BIGINT  NOT NULL,
    is_told   INTEGER NOT NULL DEFAULT 0
);

-- Ids are the key; a username is the one a person on the list was seen with last, and only finds their id.
CREATE TABLE usernames (
    person_id BIGINT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    username  TEXT   NOT NULL UNIQUE
);
