import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {actionsFor, forEach, itemActions, type ItemActionName} from '../../web/src/model/itemactions.ts';

// The daemon's table, as its source has it.
const source = readFileSync(new URL('../../review/transitions.cc', import.meta.url), 'utf8');
const states = ['Queued', 'Leased', 'Partial', 'Adjudication', 'Decided', 'Audit', 'Rework', 'Done', 'Escalated', 'Blocked', 'Quarantined', 'Cancelled'];
const words = (text: string, of: string): string[] =>
  [...text.matchAll(new RegExp(`${of}::k(\\w+)`, 'g'))].map(([, name]) => (name ?? '').replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase());

function setOf(text: string, of: string): string[] {
  const name = /^\s*(k\w+)/.exec(text)?.[1];
  if (name) {
    const body = new RegExp(`constexpr \\w+ ${name} =\\s*([^;]*);`).exec(source)?.[1] ?? assert.fail(name);
    return setOf(body, of);
  }
  const named = words(text, of);
  return text.trim().startsWith('AllBut') ? states.map((each) => each.toUpperCase()).filter((each) => !named.includes(each)) : named;
}

function rowOf(event: string): {from: string[]; roles: string[]} {
  const [, from = '', roles = ''] = new RegExp(`ReviewEvent::k${event},\\s*(k\\w+|\\{[^}]*\\}|AllBut\\(\\{[^}]*\\}\\)),\\s*(k\\w+|\\{[^}]*\\})\\}`).exec(source) ?? assert.fail(event);
  return {from: setOf(from, 'ReviewState'), roles: setOf(roles, 'ReviewRole')};
}

const events: Record<ItemActionName, string> = {
  order_audit: 'OrderAudit', reopen: 'Reopen', void_judgement: 'VoidJudgement', change_lane: 'ChangeLane', await_guideline: 'AwaitGuideline',
  guideline_arrived: 'GuidelineArrives', advance_rubric: 'AdvanceRubric', flag_severe: 'FlagSevere', quarantine: 'Quarantine', cancel: 'Cancel',
};
for (const action of itemActions) {
  test(`${action.name} is offered in the states and to the roles of the daemon's table`, () => {
    const {from, roles} = rowOf(events[action.name]);
    assert.deepEqual([...action.from].sort(), from.sort());
    assert.deepEqual([...action.roles].sort(), roles.length === 11 ? [] : roles.sort());
  });
}

const none = {hasJudgements: false, isAwaiting: false, hasFlag: false};
const named = (...of: Parameters<typeof actionsFor>): string[] => actionsFor(...of).map(({name}) => name);

test('a lead may do everything that a state permits', () => {
  assert.deepEqual(named({...none, state: 'DONE', hasJudgements: true}, ['LEAD']), ['order_audit', 'reopen', 'void_judgement', 'advance_rubric', 'flag_severe', 'quarantine', 'cancel']);
  assert.deepEqual(named({...none, state: 'BLOCKED', isAwaiting: true}, ['LEAD']), ['change_lane', 'guideline_arrived', 'advance_rubric', 'flag_severe', 'quarantine', 'cancel']);
});
test('a reviewer flags and withholds, and what is flagged is not flagged again', () => {
  assert.deepEqual(named({...none, state: 'QUEUED', hasJudgements: true}, ['REVIEWER']), ['flag_severe', 'quarantine']);
  assert.deepEqual(named({...none, state: 'QUEUED', hasFlag: true}, ['REVIEWER']), ['quarantine']);
});
test('who has no role is offered nothing', () => assert.deepEqual(named({...none, state: 'DONE'}, []), []));

test('many are done, what is refused is told with its reason, and the rest goes on', async () => {
  const items = Array.from({length: 10}, (_, at) => `i${at}`);
  const seen: string[] = [];
  const told: [number, number][] = [];
  await forEach(
    items,
    async (item) => {
      seen.push(item);
      if (item === 'i3') throw new Error('it is done');
    },
    (done, missed) => told.push([done, missed.length]),
    () => false,
  );
  assert.deepEqual(seen.sort(), items);
  assert.deepEqual(told.at(-1), [10, 1]);
  assert.deepEqual(told.map(([done]) => done), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('what is stopped ends with what has begun', async () => {
  let begun = 0;
  await forEach(Array.from({length: 100}, (_, at) => String(at)), async () => void (begun += 1), () => undefined, () => begun >= 8);
  assert.ok(begun >= 8 && begun < 12, String(begun));
});
