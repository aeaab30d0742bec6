-- Topics that stand for a door. title: the name that the bot gave it, NULL for one that somebody else made.
CREATE TABLE door_topics (
    chat_id    BIGINT  NOT NULL,
    thread_id  BIGINT  NOT NULL,
    door       TEXT    NOT NULL,
    title      TEXT,
    is_remade  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, thread_id),
    UNIQUE (chat_id, door)
);
