-- The updates that changed the people list: one that comes again must not change it again.
CREATE TABLE list_changes (
    update_key TEXT PRIMARY KEY
);
