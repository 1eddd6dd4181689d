-- Times are microseconds since 1970 (UTC); 0 is none. Keys are digests of what leads
-- to a person; data is JSON.
CREATE TABLE tracking_sponsors (
  id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  status  TEXT   NOT NULL,
  due     BIGINT NOT NULL,
  updates BIGINT NOT NULL, -- the open ones
  data    TEXT   NOT NULL
);
CREATE INDEX tracking_sponsors_due ON tracking_sponsors (status, due, id) WHERE due <> 0;

-- Whose an identifier is that nobody shares.
CREATE TABLE tracking_sponsor_owners (
  key     TEXT NOT NULL PRIMARY KEY,
  sponsor TEXT NOT NULL
);
CREATE INDEX tracking_sponsor_owners_sponsor ON tracking_sponsor_owners (sponsor);

-- Everything under which anything is kept of anybody.
CREATE TABLE tracking_sponsor_keys (
  sponsor TEXT NOT NULL,
  key     TEXT NOT NULL,
  PRIMARY KEY (sponsor, key)
);
CREATE INDEX tracking_sponsor_keys_key ON tracking_sponsor_keys (key);

CREATE TABLE tracking_sponsor_entities (
  sponsor  TEXT   NOT NULL,
  position BIGINT NOT NULL,
  kind     TEXT   NOT NULL,
  entity   TEXT   NOT NULL,
  role     TEXT   NOT NULL,
  PRIMARY KEY (sponsor, position)
);
CREATE INDEX tracking_sponsor_entities_entity ON tracking_sponsor_entities (entity, kind);

CREATE TABLE tracking_sponsor_log (
  seq     BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sponsor TEXT    NOT NULL,
  kind    TEXT    NOT NULL,
  entity  TEXT    NOT NULL,
  at      BIGINT  NOT NULL,
  data    TEXT    NOT NULL
);
CREATE INDEX tracking_sponsor_log_at ON tracking_sponsor_log (at, seq);
CREATE INDEX tracking_sponsor_log_sponsor ON tracking_sponsor_log (sponsor, at, seq);
CREATE INDEX tracking_sponsor_log_entity ON tracking_sponsor_log (entity, kind, at, seq);

CREATE TABLE tracking_sponsor_effects (
  key      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  sponsor  TEXT   NOT NULL,
  at       BIGINT NOT NULL,
  due      BIGINT NOT NULL,
  held     BIGINT NOT NULL, -- the end of the lease
  attempts BIGINT NOT NULL,
  error    TEXT   NOT NULL,
  ended    BIGINT NOT NULL,
  given_up BIGINT NOT NULL,
  data     TEXT   NOT NULL
);
CREATE INDEX tracking_sponsor_effects_owed ON tracking_sponsor_effects (due, key) WHERE ended = 0;
CREATE INDEX tracking_sponsor_effects_sponsor ON tracking_sponsor_effects (sponsor, at, key);
