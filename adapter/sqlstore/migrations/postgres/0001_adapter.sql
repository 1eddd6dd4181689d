-- Times are microseconds since 1970 (UTC); 0 is none.
CREATE TABLE adapter_refused (
  id       TEXT   NOT NULL PRIMARY KEY,
  source   TEXT   NOT NULL,
  code     TEXT   NOT NULL,
  received BIGINT NOT NULL,
  size     BIGINT NOT NULL,
  sealed   BIGINT NOT NULL, -- 1: encrypted
  request  BYTEA  NOT NULL
);
CREATE INDEX adapter_refused_age ON adapter_refused (source, received, id);

-- What is kept of each source, so that keeping one more need not count them all.
CREATE TABLE adapter_refused_total (
  source   TEXT   NOT NULL PRIMARY KEY,
  requests BIGINT NOT NULL,
  bytes    BIGINT NOT NULL
);

CREATE TABLE adapter_promises (
  id       TEXT   NOT NULL PRIMARY KEY,
  kind     TEXT   NOT NULL,
  delivery TEXT   NOT NULL,
  target   TEXT   NOT NULL,
  made     BIGINT NOT NULL,
  due      BIGINT NOT NULL,
  held     BIGINT NOT NULL, -- the end of the lease
  attempts BIGINT NOT NULL,
  error    TEXT   NOT NULL,
  ended    BIGINT NOT NULL,
  sent     BIGINT NOT NULL
);
CREATE INDEX adapter_promises_owed ON adapter_promises (due, made, id) WHERE ended = 0;
CREATE INDEX adapter_promises_ended ON adapter_promises (ended) WHERE ended <> 0;
CREATE INDEX adapter_promises_delivery ON adapter_promises (delivery);

CREATE TABLE adapter_acts (
  seq    BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at     BIGINT  NOT NULL,
  by_whom TEXT   NOT NULL,
  what   TEXT    NOT NULL,
  about  TEXT    NOT NULL,
  result TEXT    NOT NULL
);

CREATE TABLE adapter_switches (
  name  TEXT   NOT NULL PRIMARY KEY,
  state BIGINT NOT NULL
);
