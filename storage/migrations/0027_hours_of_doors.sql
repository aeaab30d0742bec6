-- When the house tried to close a door, which says more than that it did; when it was asked whether it may stay open.

ALTER TABLE open_doors ADD COLUMN tried_at BIGINT;
ALTER TABLE open_doors ADD COLUMN asked_at BIGINT;
UPDATE open_doors SET tried_at = since WHERE is_tried = 1;
