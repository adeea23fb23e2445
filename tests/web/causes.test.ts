import assert from 'node:assert/strict';
import {test} from 'node:test';
import {causesOf, shapeOf} from '../../web/src/model/causes.ts';
import {addSighting, rateOf, secondsLeft, type Sighting} from '../../web/src/model/rate.ts';

const failure = (message: string, ordinal = 0) => ({ordinal, caseId: `case-${ordinal}`, message});

test('messages that differ in numbers, ids and addresses have one shape', () => {
  assert.equal(shapeOf('answered 503 after 12.5 s'), shapeOf('answered 500 after 3 s'));
  assert.equal(shapeOf('request 01a21bdf-7b58-7cf5 failed'), shapeOf('request 99a21bdf-1b58-9cf5 failed'));
  assert.equal(shapeOf('http://a:1/v1 is down'), shapeOf('https://b:2/v2?q is down'));
  assert.equal(shapeOf('field "x" is missing'), shapeOf('field "y" is missing'));
  assert.notEqual(shapeOf('timed out'), shapeOf('refused'));
});

test('the most frequent cause is first, with its first examples', () => {
  const causes = causesOf([failure('refused', 1), ...[2, 3, 4, 5].map((at) => failure(`answered 50${at}`, at))]);
  assert.deepEqual(causes.map(({message, count}) => [message, count]), [['answered 502', 4], ['refused', 1]]);
  assert.deepEqual(causes[0]?.examples.map(({ordinal}) => ordinal), [2, 3, 4]);
  assert.deepEqual(causesOf([]), []);
});

const seen = (...points: [at: number, done: number][]): Sighting[] =>
  points.reduce<Sighting[]>((before, [at, done]) => addSighting(before, {at, done}), []);

test('the rate is that of the last ten seconds', () => {
  assert.equal(rateOf(seen([0, 0], [1000, 50])), 50);
  assert.equal(rateOf(seen([0, 0], [1000, 1000], [11_500, 1100], [12_500, 1110])), 10);
  assert.equal(rateOf(seen([0, 0])), undefined);
  assert.equal(rateOf(seen([0, 0], [100, 5])), undefined, 'too short to tell');
});

test('a count that falls begins anew', () => {
  assert.deepEqual(seen([0, 50], [100, 3]), [{at: 100, done: 3}]);
});

test('what is left takes as long as the rate says', () => {
  assert.equal(secondsLeft(500, 50), 10);
  assert.equal(secondsLeft(500, 0), undefined);
  assert.equal(secondsLeft(500, undefined), undefined);
});
