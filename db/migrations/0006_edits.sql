-- Who changed what of an episode's writing, so that a stale edit is told; and when a cut was begun, so that cutting is
-- measured.

-- One row for each version that an edit made. `changes` is JSON: what was changed where (`db.edits.Change`).
CREATE TABLE edits (
    episode_id INTEGER NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL CHECK (version >= 2),
    member_id  INTEGER NOT NULL,
    changes    TEXT    NOT NULL,
    edited_at  REAL    NOT NULL,
    PRIMARY KEY (episode_id, version)
) STRICT, WITHOUT ROWID;

ALTER TABLE cuts ADD COLUMN started_at REAL;

-- Votes are switched by `shots.votes_off`, and choose, or somebody does by `shots.picked_job`: nothing ever read these.
ALTER TABLE scene_shots DROP COLUMN votes_off;
ALTER TABLE scene_shots DROP COLUMN chosen_job;
