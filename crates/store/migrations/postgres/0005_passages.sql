-- A text has a vector for each of its passages, one behind the other. The vectors of before were the middle
-- of the passages of a text; they are made anew, and so are the tables with an index over them.
DO $$
DECLARE found TEXT;
BEGIN
    FOR found IN SELECT tablename FROM pg_tables
        WHERE schemaname = current_schema() AND tablename ~ '^near_[0-9a-f]{16}$'
    LOOP
        EXECUTE format('DROP TABLE %I', found);
    END LOOP;
END $$;
UPDATE knowledge_revisions SET revision = revision + 1
    WHERE name = 'vectors' AND EXISTS (SELECT 1 FROM knowledge_vectors);
DELETE FROM knowledge_vectors;
ALTER TABLE knowledge_vectors ADD COLUMN passages BIGINT NOT NULL DEFAULT 1;
