-- Times are microseconds since 1970 (UTC); 0 is none. Handles and keys are digests of
-- what leads to a person; data is JSON.

-- One row: what the team has set up, and how many runs were begun.
CREATE TABLE tracking_state (
  id   BIGINT NOT NULL PRIMARY KEY,
  runs BIGINT NOT NULL,
  data TEXT   NOT NULL -- empty: never stored
);
INSERT INTO tracking_state (id, runs, data) VALUES (1, 0, '');

-- The unfinished run of each import.
CREATE TABLE tracking_runs (
  import  TEXT   NOT NULL PRIMARY KEY,
  id      BIGINT NOT NULL UNIQUE,
  members BIGINT NOT NULL -- how many rows it has made
);

-- The members of the lists (run 0), and what was read of lists that are being read.
CREATE TABLE tracking_members (
  id           BIGINT  NOT NULL PRIMARY KEY, -- of the run that made it and a number in it
  import       TEXT    NOT NULL,
  run          BIGINT  NOT NULL,
  key          TEXT    NOT NULL,
  relationship TEXT    NOT NULL,
  named        BIGINT  NOT NULL, -- how often the list names them
  joined       BIGINT  NOT NULL,
  left_at      BIGINT  NOT NULL,
  data         TEXT    NOT NULL
);
CREATE UNIQUE INDEX tracking_members_key ON tracking_members (import, run, key, relationship);

CREATE TABLE tracking_member_handles (
  member BIGINT NOT NULL,
  handle TEXT   NOT NULL,
  PRIMARY KEY (member, handle)
);
CREATE INDEX tracking_member_handles_handle ON tracking_member_handles (handle);

CREATE TABLE tracking_people (
  id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  revision BIGINT NOT NULL,
  data     TEXT   NOT NULL
);

CREATE TABLE tracking_people_keys (
  person TEXT NOT NULL,
  key    TEXT NOT NULL,
  PRIMARY KEY (person, key)
);
CREATE INDEX tracking_people_keys_key ON tracking_people_keys (key);

CREATE TABLE tracking_credits (
  id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  ledger       TEXT   NOT NULL,
  at           BIGINT NOT NULL,
  amount       BIGINT NOT NULL,
  relationship TEXT   NOT NULL,
  came_from    TEXT   NOT NULL,
  person       TEXT   NOT NULL,
  delivery     TEXT   NOT NULL
);
CREATE INDEX tracking_credits_at ON tracking_credits (at, id);
CREATE INDEX tracking_credits_person ON tracking_credits (person, at, id) WHERE person <> '';

CREATE TABLE tracking_marks (
  id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind TEXT   NOT NULL,
  at   BIGINT NOT NULL,
  data TEXT   NOT NULL
);
CREATE INDEX tracking_marks_kind ON tracking_marks (kind, at, id);

CREATE TABLE tracking_mark_handles (
  mark   TEXT NOT NULL,
  handle TEXT NOT NULL,
  PRIMARY KEY (mark, handle)
);
CREATE INDEX tracking_mark_handles_handle ON tracking_mark_handles (handle);
