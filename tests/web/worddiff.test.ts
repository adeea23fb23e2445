import assert from 'node:assert/strict';
import {test} from 'node:test';
import {differenceOf, sideOf} from '../../web/src/model/worddiff.ts';

const marks = {same: '', removed: '-', added: '+'} as const;
const written = (before: string, after: string): string[] =>
  differenceOf(before, after).pieces.map((piece) => marks[piece.kind] + piece.text);

test('a word that changed', () => {
  assert.deepEqual(written('due on the 1st of May', 'due on the 15th of May'), ['due on the ', '-1st', '+15th', ' of May']);
});

test('equal texts are one piece, empty ones none', () => {
  assert.deepEqual(written('the same', 'the same'), ['the same']);
  assert.deepEqual(written('', ''), []);
});

test('spaces count', () => {
  assert.deepEqual(written('a  b', 'a b'), ['a', '-  ', '+ ', 'b']);
});

const pairs: [before: string, after: string][] = [
  ['', 'all new'],
  ['all gone', ''],
  ['<b>x</b> & y', '<i>x</i> & y'],
  ['line one\nline two\n', 'line one\nline 2\n'],
  ['שלום עולם', 'שלום'],
  ['a\u202eb', 'ab'],
  ['{{x}} {{y}}', '{{y}} {{x}}'],
];

for (const [before, after] of pairs) {
  test(`each side is its text: ${JSON.stringify(before)} and ${JSON.stringify(after)}`, () => {
    const difference = differenceOf(before, after);
    assert.equal(sideOf(difference, 'before').map((piece) => piece.text).join(''), before);
    assert.equal(sideOf(difference, 'after').map((piece) => piece.text).join(''), after);
    assert.ok(sideOf(difference, 'before').every((piece) => piece.kind !== 'added'));
    assert.ok(sideOf(difference, 'after').every((piece) => piece.kind !== 'removed'));
  });
}

test('long texts that share nothing are given up in bounded time, and lose nothing', () => {
  const text = (seed: number): string => Array.from({length: 30_000}, (_, at) => `w${(at * seed) % 99_991}`).join(' ');
  const before = text(7919);
  const after = text(104_729);
  const began = performance.now();
  const difference = differenceOf(before, after);
  assert.ok(performance.now() - began < 3000, `${performance.now() - began} ms`);
  assert.equal(difference.by, 'none');
  assert.equal(sideOf(difference, 'before').map((piece) => piece.text).join(''), before);
});

test('a long text with a few changes is still compared by words', () => {
  const words = Array.from({length: 30_000}, (_, at) => `w${at}`);
  const before = words.join(' ');
  words[15_000] = 'changed';
  const difference = differenceOf(before, words.join(' '));
  assert.equal(difference.by, 'word');
  assert.deepEqual(difference.pieces.filter((piece) => piece.kind !== 'same').map((piece) => piece.text), ['w15000', 'changed']);
});

test('texts of more than a megabyte are not compared', () => {
  const began = performance.now();
  const difference = differenceOf('a '.repeat(300_000), 'b '.repeat(300_000));
  assert.equal(difference.by, 'long');
  assert.ok(performance.now() - began < 100);
});
