-- When each job was done last. Times are microseconds since 1970 (UTC); 0 is never.
CREATE TABLE runner_jobs (
  name     TEXT   NOT NULL PRIMARY KEY,
  slot     BIGINT NOT NULL, -- the slot that was done last
  began    BIGINT NOT NULL,
  ended    BIGINT NOT NULL,
  failures BIGINT NOT NULL, -- in a row
  error    TEXT   NOT NULL,
  retry    BIGINT NOT NULL  -- not before
);
