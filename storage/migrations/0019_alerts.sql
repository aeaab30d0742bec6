-- Alerts: faults that were told and stand, and who is on them.

CREATE TABLE alerts (
    kind     TEXT   NOT NULL,
    door     TEXT   NOT NULL,
    since    BIGINT NOT NULL,
    by_id    BIGINT,
    by_name  TEXT,
    taken_at BIGINT,
    PRIMARY KEY (kind, door)
);

ALTER TABLE notice_messages ADD COLUMN is_alert INTEGER NOT NULL DEFAULT 0;
