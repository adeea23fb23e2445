import assert from 'node:assert/strict';
import {test} from 'node:test';
import {isMinorNews, unreadIn} from '../../web/src/model/unread.ts';

test('a refusal names what is to be read', () => {
  assert.deepEqual(unreadIn('read rubric "answers" 2.0.0 first, and say so (AcknowledgeRubric): it is another major version, and you have read 1.3.0'), {rubric: 'answers', version: '2.0.0'});
  assert.equal(unreadIn('item 1: others have it'), undefined);
  assert.equal(unreadIn('because: read rubric "a" 2.0.0 first'), undefined);
});

for (const [version, read, isNews] of [
  ['1.1.0', '1.0.0', true],
  ['1.0.1', '1.0.0', true],
  ['1.10.0', '1.9.9', true],
  ['1.1.0', '1.1.0', false],
  ['1.1.0', '1.2.0', false],
  ['2.0.0', '1.9.0', false],
  ['1.1.0', '', false],
] as const) {
  test(`who has read ${read || 'nothing'} is ${isNews ? '' : 'not '}told of ${version}`, () => assert.equal(isMinorNews(version, read), isNews));
}
