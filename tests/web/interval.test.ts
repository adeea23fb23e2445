import assert from 'node:assert/strict';
import {test} from 'node:test';
import {domainOf, draw, passingSide, placeOn, thresholdIn, ticksOf, type Interval} from '../../web/src/model/interval.ts';

test('the domain holds every bound and the threshold, with room', () => {
  const domain = domainOf([{value: 0.8, lower: 0.7, upper: 0.86}], [0.9], true);
  assert.ok(domain.from < 0.7 && domain.to > 0.9, JSON.stringify(domain));
});

test('shares stay within 0 and 1, other numbers need not', () => {
  assert.deepEqual(domainOf([{value: 1, lower: 0.5, upper: 1}], [0], true), {from: 0, to: 1});
  assert.ok(domainOf([{value: -0.1, lower: -0.2, upper: 0}], [-0.05], false).from < -0.2);
});

const domains: [name: string, intervals: Interval[], thresholds: (number | undefined)[]][] = [
  ['nothing', [], []],
  ['no information', [{}], [undefined]],
  ['one point', [{value: 5, lower: 5, upper: 5}], [5]],
  ['a zero', [{value: 0}], []],
  ['not finite', [{value: NaN, upper: Infinity}], [0.5]],
];

for (const [name, intervals, thresholds] of domains) {
  test(`the domain of ${name} has a width`, () => {
    const {from, to} = domainOf(intervals, thresholds, false);
    assert.ok(Number.isFinite(from) && Number.isFinite(to) && to > from, `${from} to ${to}`);
  });
}

test('a place is within the line, whatever the value', () => {
  const domain = {from: 10, to: 20};
  assert.equal(placeOn(domain, 10), 0);
  assert.equal(placeOn(domain, 15), 0.5);
  assert.equal(placeOn(domain, 99), 1);
  assert.equal(placeOn(domain, -99), 0);
  assert.equal(placeOn({from: 1, to: 1}, 1), 0.5);
});

test('an interval without a bound reaches the end of the line and says so', () => {
  const drawn = draw({value: 0.5, lower: 0.25}, 0.75, {from: 0, to: 1});
  assert.deepEqual(drawn, {value: 0.5, lower: 0.25, upper: 1, isOpenBelow: false, isOpenAbove: true, threshold: 0.75});
});

test('without any information nothing is drawn', () => {
  assert.equal(draw({}, 0.9, {from: 0, to: 1}), undefined);
});

const asks: [text: string, side: string, threshold: number | undefined][] = [
  ['>= 0.9', 'above', 0.9],
  ['<= 2000', 'below', 2000],
  ['difference >= -0.05', 'above', -0.05],
  ['no failure, rate <= 0.03', 'below', 0.03],
  ['coverage >= 0.8 of the values of journey with 5 cases', 'above', 0.8],
  ['difference > 0.02', 'above', 0.02],
  ['<= 1e-3', 'below', 0.001],
  ['', 'none', undefined],
  ['no new failures', 'none', undefined],
];

for (const [text, side, threshold] of asks) {
  test(`what passes by "${text}"`, () => {
    assert.equal(passingSide(text), side);
    assert.equal(thresholdIn(text, undefined), threshold);
  });
}

test('the threshold of the message holds where the text names none', () => {
  assert.equal(thresholdIn('no new failures', 0.4), 0.4);
});

test('ticks are round and within the domain', () => {
  assert.deepEqual(ticksOf({from: 0, to: 1}, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticksOf({from: 0.71, to: 0.92}), [0.8, 0.9]);
  assert.deepEqual(ticksOf({from: 3, to: 3}), [3]);
});
