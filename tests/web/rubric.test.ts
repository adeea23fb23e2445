import assert from 'node:assert/strict';
import {test} from 'node:test';
import {listedVersion, rubricFrom} from '../../web/src/model/rubric.ts';

const versions = ['1.0.0', '1.2.0', '1.10.0', '2.0.0', '10.0.0'].map((version) => ({version}));

for (const [asked, found] of [
  ['1.2.0', '1.2.0'],
  ['1.3.0', '1.10.0'],
  ['2.1.0', '2.0.0'],
  ['3.0.0', undefined],
  ['', undefined],
] as const) {
  test(`of version ${asked || 'none'} the words are those of ${found ?? 'none'}`, () => assert.equal(listedVersion(versions, asked)?.version, found));
}

test('what is no document is no rubric', () => {
  assert.equal(rubricFrom('no document'), undefined);
  assert.equal(rubricFrom('[]'), undefined);
  assert.equal(rubricFrom('{"name":"r","version":"1.0.0"}')?.name, 'r');
});
