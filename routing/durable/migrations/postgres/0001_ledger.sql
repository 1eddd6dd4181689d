-- The ledger. Times are microseconds since 1970 in UTC, 0 for none.
-- queue: 0 finished, 1 in the order of work, 2 not before wake_at.
CREATE TABLE onward_deliveries (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  status TEXT NOT NULL,
  what TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  occurred_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  queue SMALLINT NOT NULL DEFAULT 1,
  wake_at BIGINT NOT NULL DEFAULT 0,
  due_at BIGINT NOT NULL DEFAULT 0,
  held BOOLEAN NOT NULL DEFAULT FALSE,
  lease_until BIGINT NOT NULL DEFAULT 0,
  attempt BIGINT NOT NULL DEFAULT 0,
  failures BIGINT NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  purged BOOLEAN NOT NULL DEFAULT FALSE,
  repeated BOOLEAN NOT NULL DEFAULT FALSE,
  move TEXT NOT NULL DEFAULT '',
  decided_at BIGINT NOT NULL DEFAULT 0,
  finished_at BIGINT NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT '',
  acts TEXT NOT NULL DEFAULT '',
  event_record TEXT NOT NULL DEFAULT '',
  dri_due BIGINT NOT NULL DEFAULT 0,
  dri_held BOOLEAN NOT NULL DEFAULT FALSE,
  dri_until BIGINT NOT NULL DEFAULT 0,
  dri_attempt BIGINT NOT NULL DEFAULT 0,
  dri TEXT NOT NULL DEFAULT ''
);

-- Finished deliveries are in none of the indexes that work goes by.
CREATE INDEX onward_deliveries_ready ON onward_deliveries (occurred_at, received_at, seq) WHERE queue = 1;
CREATE INDEX onward_deliveries_later ON onward_deliveries (wake_at) WHERE queue = 2;
CREATE INDEX onward_deliveries_finished ON onward_deliveries (finished_at) WHERE queue = 0;
CREATE INDEX onward_deliveries_dri ON onward_deliveries (dri_due, seq) WHERE dri_due <> 0;
CREATE INDEX onward_deliveries_event ON onward_deliveries (event_record) WHERE dri_due <> 0;
CREATE INDEX onward_deliveries_status ON onward_deliveries (status, seq);
CREATE INDEX onward_deliveries_received ON onward_deliveries (received_at);

-- What was reported, what was decided and on which facts, and what was written: JSON,
-- the longer ones compressed. emptied: the report itself is kept no longer.
CREATE TABLE onward_payloads (seq BIGINT NOT NULL PRIMARY KEY, body BYTEA NOT NULL, emptied BOOLEAN NOT NULL DEFAULT FALSE);
CREATE TABLE onward_plans (seq BIGINT NOT NULL PRIMARY KEY, plan BYTEA NOT NULL, facts BYTEA NOT NULL);
CREATE TABLE onward_receipts (seq BIGINT NOT NULL PRIMARY KEY, body BYTEA NOT NULL);

-- Who the movers are, as keyed hashes. open: 0 finished, 1 unfinished, 2 waiting.
CREATE TABLE onward_persons (
  person TEXT NOT NULL,
  seq BIGINT NOT NULL,
  occurred_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  open SMALLINT NOT NULL,
  lease_until BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (person, seq)
);
CREATE INDEX onward_persons_seq ON onward_persons (seq);
CREATE INDEX onward_persons_open ON onward_persons (person, occurred_at, received_at, seq, open) WHERE open > 0;
CREATE INDEX onward_persons_held ON onward_persons (person, lease_until) WHERE lease_until > 0;

CREATE TABLE onward_aliases (
  alias TEXT NOT NULL PRIMARY KEY,
  identity TEXT NOT NULL,
  delivery TEXT NOT NULL,
  at BIGINT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX onward_aliases_identity ON onward_aliases (identity);
CREATE INDEX onward_aliases_at ON onward_aliases (at);
CREATE TABLE onward_landed (identity TEXT NOT NULL PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE onward_rota (pool TEXT NOT NULL PRIMARY KEY, next BIGINT NOT NULL);
CREATE TABLE onward_tombstones (tombstone TEXT NOT NULL PRIMARY KEY);

-- A notice is kept without its body once it was sent, so that it is not stored again.
CREATE TABLE onward_notices (
  n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  delivery TEXT NOT NULL,
  at BIGINT NOT NULL,
  sent BOOLEAN NOT NULL DEFAULT FALSE,
  body TEXT NOT NULL
);
CREATE INDEX onward_notices_unsent ON onward_notices (at, n) WHERE NOT sent;
CREATE INDEX onward_notices_delivery ON onward_notices (delivery);

-- What was delivered and counts: it outlasts the delivery.
CREATE TABLE onward_credits (
  key TEXT NOT NULL PRIMARY KEY,
  move TEXT NOT NULL,
  at BIGINT NOT NULL,
  credits BIGINT NOT NULL,
  what TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX onward_credits_at ON onward_credits (at);
