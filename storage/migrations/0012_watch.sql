-- Since when a door has been away, for the notice that it is back; doors that stand open; who hears what, and when not.

ALTER TABLE readings ADD COLUMN announced_away_since BIGINT;

-- A row lasts as long as the door is open, as far as anybody knows.
CREATE TABLE open_doors (
    door       TEXT PRIMARY KEY,
    since      BIGINT  NOT NULL,
    is_told    INTEGER NOT NULL DEFAULT 0,
    is_tried   INTEGER NOT NULL DEFAULT 0,
    not_before BIGINT
);

ALTER TABLE groups RENAME TO subscriptions;
ALTER TABLE subscriptions ADD COLUMN kinds TEXT NOT NULL DEFAULT 'moves,trouble,battery';
ALTER TABLE subscriptions ADD COLUMN quiet_from INTEGER;
ALTER TABLE subscriptions ADD COLUMN quiet_until INTEGER;

ALTER TABLE outbox ADD COLUMN can_wait INTEGER NOT NULL DEFAULT 0;

-- The last message about a matter in each chat, which a newer notice of the same matter changes.
CREATE TABLE notice_messages (
    chat_id    BIGINT NOT NULL,
    thread_id  BIGINT NOT NULL,
    matter     TEXT   NOT NULL,
    message_id BIGINT NOT NULL,
    text       TEXT   NOT NULL,
    sent_at    BIGINT NOT NULL,
    PRIMARY KEY (chat_id, thread_id, matter)
);
