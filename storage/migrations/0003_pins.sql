-- Codes that can be revoked. Their digits are nobody's business but the person's: they are not here.
CREATE TABLE pins (
    id          INTEGER PRIMARY KEY,
    door        TEXT   NOT NULL,
    handle      TEXT   NOT NULL,
    person_id   BIGINT NOT NULL,
    person_name TEXT   NOT NULL,
    made_at     BIGINT NOT NULL,
    ends_at     BIGINT,
    revoked_at  BIGINT
);
