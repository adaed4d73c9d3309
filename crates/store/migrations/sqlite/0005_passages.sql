-- A text has a vector for each of its passages, one behind the other. The vectors of before were the middle
-- of the passages of a text; they are made anew.
UPDATE knowledge_revisions SET revision = revision + 1
    WHERE name = 'vectors' AND EXISTS (SELECT 1 FROM knowledge_vectors);
DELETE FROM knowledge_vectors;
ALTER TABLE knowledge_vectors ADD COLUMN passages BIGINT NOT NULL DEFAULT 1;
