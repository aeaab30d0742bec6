-- Which physical lock was behind each door's name: rights name the door, and must not pass to another lock.
CREATE TABLE known_locks (
    door     TEXT PRIMARY KEY,
    identity TEXT NOT NULL
);
