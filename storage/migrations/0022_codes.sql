-- For whom a code is and from when; what the lock system was last seen to do with it; who was told what.
ALTER TABLE pins ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE pins ADD COLUMN starts_at BIGINT;
ALTER TABLE pins ADD COLUMN revoke_asked_at BIGINT;
ALTER TABLE pins ADD COLUMN end_told_at BIGINT;
ALTER TABLE pins ADD COLUMN outlives_right INTEGER NOT NULL DEFAULT 0;
-- The message that shows the digits, in the chat of whoever made the code, until it is deleted.
ALTER TABLE pins ADD COLUMN message_id BIGINT;
