import assert from 'node:assert/strict';
import {test} from 'node:test';
import {byClause, clauseOf, itemOfReason, subjectOf} from '../../web/src/model/proposals.ts';

for (const [subject, rubric, clause] of [
  ['rubric quality', 'quality', ''],
  ['rubric quality § 1.1', 'quality', '1.1'],
  ['rubric quality-2 § 1.1', 'quality', undefined],
  ['rubric quality, examples', 'quality', undefined],
  ['quality § 1', 'quality', undefined],
] as const) {
  test(`"${subject}" is about ${clause === undefined ? 'another rubric' : `clause "${clause}"`}`, () => assert.equal(clauseOf(subject, rubric), clause));
}

test('what is written is read back', () => assert.equal(clauseOf(subjectOf('a b', '2.3'), 'a b'), '2.3'));
test('the item of a reason', () => {
  assert.equal(itemOfReason('while judging item 01a2'), '01a2');
  assert.equal(itemOfReason('because while judging item 01a2 it rained'), '');
});
test('clauses stand in their order, and those without one last', () => {
  assert.deepEqual(['10', '', '2', '1.2', '1.10'].sort(byClause), ['1.2', '1.10', '2', '10', '']);
});
