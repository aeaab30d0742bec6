-- When somebody said that the door, about which it was asked, may stay open: whoever says so again tells nobody anything.

ALTER TABLE open_doors ADD COLUMN left_at BIGINT;
