import assert from 'node:assert/strict';
import {test} from 'node:test';
import {bindings, meaningOf, sequenceMilliseconds, type Focus, type Pressed} from '../../web/src/model/keys.ts';

const page: Focus = {isText: false, isControl: false, isDialogOpen: false};
const key = (name: string, more: Partial<Pressed> = {}): Pressed => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  repeat: false,
  ...more,
});

test('two keys one after the other go somewhere', () => {
  const first = meaningOf(key('g'), page, undefined, 1000);
  assert.deepEqual(first, {pending: {first: 'g', at: 1000}});
  assert.deepEqual(meaningOf(key('r'), page, first.pending, 1400), {keys: 'g r'});
});

test('the second key comes too late', () => {
  const late = meaningOf(key('j'), page, {first: 'g', at: 0}, sequenceMilliseconds);
  assert.deepEqual(late, {keys: 'j'});
});

test('a second key that leads nowhere does nothing', () => {
  assert.deepEqual(meaningOf(key('q'), page, {first: 'g', at: 0}, 10), {});
  assert.deepEqual(meaningOf(key('j'), page, {first: 'g', at: 0}, 10), {});
});

test('letters belong to a field while one types', () => {
  const field = {...page, isText: true};
  for (const name of ['g', 'j', '?', '/', 't']) assert.deepEqual(meaningOf(key(name), field, undefined, 0), {}, name);
  assert.deepEqual(meaningOf(key('Escape'), field, undefined, 0), {keys: 'Esc'});
});

test('an input method, a chord and an open dialog keep their keys', () => {
  assert.deepEqual(meaningOf(key('j', {isComposing: true}), page, undefined, 0), {});
  for (const chord of ['ctrlKey', 'metaKey', 'altKey'] as const) {
    assert.deepEqual(meaningOf(key('t', {[chord]: true}), page, undefined, 0), {}, chord);
  }
  assert.deepEqual(meaningOf(key('j'), {...page, isDialogOpen: true}, undefined, 0), {});
});

test('a key that is held down moves, and does nothing else twice', () => {
  assert.deepEqual(meaningOf(key('j', {repeat: true}), page, undefined, 0), {keys: 'j'});
  assert.deepEqual(meaningOf(key('t', {repeat: true}), page, undefined, 0), {});
});

test('Enter is the link\u2019s own', () => {
  assert.deepEqual(meaningOf(key('Enter'), {...page, isControl: true}, undefined, 0), {});
  assert.deepEqual(meaningOf(key('Enter'), page, undefined, 0), {keys: 'Enter'});
});

test('no two bindings want the same keys, and none begins another', () => {
  const all = bindings.map((binding) => binding.keys);
  assert.equal(new Set(all).size, all.length);
  for (const first of all) {
    assert.ok(!all.some((other) => other !== first && other.startsWith(`${first} `)), first);
  }
});
