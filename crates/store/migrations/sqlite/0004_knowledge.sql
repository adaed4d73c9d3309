-- Where knowledge comes from, what was read there, and in which pieces it is searched.
CREATE TABLE knowledge_sources (
    id              TEXT   NOT NULL PRIMARY KEY,
    kind            TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    place           TEXT   NOT NULL,
    product         TEXT   NOT NULL,
    version         TEXT,
    refresh         TEXT,
    state           TEXT   NOT NULL,
    error           TEXT,
    created_by      TEXT   NOT NULL,
    created_at_ns   BIGINT NOT NULL,
    tried_at_ns     BIGINT,
    refreshed_at_ns BIGINT
);

CREATE TABLE knowledge_pages (
    source        TEXT   NOT NULL REFERENCES knowledge_sources (id) ON DELETE CASCADE,
    page          TEXT   NOT NULL,
    hash          TEXT   NOT NULL,
    title         TEXT   NOT NULL,
    bytes         BIGINT NOT NULL,
    fetched_at_ns BIGINT NOT NULL,
    PRIMARY KEY (source, page)
);

CREATE TABLE knowledge_chunks (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    source  TEXT   NOT NULL,
    page    TEXT   NOT NULL,
    ordinal BIGINT NOT NULL,
    anchor  TEXT,
    kind    TEXT   NOT NULL,
    path    TEXT   NOT NULL,
    text    TEXT   NOT NULL,
    digest  TEXT   NOT NULL,
    UNIQUE (source, page, ordinal),
    FOREIGN KEY (source, page) REFERENCES knowledge_pages (source, page) ON DELETE CASCADE
);
CREATE INDEX knowledge_chunks_by_source ON knowledge_chunks (source, id);
CREATE INDEX knowledge_chunks_by_digest ON knowledge_chunks (digest);

-- One vector for each model and text, little-endian 32-bit floats: the same text on two pages, or on a
-- page that was read again, is not embedded twice.
CREATE TABLE knowledge_vectors (
    model  TEXT NOT NULL,
    digest TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (model, digest)
);

-- Counters by which a process notices that another one wrote.
CREATE TABLE knowledge_revisions (
    name     TEXT   NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
);
INSERT INTO knowledge_revisions (name, revision) VALUES ('chunks', 0), ('vectors', 0);

-- What a person or a team wants kept.
CREATE TABLE memory_facts (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT   NOT NULL UNIQUE,
    kind          TEXT   NOT NULL,
    scope_kind    TEXT   NOT NULL,
    scope         TEXT   NOT NULL,
    text          TEXT   NOT NULL,
    data          TEXT   NOT NULL,
    author        TEXT   NOT NULL,
    created_at_ns BIGINT NOT NULL,
    changed_at_ns BIGINT NOT NULL,
    digest        TEXT   NOT NULL
);
CREATE INDEX memory_facts_by_scope ON memory_facts (scope_kind, scope, seq);
