CREATE TABLE holds (
    reason TEXT   PRIMARY KEY,
    since  BIGINT NOT NULL
);
