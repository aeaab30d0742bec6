-- Opened and closed are chosen apart, and each door may have a choice of its own. Members hear of their own doors.

UPDATE subscriptions SET kinds = trim(replace(',' || kinds || ',', ',moves,', ',opened,closed,'), ',');

-- What was chosen for a door by itself; without a row the choice of the chat holds.
CREATE TABLE subscription_doors (
    chat_id   BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    door      TEXT   NOT NULL,
    kinds     TEXT   NOT NULL,
    PRIMARY KEY (chat_id, thread_id, door)
);

ALTER TABLE subscriptions ADD COLUMN muted_until BIGINT;
ALTER TABLE subscriptions ADD COLUMN paused_until BIGINT;

-- Whose rights are looked at before it is told; NULL: nobody's.
ALTER TABLE outbox ADD COLUMN subscriber BIGINT;
ALTER TABLE outbox ADD COLUMN can_pause INTEGER NOT NULL DEFAULT 0;
