import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Side} from '../../web/src/model/interval.ts';
import {isWorse} from '../../web/src/model/worse.ts';

const cases: [candidate: number | undefined, baseline: number | undefined, passes: Side, worse: boolean][] = [
  [0, 1, 'above', true],
  [1, 0, 'above', false],
  [1, 1, 'above', false],
  [900, 300, 'below', true],
  [300, 900, 'below', false],
  [0, 1, 'none', true],
  [undefined, 1, 'above', true],
  [undefined, undefined, 'above', false],
  [0, undefined, 'above', false],
];

for (const [candidate, baseline, passes, worse] of cases) {
  test(`${candidate} against ${baseline} where ${passes} passes is ${worse ? '' : 'not '}worse`, () => {
    assert.equal(isWorse(candidate, baseline, passes), worse);
  });
}
