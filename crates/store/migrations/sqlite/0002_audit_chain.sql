-- Each record carries the hash of the one before. `seq` is written by us: a hole is a removed record.

CREATE TABLE audit (
    seq      INTEGER NOT NULL PRIMARY KEY,
    at_ns    BIGINT  NOT NULL,
    kind     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    actor    TEXT,
    data     TEXT    NOT NULL,
    previous TEXT    NOT NULL,
    hash     TEXT    NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject, seq);
