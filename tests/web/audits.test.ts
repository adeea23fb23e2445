import assert from 'node:assert/strict';
import {test} from 'node:test';
import {auditsNeeded, correctedBy, lowerBound, planOf, whyDrawn} from '../../web/src/model/audits.ts';

// As in the reference and docs/review.md.
const needed: [target: number, audits: number[]][] = [
  [0.9, [25, 42, 58, 72, 86, 100]],
  [0.95, [52, 87, 118, 147, 175, 202]],
];
for (const [target, audits] of needed) {
  test(`to show ${target} with 0 to 5 failures takes ${audits.join(', ')} audits`, () => {
    assert.deepEqual(audits.map((_, failures) => auditsNeeded(target, failures)), audits);
  });
}

test('the bound of nothing is nothing, and that of no failure is n / (n + z²)', () => {
  assert.equal(lowerBound(0, 0), 0);
  assert.ok(Math.abs(lowerBound(52, 52) - 0.950543) < 1e-5, String(lowerBound(52, 52)));
});

test('a plan says what is shown already and what it takes', () => {
  assert.deepEqual(planOf(60, 60), [{target: 0.9, isShown: true, needed: 25}, {target: 0.95, isShown: true, needed: 52}]);
  assert.deepEqual(planOf(29, 30), [{target: 0.9, isShown: false, needed: 42}, {target: 0.95, isShown: false, needed: 87}]);
  assert.deepEqual(planOf(0, 0).map(({isShown}) => isShown), [false, false]);
});

const failed = {at: 10, passes: false};
for (const [state, audits, expected] of [
  ['REWORK', [failed], 'to be judged again'],
  ['LEASED', [failed], 'to be judged again'],
  ['AUDIT', [failed], 'to be audited again'],
  ['DECIDED', [failed], 'to be audited again'],
  ['DONE', [failed, {at: 20, passes: true}], 'corrected'],
  ['REWORK', [{at: 5, passes: true}, failed], 'to be judged again'],
  ['ESCALATED', [failed], 'held up'],
  ['CANCELLED', [failed, {at: 20, passes: true}], 'taken out'],
] as const) {
  test(`a failed audit of an item that is ${state} with ${audits.length} audits is ${expected}`, () => {
    assert.equal(correctedBy(failed, audits, state), expected);
  });
}

test('why an item is audited is what was said last', () => {
  const drawn = {what: 'decision_made', note: 'drawn for an audit, with a probability of 0.200'};
  assert.equal(whyDrawn([drawn, {what: 'lease_granted', note: ''}]), drawn.note);
  assert.equal(whyDrawn([drawn, {what: 'audit_ordered', note: 'looks odd'}]), 'ordered: looks odd');
  assert.equal(whyDrawn([{what: 'decision_made', note: ''}]), '');
});
