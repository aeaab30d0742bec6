-- Questions to the journal, and a journal whose oldest entries may be dropped.

-- "Newest first" by time, as people read it; the outcome and the evidence hang on the entry of their command.
CREATE INDEX history_by_time ON journal (at, seq) WHERE kind NOT IN ('outcome', 'evidence');
CREATE INDEX history_of_a_person ON journal (person_id, at, seq) WHERE kind NOT IN ('outcome', 'evidence');
CREATE INDEX history_of_a_door ON journal (door, at, seq) WHERE kind NOT IN ('outcome', 'evidence');
CREATE INDEX journal_of_a_command ON journal (command_id) WHERE command_id IS NOT NULL;
-- Kinds that are rare, found without a walk through all the others.
CREATE INDEX journal_of_a_kind ON journal (kind, seq) WHERE command_id IS NULL;

-- What statistics count, without a look at the table.
CREATE INDEX openings ON commands (started_at, door, outcome, person_id) WHERE action = 'open';
-- What people were called when they asked last.
CREATE INDEX commands_of_a_person ON commands (person_id, id);

-- The last entry that was dropped: the chain of those that are left begins with its hash.
CREATE TABLE journal_start (
    seq  BIGINT PRIMARY KEY,
    hash TEXT   NOT NULL
);
INSERT INTO journal_start (seq, hash) VALUES (0, '0000000000000000000000000000000000000000000000000000000000000000');

DROP TRIGGER journal_is_append_only_2;
CREATE TRIGGER journal_is_append_only_2 BEFORE DELETE ON journal
WHEN OLD.seq IS NULL OR OLD.seq > coalesce((SELECT max(seq) FROM journal_start), 0)
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER journal_start_moves_on_1 BEFORE UPDATE ON journal_start
WHEN NEW.seq <= OLD.seq OR NOT EXISTS (SELECT 1 FROM journal WHERE seq = NEW.seq AND hash = NEW.hash)
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER journal_start_moves_on_2 BEFORE DELETE ON journal_start
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

CREATE TRIGGER journal_start_moves_on_3 BEFORE INSERT ON journal_start
BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;

-- One reading of a battery a day: enough to see it go down.
CREATE TABLE batteries (
    door    TEXT   NOT NULL,
    day     BIGINT NOT NULL,
    percent INTEGER NOT NULL,
    PRIMARY KEY (door, day)
);
