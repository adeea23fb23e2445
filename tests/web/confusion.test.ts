import assert from 'node:assert/strict';
import {test} from 'node:test';
import {confusionOf, mostConfused} from '../../web/src/model/confusion.ts';

const pairs = [
  {one: '1', other: '1', count: 4n},
  {one: '1', other: '5', count: 2n},
  {one: '3', other: '5', count: 3n},
];

test('a table of answers reads the same from either side', () => {
  assert.deepEqual(confusionOf(['1', '3', '5'], pairs), [
    {answer: '1', cells: [4, 0, 2]},
    {answer: '3', cells: [0, 0, 3]},
    {answer: '5', cells: [2, 3, 0]},
  ]);
  assert.deepEqual(confusionOf([], []), []);
});

test('the answers that are confused most differ', () => {
  assert.deepEqual(mostConfused(pairs), pairs[2]);
  assert.equal(mostConfused(pairs.slice(0, 1)), undefined);
});
