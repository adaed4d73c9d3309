-- Each record carries the hash of the one before. `seq` is written by us: a hole is a removed record.

CREATE TABLE audit (
    seq      BIGINT           NOT NULL PRIMARY KEY,
    at_ns    BIGINT           NOT NULL,
    kind     TEXT COLLATE "C" NOT NULL,
    subject  TEXT COLLATE "C" NOT NULL,
    actor    TEXT COLLATE "C",
    data     TEXT COLLATE "C" NOT NULL,
    previous TEXT COLLATE "C" NOT NULL,
    hash     TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject, seq);
