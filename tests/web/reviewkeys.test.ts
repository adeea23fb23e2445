import assert from 'node:assert/strict';
import {test} from 'node:test';
import {bindings} from '../../web/src/model/keys.ts';
import {
  digitOf, keyNameOf, keysInWords, mappingFrom, meantBy, rebind, reviewActions, usualMapping, type Here, type PressedHere,
} from '../../web/src/model/reviewkeys.ts';

const here: Here = {isText: false, isControl: false, isDialogOpen: false, areKeysOn: true, optionKeys: new Map()};
const key = (name: string, more: Partial<PressedHere> = {}): PressedHere => ({
  key: name, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isAltGraph: false, isComposing: false, repeat: false, ...more,
});
const meant = (pressed: PressedHere, more: Partial<Here> = {}) => meantBy(pressed, {...here, ...more}, usualMapping);

test('no two actions share a key, and none takes one that means something on every screen', () => {
  for (const {action, keys} of reviewActions) assert.ok('mapping' in rebind(usualMapping, action, keys), keys);
  const everywhere = bindings.filter(({group, keys}) => group !== 'In lists' && keys !== 'd').map(({keys}) => keys[0] ?? '');
  for (const {keys} of reviewActions) assert.ok(!everywhere.includes(keys), keys);
});

test('digits are digits: in the row, on the pad with and without its lock, on a French row', () => {
  assert.equal(digitOf(key('3', {code: 'Digit3'})), '3');
  assert.equal(digitOf(key('3', {code: 'Numpad3'})), '3');
  assert.equal(digitOf(key('PageDown', {code: 'Numpad3'})), '3');
  assert.equal(digitOf(key('3', {code: 'Digit3', shiftKey: true})), '3');
  assert.equal(digitOf(key('é', {code: 'Digit2'})), '2');
  assert.equal(digitOf(key('!', {code: 'Digit1', shiftKey: true})), '');
  assert.equal(digitOf(key('3', {code: 'Digit3', ctrlKey: true})), '');
  assert.deepEqual(meant(key('End', {code: 'Numpad1'})), {digit: '1'});
});

test('while one types only the chord means something', () => {
  for (const name of ['r', 'e', 'z', '1', 'j', '!', 'ArrowDown']) assert.equal(meant(key(name), {isText: true}), undefined, name);
  assert.deepEqual(meant(key('Enter', {ctrlKey: true}), {isText: true}), {action: 'submit'});
  assert.deepEqual(meant(key('Enter', {metaKey: true}), {isText: true}), {action: 'submit'});
});

test('an input method keeps its keys, also Ctrl+Enter; a held key submits once', () => {
  assert.equal(meant(key('1', {code: 'Digit1', isComposing: true})), undefined);
  assert.equal(meant(key('Enter', {ctrlKey: true, isComposing: true}), {isText: true}), undefined);
  assert.equal(meant(key('Enter', {ctrlKey: true, repeat: true})), undefined);
});

test('what AltGr writes is a letter; other chords are the browser\u2019s', () => {
  assert.deepEqual(meant(key('[', {ctrlKey: true, altKey: true, isAltGraph: true})), {action: 'left'});
  assert.equal(meant(key('r', {ctrlKey: true})), undefined);
  assert.equal(meant(key('s', {metaKey: true})), undefined);
});

test('Shift+Enter submits and stays, but begins a line in a field and presses a button that has the focus', () => {
  const pressed = key('Enter', {shiftKey: true});
  assert.deepEqual(meant(pressed), {action: 'stay'});
  assert.equal(meant(pressed, {isText: true}), undefined);
  assert.equal(meant(pressed, {isControl: true}), undefined);
  assert.equal(meant({...pressed, repeat: true}), undefined);
});

test('G is the whole guideline, / the search, m draws responses', () => {
  assert.deepEqual(meant(key('G', {shiftKey: true})), {action: 'full'});
  assert.deepEqual(meant(key('/')), {action: 'search'});
  assert.deepEqual(meant(key('m')), {action: 'rendered'});
});

test('the map in words is that of the keys as they are', () => {
  const changed = rebind(usualMapping, 'rationale', 'q');
  assert.ok('mapping' in changed);
  const words = keysInWords(changed.mapping);
  assert.ok(words.some(([keys, does]) => keys === 'q' && does === 'Write why'));
  assert.ok(words.some(([keys]) => keys === 'j k \u2193 \u2191'));
  for (const {action, does} of reviewActions) if (action !== 'next' && action !== 'before') assert.ok(words.some(([, each]) => each === does), does);
});

test('keys switched off leave the chord', () => {
  assert.equal(meant(key('r'), {areKeysOn: false}), undefined);
  assert.equal(meant(key('1', {code: 'Digit1'}), {areKeysOn: false}), undefined);
  assert.deepEqual(meant(key('Enter', {ctrlKey: true}), {areKeysOn: false}), {action: 'submit'});
});

test('an option\u2019s own key picks it, before anything else', () => {
  assert.deepEqual(meant(key('a'), {optionKeys: new Map([['a', 'A:2']])}), {value: 'A:2'});
  assert.equal(meant(key('a')), undefined);
});

const refused: [action: 'rationale' | 'submit', keys: string, problem: string][] = [
  ['rationale', '4', '4 picks an option'],
  ['rationale', 'g', 'g goes to other screens'],
  ['rationale', 'a', 'a judges a pair'],
  ['rationale', 'e', 'e has a meaning already: Escalate it\u2026'],
  ['rationale', 'Ctrl+r', 'browsers have chords of their own'],
  ['rationale', '', 'that is no key by itself'],
  ['submit', 'q', 'what is final takes Ctrl or Alt with another key, or Shift+Enter'],
  ['rationale', 'Shift+Enter', 'Shift+Enter has a meaning already: Submit, and stay with the item'],
];
for (const [action, keys, problem] of refused) {
  test(`a key that cannot be taken is refused with the reason: ${problem}`, () => {
    assert.deepEqual(rebind(usualMapping, action, keys), {problem});
  });
}

test('a changed key works, the old one no longer, and what was stored comes back', () => {
  const changed = rebind(usualMapping, 'rationale', 'q');
  assert.ok('mapping' in changed);
  assert.deepEqual(meantBy(key('q'), here, changed.mapping), {action: 'rationale'});
  assert.equal(meantBy(key('r'), here, changed.mapping), undefined);
  assert.deepEqual(mappingFrom(JSON.stringify([...changed.mapping])), changed.mapping);
  for (const stored of ['', '{}', '[[1,2]]', '[["rationale","4"],["nobody","q"]]']) assert.deepEqual(mappingFrom(stored), usualMapping, stored);
});

test('keys are written as people read them', () => {
  assert.equal(keyNameOf(key('Enter', {ctrlKey: true, shiftKey: true})), 'Ctrl+Shift+Enter');
  assert.equal(keyNameOf(key('Shift', {shiftKey: true})), '');
  assert.equal(keyNameOf(key('!', {shiftKey: true})), '!');
  assert.equal(keyNameOf(key('Dead')), '');
});
