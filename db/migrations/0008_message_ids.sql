-- Ids of an episode's messages are never used again: who posts goes through a list that may be minutes old, and must not
-- take another episode's message for one that is gone.
CREATE TABLE new_episode_messages (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    episode_id INTEGER NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    cut_id     INTEGER REFERENCES cuts (id),
    member_id  INTEGER, -- of a private notice
    purpose    TEXT    NOT NULL CHECK (purpose IN ('storyboard', 'status', 'cut', 'notice', 'note')),
    part       INTEGER NOT NULL DEFAULT 1,
    channel_id INTEGER NOT NULL,
    nonce      TEXT    NOT NULL UNIQUE CHECK (length(nonce) <= 25),
    message_id INTEGER UNIQUE,
    created_at REAL    NOT NULL,
    posted_at  REAL
) STRICT;
INSERT INTO new_episode_messages SELECT * FROM episode_messages;
DROP TABLE episode_messages;
ALTER TABLE new_episode_messages RENAME TO episode_messages;
CREATE UNIQUE INDEX episode_messages_once ON episode_messages
    (episode_id, purpose, ifnull(cut_id, 0), ifnull(member_id, 0), part);
