-- Counter entries: what was given back when a decision was undone. The first entry
-- stays, so that a month that was closed keeps its sum.
CREATE TABLE onward_credit_returns (
  key TEXT NOT NULL PRIMARY KEY,
  move TEXT NOT NULL,
  at BIGINT NOT NULL,
  credits BIGINT NOT NULL,
  what TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE INDEX onward_credit_returns_at ON onward_credit_returns (at);

-- The whole book; entry tells the two of one delivery apart.
CREATE VIEW onward_credit_entries AS
  SELECT key, move, at, credits, what, record, 0 AS entry FROM onward_credits
  UNION ALL
  SELECT key, move, at, credits, what, record, 1 AS entry FROM onward_credit_returns;
