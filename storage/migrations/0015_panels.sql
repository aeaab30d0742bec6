-- Messages that always show the doors, and since when each bolt is seen as it is.

ALTER TABLE readings ADD COLUMN announced_bolt_since BIGINT;

-- doors: names with commas between them; NULL is every door. message_id is NULL until there is one.
CREATE TABLE panels (
    chat_id    BIGINT  NOT NULL,
    thread_id  BIGINT  NOT NULL,
    doors      TEXT,
    set_up_by  BIGINT  NOT NULL,
    message_id BIGINT,
    is_pinned  INTEGER NOT NULL DEFAULT 0,
    is_told    INTEGER NOT NULL DEFAULT 0,
    is_over    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, thread_id)
);
