import assert from 'node:assert/strict';
import {test} from 'node:test';
import {areFieldsAs, fieldsFrom, isForgotten, keptForMs, textOfFields} from '../../web/src/model/keptfields.ts';

const start = {outcome: 'RESUME', ruling: ''};

test('what was typed comes back as it was, whatever characters it holds', () => {
  const typed = {outcome: 'VOID', ruling: 'A comma "is" no change,\n\u202e \u0000 \ud83d\ude00 </script>'};
  assert.deepEqual(fieldsFrom(textOfFields(typed, 7), start), typed);
});

for (const [what, text] of [
  ['nothing', null],
  ['no JSON', '{'],
  ['another version', '{"v":2,"fields":{"ruling":"x"}}'],
  ['a list', '[1]'],
  ['no fields', '{"v":1}'],
  ['a list of fields', '{"v":1,"fields":["x"]}'],
] as const) {
  test(`of ${what} the fields are as they start`, () => assert.deepEqual(fieldsFrom(text, start), start));
}

test('a field that is missing or no text is as it starts, and unknown ones are left out', () => {
  assert.deepEqual(fieldsFrom('{"v":1,"fields":{"ruling":3,"outcome":"VOID","__proto__":"x","more":"y"}}', start), {outcome: 'VOID', ruling: ''});
});

test('fields as they start are told from others', () => {
  assert.ok(areFieldsAs({outcome: 'RESUME', ruling: ''}, start));
  assert.ok(!areFieldsAs({outcome: 'RESUME', ruling: ' '}, start));
});

test('what nobody came back to is forgotten after its time, and so is what no page wrote', () => {
  const text = textOfFields(start, 1000);
  assert.ok(!isForgotten(text, 1000 + keptForMs));
  assert.ok(isForgotten(text, 1001 + keptForMs));
  assert.ok(isForgotten('{}', 0));
  assert.ok(isForgotten('nonsense', 0));
});
