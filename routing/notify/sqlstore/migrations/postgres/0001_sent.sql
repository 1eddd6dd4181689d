-- Times are microseconds since 1970 (UTC); 0 is none.
CREATE TABLE notify_sent (
  key      TEXT   NOT NULL PRIMARY KEY,
  topic    TEXT   NOT NULL, -- "" for a message that stands alone
  from_at  BIGINT NOT NULL,
  until_at BIGINT NOT NULL,
  state    TEXT   NOT NULL,
  attempt  BIGINT NOT NULL,
  claimed  BIGINT NOT NULL,
  due      BIGINT NOT NULL,
  channel  TEXT   NOT NULL,
  reason   TEXT   NOT NULL
);
CREATE INDEX notify_sent_topic ON notify_sent (topic, until_at) WHERE topic <> '';
CREATE INDEX notify_sent_claimed ON notify_sent (claimed);
