import assert from 'node:assert/strict';
import {test} from 'node:test';
import {heldBackIn} from '../../web/src/model/heldback.ts';

const diff = 'gate release, in service since 2026-11-27T10:00:00.000000Z: rule people on suite s: at_least 0.9 to 0.8';

test('what nobody has proposed is to be proposed exactly so', () => {
  assert.deepEqual(heldBackIn(`accepts more of what people say than what is in service. Nobody has proposed it. Its diff is exactly: ${diff}`), {subject: 'gate release', diff});
});
test('what waits already is not proposed again, and other errors are no changes', () => {
  assert.equal(heldBackIn(`accepts more. Change 01 is waiting: it lacks 1 peer. Its diff is exactly: ${diff}`), undefined);
  assert.equal(heldBackIn('there is no suite "s"'), undefined);
});
