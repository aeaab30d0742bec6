-- Which firmware locks and gateways have, whose clock is wrong, and which batteries are told to be low soon.

ALTER TABLE readings ADD COLUMN firmware TEXT;
ALTER TABLE readings ADD COLUMN announced_runs_low INTEGER NOT NULL DEFAULT 0;

CREATE TABLE peers (
    name           TEXT PRIMARY KEY,
    firmware       TEXT,
    is_clock_wrong INTEGER NOT NULL DEFAULT 0
);
