-- Episodes: written in scenes and shots, rendered shot by shot, voted on, cut, delivered. Nothing that was written is
-- changed in place without its version; nothing that was rendered is thrown away.

CREATE TABLE episodes (
    id             INTEGER PRIMARY KEY,
    guild_id       INTEGER NOT NULL REFERENCES guilds (id),
    channel_id     INTEGER NOT NULL, -- where it is posted
    thread_id      INTEGER,          -- one message a shot; NULL until `/episode show`
    owner_id       INTEGER NOT NULL,
    number         INTEGER NOT NULL CHECK (number >= 1), -- counts up within the guild
    title          TEXT    NOT NULL,
    style          TEXT    NOT NULL DEFAULT '',
    style_lora     TEXT    NOT NULL DEFAULT '', -- a name that the operator configured, or none
    quality        TEXT    NOT NULL DEFAULT 'full' CHECK (quality IN ('preview', 'full')),
    subtitles      TEXT    NOT NULL DEFAULT 'both' CHECK (subtitles IN ('none', 'zh', 'en', 'both')),
    speaker_names  INTEGER NOT NULL DEFAULT 0 CHECK (speaker_names IN (0, 1)),
    title_card     INTEGER NOT NULL DEFAULT 1 CHECK (title_card IN (0, 1)),
    end_card       INTEGER NOT NULL DEFAULT 1 CHECK (end_card IN (0, 1)),
    version        INTEGER NOT NULL DEFAULT 1, -- +1 with every edit of the writing
    script         TEXT    NOT NULL DEFAULT '', -- the file as it was last given: its comments survive
    status         TEXT    NOT NULL DEFAULT 'WRITING'
        CHECK (status IN ('WRITING', 'RENDERING', 'CUTTING', 'POSTED', 'CANCELLED')),
    created_at     REAL    NOT NULL,
    updated_at     REAL    NOT NULL,
    UNIQUE (guild_id, number)
) STRICT;

CREATE TABLE episode_members (
    episode_id INTEGER NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    member_id  INTEGER NOT NULL,
    role       TEXT    NOT NULL CHECK (role IN ('editor', 'viewer')),
    PRIMARY KEY (episode_id, member_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE scenes (
    id         INTEGER PRIMARY KEY,
    episode_id INTEGER NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL CHECK (position >= 1),
    title      TEXT    NOT NULL DEFAULT '',
    place      TEXT    NOT NULL DEFAULT '',
    light      TEXT    NOT NULL DEFAULT '',
    words      TEXT    NOT NULL DEFAULT '', -- scaffolding: the same words in every prompt of the scene
    seed       INTEGER CHECK (seed >= 0),
    UNIQUE (episode_id, position)
) STRICT;

-- A shot as it is written. `shot_id` is what was last queued of it; `chosen_job` the take that the cut uses.
CREATE TABLE scene_shots (
    id            INTEGER PRIMARY KEY,
    scene_id      INTEGER NOT NULL REFERENCES scenes (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL CHECK (position >= 1),
    words         TEXT    NOT NULL,
    cast_names    TEXT    NOT NULL DEFAULT '[]', -- JSON list of character names
    seconds       INTEGER NOT NULL DEFAULT 5 CHECK (seconds IN (5, 8, 10, 15)),
    seed          INTEGER CHECK (seed >= 0),
    lora_strength REAL,
    pin_strength  REAL,
    staggered     INTEGER NOT NULL DEFAULT 0 CHECK (staggered IN (0, 1)),
    crossfade     INTEGER NOT NULL DEFAULT 0 CHECK (crossfade BETWEEN 0 AND 48), -- frames into the next shot; 0: a cut
    votes_off     INTEGER NOT NULL DEFAULT 0 CHECK (votes_off IN (0, 1)),
    shot_id       INTEGER REFERENCES shots (id),
    chosen_job    INTEGER REFERENCES jobs (id),
    UNIQUE (scene_id, position)
) STRICT;
CREATE INDEX scene_shots_by_shot ON scene_shots (shot_id);

-- Lines of dialogue; subtitles in the cut, never words in a prompt.
CREATE TABLE lines (
    scene_shot_id INTEGER NOT NULL REFERENCES scene_shots (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL CHECK (position >= 1),
    speaker       TEXT    NOT NULL DEFAULT '',
    zh            TEXT    NOT NULL DEFAULT '',
    en            TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (scene_shot_id, position),
    CHECK (zh != '' OR en != '')
) STRICT, WITHOUT ROWID;

-- Reactions on posted takes. A vote is a row; taking the reaction back deletes it.
CREATE TABLE votes (
    job_id    INTEGER NOT NULL REFERENCES jobs (id),
    member_id INTEGER NOT NULL,
    kind      TEXT    NOT NULL CHECK (kind IN ('again', 'like')),
    cast_at   REAL    NOT NULL,
    PRIMARY KEY (job_id, member_id, kind)
) STRICT, WITHOUT ROWID;

-- The take whose votes (or button) caused this one: UNIQUE, so that the same votes cannot cause two.
ALTER TABLE jobs ADD COLUMN again_of INTEGER REFERENCES jobs (id);
CREATE UNIQUE INDEX jobs_by_cause ON jobs (again_of) WHERE again_of IS NOT NULL;
-- Why the take is made: its message says so, and only takes made by votes are capped.
ALTER TABLE jobs ADD COLUMN cause TEXT NOT NULL DEFAULT 'order'
    CHECK (cause IN ('order', 'votes', 'direction', 'inspection'));
-- What the look at the finished take found, as JSON; an automatic second try carries the cause in again_of.
ALTER TABLE jobs ADD COLUMN inspection TEXT NOT NULL DEFAULT '{}';
ALTER TABLE shots ADD COLUMN votes_off INTEGER NOT NULL DEFAULT 0 CHECK (votes_off IN (0, 1));
-- The take that somebody who directs the shot picked; NULL: the votes choose.
ALTER TABLE shots ADD COLUMN picked_job INTEGER REFERENCES jobs (id);
-- Whether the bot's own reactions stand under a posted take, to be pressed. Clips from before this version have none.
ALTER TABLE messages ADD COLUMN ballot TEXT NOT NULL DEFAULT 'none' CHECK (ballot IN ('none', 'owed', 'open'));

-- A cut of an episode: what it is made of is its plan, and the same plan is cut once.
CREATE TABLE cuts (
    id         INTEGER PRIMARY KEY,
    episode_id INTEGER NOT NULL REFERENCES episodes (id),
    plan       TEXT    NOT NULL, -- JSON: takes, transitions, cards, subtitles
    plan_hash  TEXT    NOT NULL,
    status     TEXT    NOT NULL DEFAULT 'QUEUED' CHECK (status IN ('QUEUED', 'CUTTING', 'CUT', 'POSTED', 'FAILED', 'STALE')),
    attempts   INTEGER NOT NULL DEFAULT 0,
    files      TEXT    NOT NULL DEFAULT '[]', -- JSON: parts and subtitle files, relative to the data directory
    seconds    REAL,
    failure    TEXT,
    not_before REAL    NOT NULL, -- the quiet period: three re-renders make one cut
    created_at REAL    NOT NULL,
    ended_at   REAL,
    UNIQUE (episode_id, plan_hash)
) STRICT;

-- Messages of an episode: its storyboard, status, cuts, private notices. Like `messages`, the row comes first.
CREATE TABLE episode_messages (
    id         INTEGER PRIMARY KEY,
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
CREATE UNIQUE INDEX episode_messages_once ON episode_messages
    (episode_id, purpose, ifnull(cut_id, 0), ifnull(member_id, 0), part);

-- Who wants to be told when it is done (the owner always does, unless they switched notices off).
CREATE TABLE subscriptions (
    episode_id INTEGER NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    member_id  INTEGER NOT NULL,
    PRIMARY KEY (episode_id, member_id)
) STRICT, WITHOUT ROWID;

ALTER TABLE members ADD COLUMN notices_off INTEGER NOT NULL DEFAULT 0 CHECK (notices_off IN (0, 1));
ALTER TABLE guilds ADD COLUMN next_episode INTEGER NOT NULL DEFAULT 1 CHECK (next_episode >= 1);
