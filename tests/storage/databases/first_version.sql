-- A database as the first version left it: written by revision 1b4480d, dumped by Python's iterdump.
BEGIN TRANSACTION;
CREATE TABLE commands (
    id         INTEGER PRIMARY KEY,
    update_key TEXT   NOT NULL UNIQUE,
    person_id  BIGINT NOT NULL,
    person_name TEXT NOT NULL,
    chat_id    BIGINT NOT NULL,
    thread_id  BIGINT,
    door       TEXT   NOT NULL,
    action     TEXT   NOT NULL,
    asked_at   BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT,
    outcome    TEXT
);
INSERT INTO "commands" VALUES(1,'1',7,'Anna',-100200,NULL,'front','open',1772366641000,1772366641000,1772366641000,'confirmed');
INSERT INTO "commands" VALUES(2,'2',42,'Olga',-100200,NULL,'front','close',1772366646000,1772366646000,1772366646000,'unknown');
INSERT INTO "commands" VALUES(3,'3',8,'Anna',-100200,NULL,'front','open',1772366646000,1772366646000,1772366646000,'denied');
INSERT INTO "commands" VALUES(4,'lost',7,'Anna',-100200,NULL,'front','open',1772366646000,1772366646000,NULL,NULL);
CREATE TABLE grants (
    person_id  BIGINT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    door       TEXT   NOT NULL,
    actions    TEXT   NOT NULL,
    ends_at    BIGINT,
    granted_by BIGINT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, door)
);
INSERT INTO "grants" VALUES(7,'front','open,pin',NULL,42,1772366400000);
INSERT INTO "grants" VALUES(8,'*','status',1772370001000,42,1772366401000);
INSERT INTO "grants" VALUES(8,'garage','close,open',1772971201000,42,1772366401000);
INSERT INTO "grants" VALUES(7,'*','status',NULL,42,1772366646000);
CREATE TABLE groups (
    chat_id   BIGINT NOT NULL,
    thread_id BIGINT NOT NULL,
    title     TEXT   NOT NULL,
    added_by  BIGINT NOT NULL,
    added_at  BIGINT NOT NULL,
    PRIMARY KEY (chat_id, thread_id)
);
INSERT INTO "groups" VALUES(-100900,5,'Home',42,1772366400000);
CREATE TABLE holds (
    reason TEXT   PRIMARY KEY,
    since  BIGINT NOT NULL
);
INSERT INTO "holds" VALUES('the people list was restored and is not confirmed',1772366646000);
CREATE TABLE journal (
    seq        BIGINT PRIMARY KEY,
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL,
    command_id BIGINT,
    person_id  BIGINT,
    chat_id    BIGINT,
    door       TEXT,
    action     TEXT,
    detail     TEXT   NOT NULL,
    hash       TEXT   NOT NULL
);
INSERT INTO "journal" VALUES(1,1772366400000,'allowed',NULL,7,NULL,'front',NULL,'{"actions": ["open", "pin"], "by": 42, "name": "Anna \u202e \ud83d\ude00", "until": null}','7f8bd55f082b373b426e4de5cb7f161181a4ccf29091eeaf0fcd67c3ff03ce1e');
INSERT INTO "journal" VALUES(2,1772366401000,'allowed',NULL,8,NULL,'*',NULL,'{"actions": ["status"], "by": 42, "name": "Ben", "until": "2026-03-01T13:00:01+00:00"}','52cbb55708c531e8a2215c1a352da1a3631d7d65341daffa960515d26c104d71');
INSERT INTO "journal" VALUES(3,1772366401000,'allowed',NULL,8,NULL,'garage',NULL,'{"actions": ["close", "open"], "by": 42, "name": "Ben", "until": "2026-03-08T12:00:01+00:00"}','0095937e6547de49cebaa90446573d70b74bb7d2b67980397da6d182b126850f');
INSERT INTO "journal" VALUES(4,1772366401000,'allowed',NULL,9,NULL,'front',NULL,'{"actions": ["open"], "by": 42, "name": "Gone", "until": null}','4d7ce519cfe3b1f119bf89a75d7c5c16a665f66b4fbc5e640bc90ee57b825665');
INSERT INTO "journal" VALUES(5,1772366401000,'revoked',NULL,9,NULL,NULL,NULL,'{"by": 42}','810adbe4314f174f2a3100504872e8d06ec8af47a23ef1429328b58767cab99b');
INSERT INTO "journal" VALUES(6,1772366641000,'started',1,7,-100200,'front','open','{"asked": 1772366641, "name": "Anna", "update": "1"}','2622c84134557bdf24b7e262b7163f41f61bd3ec4c094a2169217bd9583fe33f');
INSERT INTO "journal" VALUES(7,1772366641000,'outcome',1,7,-100200,'front','open','{"result": "confirmed", "seconds": 0.0}','b631a69b7b3a2347311e3bf8bc56a9b799f8dc1051e8a713a567697254372390');
INSERT INTO "journal" VALUES(8,1772366646000,'started',2,42,-100200,'front','close','{"asked": 1772366646, "name": "Olga", "update": "2"}','eb1233ea79e6519e59fe824114d7a4500d9de5b173a058d47747c5f8e093c77a');
INSERT INTO "journal" VALUES(9,1772366646000,'outcome',2,42,-100200,'front','close','{"code": "http 504", "result": "unknown", "seconds": 0.0, "why": "No answer in time."}','1d4b94f09ec35a16fc7cc38273afb17ff703f6961574ced60d55b8e5f8c3312a');
INSERT INTO "journal" VALUES(10,1772366646000,'evidence',2,42,-100200,'front','close','{"bolt": "unlocked", "seconds": 0.0}','bf0f69b5e935ede8b336c6b251249cfc18bcc8b45a6216de6e106cc8e02f3266');
INSERT INTO "journal" VALUES(11,1772366646000,'denied',3,8,-100200,'front','open','{"asked": 1772366646, "name": "Anna", "update": "3", "why": "no right"}','64e91c7bc1a4de77c72d5831785b8071d995315bb77abf7da89c993bb9444107');
INSERT INTO "journal" VALUES(12,1772366646000,'stranger',NULL,666,-100200,NULL,'open','{"name": "Stranger", "update": "4"}','c98689c78692ff3d2a12317e61e67768aca42e239642253bae967c12f15e1b6b');
INSERT INTO "journal" VALUES(13,1772366646000,'allowed',NULL,7,NULL,'*',NULL,'{"actions": ["status"], "by": 42, "name": "Anna", "until": null}','af208d2649dc8ed66a793450f3b77f893a09f746869faff58b5bf374fec1cc8c');
CREATE TABLE list_changes (
    update_key TEXT PRIMARY KEY
);
INSERT INTO "list_changes" VALUES('77');
CREATE TABLE migrations (name TEXT PRIMARY KEY);
INSERT INTO "migrations" VALUES('0001_initial.sql');
INSERT INTO "migrations" VALUES('0002_holds.sql');
INSERT INTO "migrations" VALUES('0003_pins.sql');
INSERT INTO "migrations" VALUES('0004_list_changes.sql');
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id    BIGINT  NOT NULL,
    thread_id  BIGINT,
    notice     TEXT    NOT NULL,
    created_at BIGINT  NOT NULL,
    attempts   INTEGER NOT NULL
);
INSERT INTO "outbox" VALUES(1,8,NULL,'{"event": "granted", "title": "Garage", "actions": ["close", "open"], "until": 1772971201000}',1772366401000,0);
INSERT INTO "outbox" VALUES(2,-100900,5,'{"event": "unlocked", "door": "front", "title": "Front door", "at": 1772366461000, "by": null}',1772366461000,0);
INSERT INTO "outbox" VALUES(3,-100900,5,'{"event": "jammed", "door": "front", "title": "Front door", "at": 1772366491000, "by": null}',1772366491000,0);
INSERT INTO "outbox" VALUES(4,-100900,5,'{"event": "battery low", "door": "front", "title": "Front door", "at": 1772366491000, "percent": 10}',1772366491000,0);
INSERT INTO "outbox" VALUES(5,-100900,5,'{"event": "unknown", "door": "front", "title": "Front door", "at": 1772366521000, "by": null}',1772366521000,0);
INSERT INTO "outbox" VALUES(6,-100900,5,'{"event": "battery good", "door": "front", "title": "Front door", "at": 1772366521000, "percent": 80}',1772366521000,0);
INSERT INTO "outbox" VALUES(7,-100900,5,'{"event": "locked", "door": "front", "title": "Front door", "at": 1772366551000, "by": null}',1772366551000,0);
INSERT INTO "outbox" VALUES(8,-100900,5,'{"event": "unreachable", "door": "front", "title": "Front door", "at": 1772366581000, "since": "2026-03-01T12:03:01+00:00", "why": "The lock cannot be reached."}',1772366581000,0);
INSERT INTO "outbox" VALUES(9,-100900,5,'{"event": "reachable", "door": "front", "title": "Front door", "at": 1772366611000}',1772366611000,0);
INSERT INTO "outbox" VALUES(10,-100900,5,'{"event": "unreachable", "door": "garage", "title": "Garage", "at": 1772366641000, "since": "2026-03-01T12:04:01+00:00", "why": "Away."}',1772366641000,0);
INSERT INTO "outbox" VALUES(11,-100900,5,'{"event": "command", "door": "front", "title": "Front door", "at": 1772366641000, "action": "open", "result": "confirmed", "by": "Anna"}',1772366641000,0);
INSERT INTO "outbox" VALUES(12,-100900,5,'{"event": "command", "door": "front", "title": "Front door", "at": 1772366646000, "action": "close", "result": "unknown", "by": "Olga"}',1772366646000,0);
INSERT INTO "outbox" VALUES(13,42,NULL,'{"event": "reminder", "door": "front", "title": "Front door", "at": 1772366646000, "why": "Set the lock''s timestamp again."}',1772366646000,0);
INSERT INTO "outbox" VALUES(14,42,NULL,'{"event": "another bot", "at": 1772366646000}',1772366646000,0);
INSERT INTO "outbox" VALUES(15,42,NULL,'{"event": "alone again", "at": 1772366646000}',1772366646000,0);
INSERT INTO "outbox" VALUES(16,-100200,9,'{"event": "answer", "text": "\ud83d\udd13 <b>Front door</b> opened", "edits": 7, "at": 1772366646000}',1772366646000,0);
INSERT INTO "outbox" VALUES(17,-100200,NULL,'{"event": "answer", "text": "No.", "edits": null, "at": 1772366646000}',1772366646000,0);
INSERT INTO "outbox" VALUES(18,7,NULL,'{"event": "granted", "title": null, "actions": ["status"], "until": null}',1772366646000,0);
INSERT INTO "outbox" VALUES(19,-100200,NULL,'{"event": "recovered", "title": "Front door", "action": "open", "by": "Anna", "at": 1772366646000}',1772366646000,0);
INSERT INTO "outbox" VALUES(20,42,NULL,'{"event": "recovered", "title": "Front door", "action": "open", "by": "Anna", "at": 1772366646000}',1772366646000,0);
INSERT INTO "outbox" VALUES(21,-100900,5,'{"event": "recovered", "title": "Front door", "action": "open", "by": "Anna", "at": 1772366646000}',1772366646000,0);
CREATE TABLE people (
    id        BIGINT PRIMARY KEY,
    name      TEXT   NOT NULL,
    added_by  BIGINT NOT NULL,
    added_at  BIGINT NOT NULL
);
INSERT INTO "people" VALUES(7,'Anna',42,1772366400000);
INSERT INTO "people" VALUES(8,'Ben',42,1772366401000);
CREATE TABLE pins (
    id          INTEGER PRIMARY KEY,
    door        TEXT   NOT NULL,
    handle      TEXT   NOT NULL,
    person_id   BIGINT NOT NULL,
    person_name TEXT   NOT NULL,
    made_at     BIGINT NOT NULL,
    ends_at     BIGINT,
    revoked_at  BIGINT
);
INSERT INTO "pins" VALUES(1,'front','120',7,'Anna',1772366646000,1772373846000,NULL);
INSERT INTO "pins" VALUES(2,'front','121',7,'Anna',1772366646000,NULL,NULL);
INSERT INTO "pins" VALUES(3,'front','119',7,'Anna',1772366646000,NULL,1772366646000);
CREATE TABLE sightings (
    door            TEXT PRIMARY KEY,
    bolt            TEXT    NOT NULL,
    read_at         BIGINT,
    heard_at        BIGINT,
    battery_percent INTEGER,
    battery_mv      INTEGER,
    rssi_dbm        INTEGER,
    firmware        TEXT,
    failures        INTEGER NOT NULL,
    failing_since   BIGINT,
    trouble         TEXT,
    told            TEXT    NOT NULL
);
INSERT INTO "sightings" VALUES('front','unlocked',1772366646000,1772366646000,80,NULL,NULL,NULL,0,NULL,NULL,'{"reachable": true, "bolt": "unlocked", "battery_low": false}');
INSERT INTO "sightings" VALUES('garage','unknown',NULL,NULL,NULL,NULL,NULL,NULL,1,1772366641000,'Away.','{"reachable": false}');
CREATE TABLE stamps (
    name  TEXT   PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO "stamps" VALUES('reminder front',1772366400000);
INSERT INTO "stamps" VALUES('the_keys:gateway',1772366500);
CREATE UNIQUE INDEX one_command_in_flight ON commands (door) WHERE outcome IS NULL;
CREATE INDEX commands_of_a_door ON commands (door, ended_at);
CREATE INDEX outbox_of_a_chat ON outbox (chat_id, id);
CREATE TRIGGER journal_is_append_only_1 BEFORE UPDATE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
CREATE TRIGGER journal_is_append_only_2 BEFORE DELETE ON journal
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',21);
COMMIT;
