-- Plain names, typed events and several grants for one person and door. Columns that nobody read go.

CREATE TABLE new_grants (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    person_id  BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    door       TEXT   NOT NULL,
    actions    TEXT   NOT NULL,
    ends_at    BIGINT,
    granted_by BIGINT NOT NULL,
    granted_at BIGINT NOT NULL
);
INSERT INTO new_grants (person_id, door, actions, ends_at, granted_by, granted_at)
    SELECT person_id, door, actions, ends_at, granted_by, granted_at FROM grants ORDER BY granted_at, person_id, door;
DROP TABLE grants;
ALTER TABLE new_grants RENAME TO grants;
CREATE INDEX grants_of_a_person ON grants (person_id);

CREATE TABLE new_pins (
    id          INTEGER PRIMARY KEY,
    door        TEXT   NOT NULL,
    handle      TEXT,
    person_id   BIGINT NOT NULL,
    person_name TEXT   NOT NULL,
    made_at     BIGINT NOT NULL,
    asked_until BIGINT,
    ends_at     BIGINT,
    revoked_at  BIGINT
);
INSERT INTO new_pins (id, door, handle, person_id, person_name, made_at, ends_at, revoked_at)
    SELECT id, door, handle, person_id, person_name, made_at, ends_at, revoked_at FROM pins;
DROP TABLE pins;
ALTER TABLE new_pins RENAME TO pins;

ALTER TABLE sightings RENAME TO readings;
ALTER TABLE readings DROP COLUMN heard_at;
ALTER TABLE readings DROP COLUMN firmware;
ALTER TABLE readings DROP COLUMN trouble;
ALTER TABLE readings ADD COLUMN announced_bolt TEXT;
ALTER TABLE readings ADD COLUMN announced_reachable INTEGER NOT NULL DEFAULT 1;
ALTER TABLE readings ADD COLUMN announced_battery_low INTEGER;
UPDATE readings SET
    announced_bolt = json_extract(told, '$.bolt'),
    announced_reachable = coalesce(json_extract(told, '$.reachable'), 1),
    announced_battery_low = json_extract(told, '$.battery_low');
ALTER TABLE readings DROP COLUMN told;
ALTER TABLE readings ADD COLUMN problem TEXT;

ALTER TABLE stamps RENAME TO counters;
-- Their letters named a finished sentence: the owners are reminded anew.
DELETE FROM counters WHERE name LIKE 'reminder %';

ALTER TABLE holds RENAME TO lockouts;
UPDATE lockouts SET reason = 'list unconfirmed' WHERE reason = 'the people list was restored and is not confirmed';

ALTER TABLE outbox DROP COLUMN created_at;
ALTER TABLE outbox DROP COLUMN attempts;
ALTER TABLE outbox RENAME COLUMN notice TO event;
DELETE FROM outbox WHERE json_extract(event, '$.event') = 'reminder';
UPDATE outbox SET event = json_set(event, '$.event', 'bolt', '$.bolt', json_extract(event, '$.event'))
    WHERE json_extract(event, '$.event') IN ('locked', 'unlocked', 'jammed', 'unknown');
UPDATE outbox SET event = json_set(event, '$.event', 'battery', '$.is_low', json('true'))
    WHERE json_extract(event, '$.event') = 'battery low';
UPDATE outbox SET event = json_set(event, '$.event', 'battery', '$.is_low', json('false'))
    WHERE json_extract(event, '$.event') = 'battery good';
UPDATE outbox SET event = json_set(event, '$.is_over', json('false')) WHERE json_extract(event, '$.event') = 'another bot';
UPDATE outbox SET event = json_set(event, '$.event', 'another bot', '$.is_over', json('true'))
    WHERE json_extract(event, '$.event') = 'alone again';
UPDATE outbox SET event = json_set(event, '$.door', json_extract(event, '$.title'))
    WHERE json_extract(event, '$.event') IN ('recovered', 'granted');
UPDATE outbox SET event = json_set(event, '$.ends_at', json_extract(event, '$.until'))
    WHERE json_extract(event, '$.event') = 'granted';
UPDATE outbox SET event = json_remove(event, '$.since', '$.why') WHERE json_extract(event, '$.event') = 'unreachable';

-- Which database this is: the marker beside the file names it.
CREATE TABLE identity (
    id TEXT PRIMARY KEY
);
INSERT INTO identity (id) VALUES (lower(hex(randomblob(16))));
