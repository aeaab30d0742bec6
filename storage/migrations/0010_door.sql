-- What stands between a right and an opening door: lockdowns, questions to approvers, and the passes of guests.

-- '*' is every door.
CREATE TABLE lockdowns (
    door     TEXT   PRIMARY KEY,
    by_name  TEXT   NOT NULL,
    began_at BIGINT NOT NULL,
    ends_at  BIGINT
);

CREATE TABLE approvals (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id    BIGINT  NOT NULL,
    person_name  TEXT    NOT NULL,
    door         TEXT    NOT NULL,
    chat_id      BIGINT  NOT NULL,
    thread_id    BIGINT,
    votes_needed INTEGER NOT NULL,
    asked_at     BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    answered_at  BIGINT,
    answer       TEXT,
    answered_by  TEXT,
    grant_id     BIGINT,
    CHECK ((answered_at IS NULL) = (answer IS NULL))
);
CREATE UNIQUE INDEX one_open_approval ON approvals (person_id, door) WHERE answered_at IS NULL;

CREATE TABLE approval_votes (
    approval_id BIGINT NOT NULL,
    person_id   BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    answer      TEXT   NOT NULL,
    PRIMARY KEY (approval_id, person_id)
);

-- The copies of a question, so that all change with its answer.
CREATE TABLE approval_cards (
    approval_id BIGINT NOT NULL,
    chat_id     BIGINT NOT NULL,
    message_id  BIGINT NOT NULL,
    PRIMARY KEY (approval_id, chat_id)
);

CREATE TABLE passes (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    label         TEXT    NOT NULL,
    doors         TEXT    NOT NULL,
    starts_at     BIGINT  NOT NULL,
    ends_at       BIGINT  NOT NULL,
    uses          INTEGER,
    host_id       BIGINT  NOT NULL,
    host_name     TEXT    NOT NULL,
    made_at       BIGINT  NOT NULL,
    invitation_id BIGINT,
    first_used_at BIGINT,
    end_told_at   BIGINT,
    revoked_at    BIGINT
);
CREATE INDEX live_passes ON passes (ends_at) WHERE revoked_at IS NULL;

ALTER TABLE pins ADD COLUMN pass_id BIGINT;
