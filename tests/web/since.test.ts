import assert from 'node:assert/strict';
import {test} from 'node:test';
import {happenedSince, wasSettled} from '../../web/src/model/since.ts';

type Views = Parameters<typeof happenedSince>[0];

const at = (seconds: number) => ({seconds: BigInt(seconds), nanos: 0});
const event = (seconds: number, what: string, note = '') => ({at: at(seconds), what, note});
const view = (id: string, ...history: ReturnType<typeof event>[]) => ({item: {id, caseId: `case of ${id}`}, history, decisions: []});
const views = (...all: ReturnType<typeof view>[]) => all as unknown as Views;

test('what came after the verdict is told, the newest first, and what changes nothing is not', () => {
  const found = happenedSince(
    views(
      view('i', event(1, 'decision_made'), event(20, 'lease_granted'), event(21, 'item_reopened', 'it was wrong'), event(30, 'decision_made')),
      view('j', event(25, 'quarantine_opened', 'a name')),
    ),
    at(10),
  );
  assert.deepEqual(found.map(({item, what, note}) => [item, what, note]), [
    ['i', 'decided', ''],
    ['j', 'withheld', 'a name'],
    ['i', 'reopened', 'it was wrong'],
  ]);
  assert.equal(found[0]?.caseId, 'case of i');
  assert.equal(found[0]?.at.toISOString(), '1970-01-01T00:00:30.000Z');
  assert.deepEqual(happenedSince(views(view('i', event(10, 'decision_made'))), at(10)), [], 'at that moment is not after it');
});

test('an item was settled when the last word before the verdict was a decision', () => {
  const of = (...history: ReturnType<typeof event>[]) => wasSettled(view('i', ...history) as unknown as Parameters<typeof wasSettled>[0], at(10));
  assert.equal(of(event(1, 'item_entered'), event(5, 'decision_made')), true);
  assert.equal(of(event(1, 'item_entered'), event(15, 'decision_made')), false, 'later');
  assert.equal(of(event(5, 'decision_made'), event(7, 'item_reopened')), false);
  assert.equal(of(event(5, 'decision_made'), event(17, 'item_reopened')), true, 'it was reopened later');
  assert.equal(of(), undefined, 'its history is not shown');
});
