import assert from 'node:assert/strict';
import {test} from 'node:test';
import {occurrences, takenOut} from '../../web/src/model/redaction.ts';

test('the longest goes first, so that nothing of it is left', () => {
  assert.equal(takenOut('Ann Lee and Ann', ['Ann', 'Ann Lee']), '[taken out] and [taken out]');
  assert.equal(occurrences(['Ann Lee and Ann', 'nobody', 'Ann'], ['Ann', 'Ann Lee']), 3);
});

test('what is to be taken out is text, and no pattern', () => {
  assert.equal(takenOut('a.b axb $& (x', ['a.b', '$&', '(']), '[taken out] axb [taken out] [taken out]x');
  assert.equal(takenOut('as it was', ['', 'absent']), 'as it was');
});
