-- Second factors: what their secrets are derived from, together with the bot's token, which is not in the database.

CREATE TABLE second_factors (
    person_id    BIGINT PRIMARY KEY,
    salt         TEXT   NOT NULL,
    check_value  TEXT   NOT NULL,
    set_up_at    BIGINT NOT NULL,
    last_step    BIGINT NOT NULL,
    locked_until BIGINT
);

-- Codes that were wrong a moment ago.
CREATE TABLE wrong_codes (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id BIGINT NOT NULL,
    tried_at  BIGINT NOT NULL
);
CREATE INDEX wrong_codes_of_a_person ON wrong_codes (person_id, tried_at);

-- Secrets that were shown. A row stays until the message that shows it is deleted.
CREATE TABLE enrolments (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  BIGINT NOT NULL,
    salt       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL,
    message_id BIGINT
);
CREATE INDEX enrolments_by_end ON enrolments (expires_at);

-- Who was refused too often a moment ago, and has to wait.
CREATE TABLE cool_downs (
    person_id BIGINT PRIMARY KEY,
    until     BIGINT NOT NULL
);
