-- What is kept and what goes: films served by link, clips that were thrown away, limits that turned out smaller.

-- A film in the folder that the operator's web server publishes. The row comes before the file, so that a restart goes
-- on under the same name, and goes after it, so that no file is forgotten there. `cut_id` NULL: its episode was deleted.
CREATE TABLE links (
    id         INTEGER PRIMARY KEY,
    cut_id     INTEGER UNIQUE REFERENCES cuts (id) ON DELETE SET NULL,
    folder     TEXT    NOT NULL, -- where it lies: the configuration may name another one by now
    name       TEXT    NOT NULL UNIQUE CHECK (length(name) >= 40), -- nobody guesses it
    created_at REAL    NOT NULL,
    idle_since REAL -- when a sweep first found that no cut needs it
) STRICT;

-- When the clip was thrown away, or found to be gone. The take stays: its number, its seed, its votes.
ALTER TABLE jobs ADD COLUMN swept_at REAL;
-- The bytes that a file of this cut may have, where its channel took less than Discord had said.
ALTER TABLE cuts ADD COLUMN most_bytes INTEGER CHECK (most_bytes > 0);
