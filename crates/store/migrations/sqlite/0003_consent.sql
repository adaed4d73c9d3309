-- Approvals of plans that several people have to agree to. One person counts once.
CREATE TABLE plan_approvals (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    plan_id  TEXT    NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    person   TEXT    NOT NULL,
    approval TEXT    NOT NULL,
    at_ns    BIGINT  NOT NULL,
    UNIQUE (plan_id, person)
);

-- A freeze is in force until somebody thaws or its end comes.
CREATE TABLE freezes (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL UNIQUE,
    reason       TEXT    NOT NULL,
    frozen_by    TEXT    NOT NULL,
    frozen_at_ns BIGINT  NOT NULL,
    until_ns     BIGINT,
    thawed_by    TEXT,
    thawed_at_ns BIGINT
);
CREATE INDEX freezes_in_force ON freezes (seq) WHERE thawed_at_ns IS NULL;

CREATE TABLE standing_approvals (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT    NOT NULL UNIQUE,
    person        TEXT    NOT NULL,
    op            TEXT    NOT NULL,
    body          TEXT    NOT NULL,
    created_at_ns BIGINT  NOT NULL,
    until_ns      BIGINT  NOT NULL,
    revoked_by    TEXT,
    revoked_at_ns BIGINT
);

-- Whoever moves `due_at_ns` fires; of several processes that see the same time one does.
CREATE TABLE schedules (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL UNIQUE,
    body          TEXT    NOT NULL,
    enabled       BOOLEAN NOT NULL,
    due_at_ns     BIGINT,
    version       BIGINT  NOT NULL,
    created_at_ns BIGINT  NOT NULL,
    changed_at_ns BIGINT  NOT NULL
);
CREATE INDEX schedules_by_due ON schedules (due_at_ns) WHERE enabled;

-- What became of each time that came.
CREATE TABLE schedule_firings (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    schedule_id TEXT    NOT NULL,
    due_at_ns   BIGINT  NOT NULL,
    fired_at_ns BIGINT  NOT NULL,
    outcome     TEXT    NOT NULL,
    plan_id     TEXT,
    run_id      TEXT,
    text        TEXT    NOT NULL,
    UNIQUE (schedule_id, due_at_ns)
);

CREATE TABLE runbooks (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL UNIQUE,
    summary       TEXT    NOT NULL,
    source        TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    created_by    TEXT    NOT NULL,
    created_at_ns BIGINT  NOT NULL
);
