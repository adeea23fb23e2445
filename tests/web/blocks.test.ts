import assert from 'node:assert/strict';
import {test} from 'node:test';
import {blocksOf, charactersIn, endOfPortion, type Block} from '../../web/src/model/blocks.ts';
import type {Piece} from '../../web/src/model/worddiff.ts';

const same = (text: string): Piece[] => (text === '' ? [] : [{kind: 'same', text}]);
const joined = (blocks: Block[]): string =>
  blocks.map(({pieces, endsLine}) => pieces.map(({text}) => text).join('') + (endsLine ? '\n' : '')).join('');

test('blocks hold the whole text', () => {
  for (const text of ['', 'one', 'a\n', '\n\n', '\n\na', 'x'.repeat(5000), Array.from({length: 500}, (_, at) => `line ${at}`).join('\n')]) {
    assert.equal(joined(blocksOf(same(text), 7, 100)), text);
  }
});

test('blocks are bounded in lines and in characters, also where there is no newline', () => {
  const lines = blocksOf(same('a\nb\nc\nd'), 2, 1000);
  assert.deepEqual(lines.map(({pieces}) => pieces[0]?.text), ['a\nb', 'c\nd']);
  const long = blocksOf(same('x'.repeat(10_000)), 10, 500);
  assert.ok(long.every(({pieces}) => (pieces[0]?.text.length ?? 0) <= 1000));
  assert.deepEqual([long[0]?.endsLine, long.length], [false, 19]);
});

test('a block never begins in the middle of a character', () => {
  for (const block of blocksOf(same(`a${'🙂'.repeat(999)}`), 10, 50)) {
    assert.ok(block.pieces.every(({text}) => encodeURIComponent(text) !== ''));
  }
});

test('pieces of a difference keep their kind and their order', () => {
  const pieces: Piece[] = [{kind: 'same', text: 'a\nb'}, {kind: 'removed', text: 'c\nd'}, {kind: 'added', text: 'e'}];
  assert.deepEqual(blocksOf(pieces, 1, 100), [
    {pieces: [{kind: 'same', text: 'a'}], endsLine: true},
    {pieces: [{kind: 'same', text: 'b'}, {kind: 'removed', text: 'c'}], endsLine: true},
    {pieces: [{kind: 'removed', text: 'd'}, {kind: 'added', text: 'e'}], endsLine: false},
  ]);
});

test('an ordinary text of 200 kB is one portion, one of 10 MB is many', () => {
  const line = 'lorem ipsum dolor sit amet\n';
  const usual = blocksOf(same(line.repeat(7400)));
  assert.equal(endOfPortion(usual, 0), usual.length);
  const huge = blocksOf(same(line.repeat(370_000)));
  const first = endOfPortion(huge, 0);
  assert.ok(first < huge.length && charactersIn(huge.slice(0, first)) <= 420_000);
  assert.equal(charactersIn(huge), line.length * 370_000);
});

test('a text full of characters that are named is shown in small portions, and each goes on', () => {
  const blocks = blocksOf(same('a\u200b'.repeat(60_000)));
  let at = 0;
  for (let turns = 0; at < blocks.length; turns += 1) {
    const next = endOfPortion(blocks, at);
    assert.ok(next > at && turns < 1000);
    at = next;
  }
  assert.equal(endOfPortion(blocks, 0), 1);
});
