import assert from 'node:assert/strict';
import {test} from 'node:test';
import {namesIn} from '../../web/src/model/names.ts';

test('names have commas or spaces between them, and nothing is no name', () => {
  assert.deepEqual(namesIn(''), []);
  assert.deepEqual(namesIn(' , '), []);
  assert.deepEqual(namesIn('health,customers'), ['health', 'customers']);
  assert.deepEqual(namesIn(' health  customers,\nlogs '), ['health', 'customers', 'logs']);
});
