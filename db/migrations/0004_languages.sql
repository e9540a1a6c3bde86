-- The language of a member's Discord as it was last heard: private messages are written in it. Empty: not heard yet.
ALTER TABLE members ADD COLUMN locale TEXT NOT NULL DEFAULT '';
