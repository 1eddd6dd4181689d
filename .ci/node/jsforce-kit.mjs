// What the steps of jsforce.mjs have in common.

import assert from 'node:assert/strict';

// tag is part of every name and key that the steps make.
export const tag = 'jsforce';
export const key = (n) => `${tag}-${n}`;
export const ids = (results) => results.map((r) => r.id);
export const names = (result) => result.records.map((r) => r.Name);

// refused asserts that a call fails with an error code, and gives the error.
export async function refused(promise, code) {
  const err = await promise.then(
    (value) => assert.fail(`not refused: ${JSON.stringify(value)}`),
    (e) => e,
  );
  assert.equal(err.errorCode ?? err.name, code, err.message);
  return err;
}
