-- Times are nanoseconds since 1970-01-01T00:00:00Z: exact, and they sort.
-- `seq` gives "newest first" an order when two rows carry the same time.

CREATE TABLE plans (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT    NOT NULL UNIQUE,
    op            TEXT    NOT NULL,
    digest        TEXT    NOT NULL,
    risk          TEXT    NOT NULL,
    summary       TEXT    NOT NULL,
    created_by    TEXT    NOT NULL,
    thread        TEXT,
    state         TEXT    NOT NULL,
    run_id        TEXT,
    created_at_ns BIGINT  NOT NULL,
    expires_at_ns BIGINT  NOT NULL,
    body          TEXT    NOT NULL
);
CREATE INDEX plans_by_state ON plans (state, seq);

CREATE TABLE runs (
    seq              INTEGER PRIMARY KEY AUTOINCREMENT,
    id               TEXT    NOT NULL UNIQUE,
    -- One plan is carried out at most once, whatever the code above does.
    plan_id          TEXT    NOT NULL UNIQUE REFERENCES plans (id),
    op               TEXT    NOT NULL,
    summary          TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    is_final         BOOLEAN NOT NULL,
    created_by       TEXT    NOT NULL,
    approved_by      TEXT    NOT NULL,
    approval         TEXT    NOT NULL,
    owner            TEXT,
    heartbeat_at_ns  BIGINT,
    cancel_requested BOOLEAN NOT NULL DEFAULT FALSE,
    last_event       BIGINT  NOT NULL DEFAULT 0,
    opened_at_ns     BIGINT  NOT NULL,
    started_at_ns    BIGINT,
    finished_at_ns   BIGINT
);
CREATE INDEX runs_unfinished ON runs (seq) WHERE NOT is_final;

CREATE TABLE run_steps (
    run_id         TEXT   NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    position       BIGINT NOT NULL,
    id             TEXT   NOT NULL,
    title          TEXT   NOT NULL,
    op             TEXT   NOT NULL,
    target         TEXT   NOT NULL,
    target_name    TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    upid           TEXT,
    error          TEXT,
    verify         TEXT,
    started_at_ns  BIGINT,
    finished_at_ns BIGINT,
    memory         TEXT   NOT NULL,
    PRIMARY KEY (run_id, id)
);

CREATE TABLE run_events (
    run_id TEXT   NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    id     BIGINT NOT NULL,
    kind   TEXT   NOT NULL,
    data   TEXT   NOT NULL,
    at_ns  BIGINT NOT NULL,
    PRIMARY KEY (run_id, id)
);

CREATE TABLE locks (
    name   TEXT NOT NULL PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE
);
CREATE INDEX locks_by_run ON locks (run_id);

CREATE TABLE instances (
    owner           TEXT    NOT NULL PRIMARY KEY,
    serves          BOOLEAN NOT NULL,
    heartbeat_at_ns BIGINT  NOT NULL
);

CREATE TABLE users (
    name          TEXT   NOT NULL PRIMARY KEY,
    role          TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    created_at_ns BIGINT NOT NULL
);

CREATE TABLE sessions (
    id_hash       TEXT   NOT NULL PRIMARY KEY,
    user_name     TEXT   NOT NULL REFERENCES users (name) ON DELETE CASCADE,
    csrf_token    TEXT   NOT NULL,
    created_at_ns BIGINT NOT NULL,
    seen_at_ns    BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_name);

CREATE TABLE tokens (
    seq             INTEGER PRIMARY KEY AUTOINCREMENT,
    id              TEXT    NOT NULL UNIQUE,
    name            TEXT    NOT NULL,
    role            TEXT    NOT NULL,
    may_approve     BOOLEAN NOT NULL,
    token_hash      TEXT    NOT NULL UNIQUE,
    created_by      TEXT    NOT NULL,
    created_at_ns   BIGINT  NOT NULL,
    last_used_at_ns BIGINT
);

CREATE TABLE secrets (
    name          TEXT   NOT NULL PRIMARY KEY,
    nonce         BLOB   NOT NULL,
    ciphertext    BLOB   NOT NULL,
    changed_at_ns BIGINT NOT NULL
);

-- One row, encrypted with the key in use: tells a wrong key from a damaged secret.
CREATE TABLE secret_key_check (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    nonce      BLOB    NOT NULL,
    ciphertext BLOB    NOT NULL
);

CREATE TABLE clusters (
    id            TEXT   NOT NULL PRIMARY KEY,
    url           TEXT   NOT NULL,
    auth          TEXT   NOT NULL,
    identity      TEXT   NOT NULL,
    trust         TEXT   NOT NULL,
    trust_value   TEXT,
    created_at_ns BIGINT NOT NULL
);

CREATE TABLE chat_threads (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT   NOT NULL UNIQUE,
    title         TEXT   NOT NULL,
    owner         TEXT   NOT NULL,
    last_event    BIGINT NOT NULL DEFAULT 0,
    created_at_ns BIGINT NOT NULL,
    updated_at_ns BIGINT NOT NULL
);
CREATE INDEX chat_threads_by_owner ON chat_threads (owner, updated_at_ns);

CREATE TABLE chat_events (
    thread_id TEXT   NOT NULL REFERENCES chat_threads (id) ON DELETE CASCADE,
    id        BIGINT NOT NULL,
    event     TEXT   NOT NULL,
    at_ns     BIGINT NOT NULL,
    PRIMARY KEY (thread_id, id)
);

CREATE TABLE settings (
    name          TEXT   NOT NULL PRIMARY KEY,
    value         TEXT   NOT NULL,
    changed_at_ns BIGINT NOT NULL
);
