import assert from 'node:assert/strict';
import {test} from 'node:test';
import * as format from '../../web/src/model/format.ts';

function table<A extends unknown[]>(name: string, make: (...given: A) => unknown, rows: [...given: A, expected: unknown][]): void {
  for (const row of rows) {
    const given = row.slice(0, -1) as unknown as A;
    test(`${name}(${given.map(String).join(', ')})`, () => assert.equal(make(...given), row.at(-1)));
  }
}

table('amount', format.amount, [
  [0.9, 'share', '0.900'],
  [-0.0421, 'share', '\u22120.042'],
  [undefined, 'share', '\u2013'],
  [NaN, 'ms', '\u2013'],
  [384.4, 'ms', '384 ms'],
  [1610, 'ms', '1.61 s'],
  [90_000, 'ms', '1.5 min'],
  [0.42, 'ms', '0.42 ms'],
  [0.00123, 'usd', '$0.00123'],
  [12.5, 'usd', '$12.50'],
  [0, 'usd', '$0'],
  [1234567, 'tokens', '1,234,567'],
  [5714.2, 'number', '5,714'],
  [3.14159, 'number', '3.142'],
]);
table('signed', format.signed, [
  [0.05, 'share', '+0.050'],
  [-0.05, 'share', '\u22120.050'],
  [0, 'share', '0.000'],
  [undefined, 'share', '\u2013'],
]);
table('unitOf', format.unitOf, [
  ['score', [0.5, undefined], 'share'],
  ['', [-0.2, 1], 'share'],
  ['score', [4.5], 'number'],
  ['latency_ms', [0.5], 'ms'],
  ['cost_usd', [0.5], 'usd'],
  ['tokens_out', [3], 'tokens'],
  ['tokens_per_second', [0.3], 'number'],
]);
table('percent', format.percent, [
  [0, 120, '0 %'],
  [1, 100_000, '<0.1 %'],
  [99_999, 100_000, '>99.9 %'],
  [120, 120, '100 %'],
  [3, 120, '2.5 %'],
  [83, 120, '69 %'],
  [0, 0, '\u2013'],
]);
table('span', format.span, [
  [0.0004, '0.4 ms'],
  [0.25, '250 ms'],
  [2.04, '2.0 s'],
  [59.7, '60 s'],
  [90, '1 min 30 s'],
  [7380, '2 h 3 min'],
  [864_000, '10 days'],
  [-1, '\u2013'],
]);
const now = new Date('2026-11-27T12:00:00Z');
table('age', format.age, [
  [new Date('2026-11-27T11:59:58Z'), now, 'just now'],
  [new Date('2026-11-27T11:59:20Z'), now, '40 s ago'],
  [new Date('2026-11-27T11:00:30Z'), now, '59 min ago'],
  [new Date('2026-11-26T13:00:00Z'), now, '23 h ago'],
  [new Date('2026-11-20T12:00:00Z'), now, '7 days ago'],
]);
table('ahead', format.ahead, [
  [new Date('2026-11-27T11:59:58Z'), now, 'now'],
  [new Date('2026-11-27T12:00:00.4Z'), now, 'in 1 s'],
  [new Date('2026-11-27T12:59:30Z'), now, 'in 59 min'],
  [new Date('2026-11-28T11:00:00Z'), now, 'in 23 h'],
  [new Date('2026-12-04T12:00:00Z'), now, 'in 7 days'],
]);
table('plural', (value: number) => format.plural(value, 'gate'), [
  [1, '1 gate'],
  [0, '0 gates'],
  [1200, '1,200 gates'],
]);
table('asked', format.asked, [
  ['>= 0.9', '\u2265 0.9'],
  ['difference >= -0.05', 'difference \u2265 \u22120.05'],
  ['<= 2000', '\u2264 2000'],
]);

test('moments are UTC', () => assert.equal(format.moment(new Date('2026-11-27T07:22:36.5Z')), '2026-11-27 07:22:36 UTC'));
test('ids are told apart by their end', () => {
  assert.equal(format.shortId('01a21bdf-7b58-7cf5-86a5-10b533cd73e8'), '\u202633cd73e8');
  assert.equal(format.shortHash('sha256:99756518f94d77'), '99756518f94d');
});

// A sentence of a verdict has figures as long as the page has them.
table('rounded', format.rounded, [
  ['upper bound 0.858091 < 0.9 (mean 0.8 over 120 cases)', 'upper bound 0.858 < 0.9 (mean 0.8 over 120 cases)'],
  ['upper bound -0.0996203 < -0.05', 'upper bound \u22120.100 < \u22120.05'],
  ['support-bot@2026.11.30001 and rule a-1', 'support-bot@2026.11.30001 and rule a-1'],
  ['2 of 120 cases fail', '2 of 120 cases fail'],
]);
