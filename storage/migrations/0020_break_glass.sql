-- Break glass: sealed openings and who may break them; questions that belong to one; when owners were last seen.

CREATE TABLE glasses (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    door         TEXT    NOT NULL,
    votes_needed INTEGER NOT NULL,
    -- NULL: several must agree. Otherwise one of them alone, after so many seconds without a word of any owner.
    silence      INTEGER,
    set_by       BIGINT  NOT NULL,
    set_by_name  TEXT    NOT NULL,
    set_at       BIGINT  NOT NULL,
    broken_at    BIGINT,
    revoked_at   BIGINT,
    revoked_by   BIGINT
);

CREATE TABLE keyholders (
    glass_id  BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    name      TEXT   NOT NULL,
    listed_at BIGINT NOT NULL,
    PRIMARY KEY (glass_id, person_id)
);

CREATE TABLE owner_signs (
    person_id BIGINT PRIMARY KEY,
    name      TEXT   NOT NULL,
    seen_at   BIGINT NOT NULL
);

ALTER TABLE approvals ADD COLUMN glass_id BIGINT;
-- Milliseconds in which no owner said a word and would have been heard; NULL: no owner is told yet.
ALTER TABLE approvals ADD COLUMN silent BIGINT;
-- The owner who showed a sign of life meanwhile.
ALTER TABLE approvals ADD COLUMN seen_owner TEXT;
DROP INDEX one_open_approval;
CREATE UNIQUE INDEX one_open_approval ON approvals (person_id, door) WHERE answered_at IS NULL AND glass_id IS NULL;
CREATE UNIQUE INDEX one_open_breaking ON approvals (glass_id) WHERE answered_at IS NULL AND glass_id IS NOT NULL;
