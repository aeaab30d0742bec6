-- Which passes were checked before the guest comes: each time once, also after a restart.

CREATE TABLE arrival_checks (
    pass_id    BIGINT NOT NULL,
    advance    TEXT   NOT NULL,
    checked_at BIGINT NOT NULL,
    PRIMARY KEY (pass_id, advance)
);
