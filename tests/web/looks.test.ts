import assert from 'node:assert/strict';
import {test} from 'node:test';
import {casesAt} from '../../web/src/model/looks.ts';

test('each look has twice the cases of the one before, the last all', () => {
  assert.deepEqual([1, 2, 3, 4].map((look) => casesAt(look, 4, 500)), [63, 125, 250, 500]);
  assert.equal(casesAt(1, 1, 40), 40);
});
