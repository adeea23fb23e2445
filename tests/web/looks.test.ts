import assert from 'node:assert/strict';
import {test} from 'node:test';
import {casesAt, controlsOf} from '../../web/src/model/looks.ts';

test('each look has twice the cases of the one before, the last all', () => {
  assert.deepEqual([1, 2, 3, 4].map((look) => casesAt(look, 4, 500)), [63, 125, 250, 500]);
  assert.equal(casesAt(1, 1, 40), 40);
});

test('controls are read from the document of a verdict', () => {
  const document = JSON.stringify({
    controls: [
      {suite: 's', metric: 'accuracy', earlier_run: 'r1', before: 0.9, now: 0.4, has_moved: true},
      {suite: 's', metric: 'tone', earlier_run: 'r1', before: null, now: null, has_moved: false},
    ],
  });
  assert.deepEqual(controlsOf(document), [
    {suite: 's', metric: 'accuracy', earlierRun: 'r1', before: 0.9, now: 0.4, hasMoved: true},
    {suite: 's', metric: 'tone', earlierRun: 'r1', before: undefined, now: undefined, hasMoved: false},
  ]);
});

test('a document of another version has none', () => {
  for (const document of ['', '{', 'null', '{}', '{"controls": 3}', '{"controls": [null, 1]}']) {
    assert.deepEqual(controlsOf(document), [], document);
  }
});
