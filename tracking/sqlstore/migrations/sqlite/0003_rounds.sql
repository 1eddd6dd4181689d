-- Times are microseconds since 1970 (UTC); 0 is none. Handles are digests of what leads
-- to a person; data is JSON.

-- Where people who are tracked were seen last.
CREATE TABLE tracking_seen (
  id    TEXT NOT NULL PRIMARY KEY, -- the digest of the strongest key
  asked BIGINT NOT NULL,
  data  TEXT   NOT NULL
) WITHOUT ROWID;

CREATE TABLE tracking_seen_handles (
  handle TEXT NOT NULL PRIMARY KEY,
  seen   TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX tracking_seen_handles_seen ON tracking_seen_handles (seen);

-- People found at watched accounts.
CREATE TABLE tracking_prospects (
  id    TEXT NOT NULL PRIMARY KEY,
  stage TEXT   NOT NULL,
  data  TEXT   NOT NULL
) WITHOUT ROWID;
CREATE INDEX tracking_prospects_stage ON tracking_prospects (stage, id);

CREATE TABLE tracking_prospect_handles (
  prospect TEXT NOT NULL,
  handle   TEXT NOT NULL,
  PRIMARY KEY (prospect, handle)
) WITHOUT ROWID;
CREATE INDEX tracking_prospect_handles_handle ON tracking_prospect_handles (handle);

-- What reports of watched accounts held when they were read last.
CREATE TABLE tracking_reports (
  id   TEXT NOT NULL PRIMARY KEY,
  data TEXT   NOT NULL
) WITHOUT ROWID;

-- How far work has come that outlives the process.
CREATE TABLE tracking_works (
  name TEXT NOT NULL PRIMARY KEY,
  data TEXT   NOT NULL -- empty: never stored
) WITHOUT ROWID;
