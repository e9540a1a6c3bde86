-- Shots that a member still looks at before they are queued, and what members prefer.

CREATE TABLE drafts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: old buttons must not act on a new draft
    guild_id   INTEGER NOT NULL REFERENCES guilds (id),
    member_id  INTEGER NOT NULL,
    shot_order TEXT    NOT NULL, -- JSON: the order as it stands, with the member's choices
    created_at REAL    NOT NULL,
    queued_at  REAL -- set in the transaction that queues it: its buttons work once
) STRICT;
CREATE INDEX drafts_by_age ON drafts (created_at);

CREATE TABLE members (
    guild_id   INTEGER NOT NULL REFERENCES guilds (id),
    member_id  INTEGER NOT NULL,
    skip_clean INTEGER NOT NULL DEFAULT 0 CHECK (skip_clean IN (0, 1)), -- no page where the guards changed nothing
    PRIMARY KEY (guild_id, member_id)
) STRICT, WITHOUT ROWID;

-- The rules that the member overrode with "use my words", as a JSON list; recorded on the take.
ALTER TABLE jobs ADD COLUMN overrides TEXT NOT NULL DEFAULT '[]';
