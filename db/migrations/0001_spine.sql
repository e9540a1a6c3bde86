-- Guilds, characters, shots, jobs (one take of one shot each) and the messages that tell of them.
-- Times are Unix seconds (REAL). Snowflakes are INTEGER.

CREATE TABLE guilds (
    id         INTEGER PRIMARY KEY,
    locale     TEXT    NOT NULL DEFAULT 'en-US',
    next_shot  INTEGER NOT NULL DEFAULT 1 CHECK (next_shot >= 1),
    created_at REAL    NOT NULL
) STRICT;

CREATE TABLE characters (
    id             INTEGER PRIMARY KEY,
    guild_id       INTEGER NOT NULL REFERENCES guilds (id),
    owner_id       INTEGER NOT NULL,
    name           TEXT    NOT NULL,
    name_key       TEXT    NOT NULL, -- NFKC, casefolded: what makes two names the same
    description    TEXT    NOT NULL DEFAULT '',
    outfit         TEXT    NOT NULL DEFAULT '',
    sharing        TEXT    NOT NULL DEFAULT 'server' CHECK (sharing IN ('server', 'owner')),
    picture_path   TEXT    NOT NULL,
    picture_sha256 TEXT    NOT NULL CHECK (length(picture_sha256) = 64),
    picture_width  INTEGER NOT NULL CHECK (picture_width > 0),
    picture_height INTEGER NOT NULL CHECK (picture_height > 0),
    created_at     REAL    NOT NULL,
    updated_at     REAL    NOT NULL,
    UNIQUE (guild_id, name_key)
) STRICT;

CREATE TABLE shots (
    id            INTEGER PRIMARY KEY,
    guild_id      INTEGER NOT NULL REFERENCES guilds (id),
    channel_id    INTEGER NOT NULL,
    author_id     INTEGER NOT NULL,
    number        INTEGER NOT NULL CHECK (number >= 1), -- counts up within the guild; what members say
    words         TEXT    NOT NULL, -- as the member wrote them
    prompt        TEXT    NOT NULL, -- as the guards left them: what the model reads
    report        TEXT    NOT NULL DEFAULT '{}', -- JSON: what the guards found
    frames        INTEGER NOT NULL CHECK (frames % 8 = 1),
    width         INTEGER NOT NULL,
    height        INTEGER NOT NULL CHECK (height < width),
    seed          INTEGER NOT NULL CHECK (seed >= 0),
    lora_strength REAL    NOT NULL,
    pin_strength  REAL    NOT NULL,
    created_at    REAL    NOT NULL,
    UNIQUE (guild_id, number)
) STRICT;

-- Who plays in a shot, as they looked when it was asked for: a later edit changes no queued shot.
CREATE TABLE shot_cast (
    shot_id      INTEGER NOT NULL REFERENCES shots (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL CHECK (position BETWEEN 0 AND 2),
    character_id INTEGER REFERENCES characters (id) ON DELETE SET NULL,
    name         TEXT    NOT NULL,
    look         TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (shot_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX shot_cast_by_character ON shot_cast (character_id);

-- The pictures that are pinned, at which frame: the key allows one pin a frame, as the model does.
CREATE TABLE shot_pins (
    shot_id INTEGER NOT NULL REFERENCES shots (id) ON DELETE CASCADE,
    frame   INTEGER NOT NULL CHECK (frame >= 0 AND frame % 8 = 0),
    path    TEXT    NOT NULL,
    PRIMARY KEY (shot_id, frame)
) STRICT, WITHOUT ROWID;

-- One take of one shot. The queue is `status = 'QUEUED'`.
CREATE TABLE jobs (
    id           INTEGER PRIMARY KEY,
    shot_id      INTEGER NOT NULL REFERENCES shots (id),
    take         INTEGER NOT NULL CHECK (take >= 1),
    seed         INTEGER NOT NULL CHECK (seed >= 0),
    requested_by INTEGER NOT NULL,
    status       TEXT    NOT NULL DEFAULT 'QUEUED'
        CHECK (status IN ('QUEUED', 'RENDERING', 'RENDERED', 'POSTED', 'CANCELLED', 'FAILED')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    engine       TEXT,
    clip_path    TEXT,
    clip_frames  INTEGER,
    stages       TEXT    NOT NULL DEFAULT '{}', -- JSON: seconds by stage
    failure      TEXT, -- key of the sentence that the member reads
    created_at   REAL    NOT NULL,
    started_at   REAL, -- of the last attempt
    ended_at     REAL, -- rendered, cancelled or failed
    CHECK (status NOT IN ('RENDERED', 'POSTED') OR clip_path IS NOT NULL),
    CHECK (status != 'FAILED' OR failure IS NOT NULL),
    UNIQUE (shot_id, take)
) STRICT;
CREATE INDEX jobs_by_status ON jobs (status, id);

-- What was posted, or is about to be: the row with its nonce is committed before the message is sent, so that a
-- restart knows what to look for.
CREATE TABLE messages (
    id         INTEGER PRIMARY KEY,
    job_id     INTEGER NOT NULL REFERENCES jobs (id),
    purpose    TEXT    NOT NULL CHECK (purpose IN ('status', 'clip', 'failure')),
    channel_id INTEGER NOT NULL,
    nonce      TEXT    NOT NULL UNIQUE CHECK (length(nonce) <= 25),
    message_id INTEGER UNIQUE,
    created_at REAL    NOT NULL,
    posted_at  REAL,
    UNIQUE (job_id, purpose)
) STRICT;
