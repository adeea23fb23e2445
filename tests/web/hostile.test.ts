import assert from 'node:assert/strict';
import {test} from 'node:test';
import {hiddenCharactersIn, inWords, segmentsOf} from '../../web/src/model/hostile.ts';

const shown = (text: string): string =>
  segmentsOf(text).map((segment) => (segment.hidden ? `[${segment.hidden.code} ${segment.hidden.name}]` : segment.text)).join('');

const cases: [name: string, text: string, expected: string][] = [
  ['plain text stays', 'häßlich <b> & "so"\n\tnext', 'häßlich <b> & "so"\n\tnext'],
  ['an override is named', 'user\u202enimda', 'user[U+202E right-to-left override]nimda'],
  ['isolates are named', '\u2066a\u2069', '[U+2066 left-to-right isolate]a[U+2069 end of isolate]'],
  ['marks of direction are named', 'a\u200eb\u200f\u061c', 'a[U+200E left-to-right mark]b[U+200F right-to-left mark][U+061C Arabic letter mark]'],
  ['zero width is named', 'ap\u200bprove\ufeff', 'ap[U+200B zero-width space]prove[U+FEFF byte order mark]'],
  ['fillers are named', 'a\u3164b\uffa0c\u115f', 'a[U+3164 Hangul filler]b[U+FFA0 Hangul filler]c[U+115F Hangul filler]'],
  ['smuggled tags are named by what they say', '\u{e0048}\u{e0069}', '[U+E0048 tag "H"][U+E0069 tag "i"]'],
  ['smuggling selectors are named', 'x\u{e0101}', 'x[U+E0101 variation selector]'],
  ['terminals are not commanded', '\u001b[31mred\u0007', '[U+001B escape][31mred[U+0007 control character]'],
  ['separators of lines are named', 'a\u2028b\u2029', 'a[U+2028 line separator]b[U+2029 paragraph separator]'],
  ['a carriage return that overwrites is named', 'safe\rrm -rf', 'safe[U+000D carriage return]rm -rf'],
  ['one that ends a line is not', 'a\r\nb', 'a\r\nb'],
  ['a family stays one picture', '👨‍👩‍👧', '👨‍👩‍👧'],
  ['with its skin too', '👩🏽‍🚀', '👩🏽‍🚀'],
  ['a joiner between letters is named', 'pass\u200dword', 'pass[U+200D zero-width joiner]word'],
  ['RTL text itself is text', 'שלום', 'שלום'],
];

for (const [name, text, expected] of cases) {
  test(`hidden characters: ${name}`, () => {
    assert.equal(shown(text), expected);
    assert.equal(segmentsOf(text).map((segment) => segment.text).join(''), text, 'nothing is lost');
  });
}

test('hidden characters are counted', () => {
  assert.equal(hiddenCharactersIn('a\u200bb\u202e'), 2);
  assert.equal(hiddenCharactersIn('ab'), 0);
});

test('a row of thousands is named by its first ones and its number', () => {
  const text = `a${'\u200b'.repeat(5000)}b`;
  const segments = segmentsOf(text);
  assert.equal(segments.length, 2 + 64 + 1);
  assert.deepEqual(segments.at(-2)?.hidden, {code: '4,936 more', name: 'characters that would not be seen', count: 4936});
  assert.equal(segments.map((segment) => segment.text).join(''), text);
  assert.equal(hiddenCharactersIn(text), 5000);
});

test('marks stacked on a letter beyond what any writing has are named, not drawn', () => {
  assert.equal(shown(`Z${'\u0301'.repeat(8)}a`), `Z${'\u0301'.repeat(8)}a`);
  assert.equal(shown(`Z${'\u0301'.repeat(5008)}a`), `Z${'\u0301'.repeat(8)}[5,000 more marks stacked on one letter]a`);
  for (const text of ['Việt Nam', 'ก็ได้', 'שָׁלוֹם', 'क्षत्रिय']) assert.equal(shown(text), text);
});

test('titles of windows say it in words', () => {
  assert.equal(inWords('user\u202enimda'), 'user[U+202E]nimda');
});

test('hidden characters: 200 kB take no time to speak of', () => {
  const began = performance.now();
  segmentsOf('lorem ipsum \u200b'.repeat(15_000));
  assert.ok(performance.now() - began < 1000);
});
