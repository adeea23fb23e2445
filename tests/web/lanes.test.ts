import assert from 'node:assert/strict';
import {test} from 'node:test';
import {lanesOf} from '../../web/src/model/lanes.ts';

test('lanes stand in the order of work, each with its oldest item and what is due first', () => {
  const waiting = [
    {lane: 'NORMAL', enteredAt: 30, dueAt: undefined},
    {lane: 'REWORK', enteredAt: 20, dueAt: 90},
    {lane: 'NORMAL', enteredAt: 10, dueAt: 200},
    {lane: 'INCIDENT', enteredAt: 40, dueAt: 50},
    {lane: 'NORMAL', enteredAt: 15, dueAt: 100},
  ];
  assert.deepEqual(lanesOf(waiting), [
    {lane: 'INCIDENT', items: 1, oldestAt: 40, dueAt: 50},
    {lane: 'REWORK', items: 1, oldestAt: 20, dueAt: 90},
    {lane: 'NORMAL', items: 3, oldestAt: 10, dueAt: 100},
  ]);
  assert.deepEqual(lanesOf([]), []);
});
