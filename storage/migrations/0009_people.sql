-- What people were told about their rights before and after they hold: once for each right, kind and moment.

CREATE TABLE told_rights (
    grant_id BIGINT NOT NULL,
    kind     TEXT   NOT NULL,
    about    BIGINT NOT NULL,
    PRIMARY KEY (grant_id, kind, about)
);
CREATE INDEX grants_by_start ON grants (starts_at) WHERE starts_at IS NOT NULL;
CREATE INDEX grants_by_end ON grants (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX grants_by_door ON grants (door);
CREATE INDEX grants_by_sponsor ON grants (granted_by);
