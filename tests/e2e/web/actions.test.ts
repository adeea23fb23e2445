// What leads do with items beside judging them: one by one, and many at once, by key, on the real thing.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import type {Page} from 'playwright-core';
import {chromiumPath, hasChromium, settled, violations} from './browser.ts';
import {Office, press} from './office.ts';
import type {Person} from './people.ts';

const pictures = process.env['ASSAY_PICTURES'];

interface Seen {
  item: {id: string; state: string; lane: string; due_at?: string; rubric_version: string};
  history: {what: string; note: string; actor: string}[];
  judgements: {is_void: boolean}[];
  awaited_clarification: string;
}

describe('actions on items', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let office: Office;

  before(async () => {
    office = await Office.open();
  });
  after(() => office?.close());

  const seen = async (item: string): Promise<Seen> => (await office.called<{view: Seen}>('ivy', 'GetItem', {id: item})).view;

  async function judge(person: Person, queue: string, item = ''): Promise<string> {
    const {view} = await office.called<{view: {item: {id: string}; lease: {token: string}}}>(person, 'ClaimItem', {queue, item});
    const content = {opinion: {criteria: {criteria: [{criterion: 'correctness', score: 5}, {criterion: 'helpfulness', score: 5}, {criterion: 'tone', labels: ['friendly']}]}}};
    await office.called(person, 'SubmitJudgement', {item: view.item.id, token: view.lease.token, key: `${person} ${view.item.id}`, content});
    return view.item.id;
  }

  async function open(page: Page, item: string, action: string): Promise<void> {
    await page.goto(`/review/items/${item}`);
    await page.getByRole('group', {name: 'Actions'}).getByRole('button', {name: action, exact: true}).focus();
    await press(page, 'Enter');
  }
  async function give(page: Page, reason: string, action: string): Promise<void> {
    await page.getByLabel('Reason', {exact: true}).fill(reason);
    await press(page, 'Enter');
    await page.getByText(`${action}: done.`).waitFor();
  }
  const noteOf = async (item: string, what: RegExp): Promise<string> => (await seen(item)).history.filter((each) => what.test(each.what)).at(-1)?.note ?? assert.fail(`${item}: ${what}`);

  test('a reason is asked for, kept through a reload, and stands in the history with who gave it', async () => {
    const item = await judge('ann', 'many-quality');
    await office.as('lea', async ({page}) => {
      await open(page, item, 'Order an audit');
      await page.getByLabel('Reason', {exact: true}).focus();
      await press(page, 'Enter');
      await page.getByText('it needs a reason').waitFor();
      await page.getByLabel('Reason', {exact: true}).fill('the amount looks odd');
      await page.reload();
      await page.getByRole('button', {name: 'Order an audit'}).focus();
      await press(page, 'Enter');
      assert.equal(await page.getByLabel('Reason', {exact: true}).inputValue(), 'the amount looks odd');
      assert.deepEqual(await violations(page), []);
      if (pictures) await page.screenshot({path: `${pictures}/actions.png`, fullPage: true});
      await give(page, 'the amount looks odd', 'Order an audit');
    });
    const {history} = await seen(item);
    assert.deepEqual(history.filter(({what}) => what === 'audit_ordered').map(({note, actor}) => [note, actor]), [['the amount looks odd', 'lea']]);
  });

  test('what is done is reopened with its cause, and a judgement made void', async () => {
    const item = await judge('bob', 'many-quality');
    await office.as('lea', async ({page}) => {
      await open(page, item, 'Reopen');
      await page.getByLabel('Because of').selectOption('MISREAD');
      await give(page, 'the wrong paragraph was read', 'Reopen');
      assert.equal((await seen(item)).item.state, 'REWORK');
    });
    const other = await judge('bob', 'many-quality');
    await office.as('max', async ({page}) => {
      await open(page, other, 'Void a judgement');
      await give(page, 'written by somebody else', 'Void a judgement');
    });
    assert.deepEqual((await seen(other)).judgements.map((each) => each.is_void), [true]);
  });

  test('an item goes to another lane with another time, waits for a guideline, goes on, and is taken out', async () => {
    const item = (await office.items('many-quality', 'QUEUED'))[0] ?? '';
    const {clarification} = await office.called<{clarification: {id: string}}>('lea', 'OpenClarification', {rubric: 'quality', clause: '2'});
    await office.as('lea', async ({page}) => {
      await open(page, item, 'Change lane');
      await page.getByRole('combobox', {name: 'Lane'}).selectOption('INCIDENT');
      await page.getByRole('combobox', {name: 'Due'}).selectOption('3600');
      await give(page, 'reported by a customer', 'Change lane');
      const {item: {lane, due_at: due}} = await seen(item);
      assert.equal(lane, 'INCIDENT');
      assert.ok(Math.abs(Date.parse(due ?? '') - Date.now() - 3600_000) < 120_000, due);

      await open(page, item, 'Wait for a guideline');
      await page.getByRole('combobox', {name: 'Question'}).selectOption(clarification.id);
      await page.getByRole('button', {name: 'Let it wait'}).focus();
      await press(page, 'Enter');
      await page.getByText('Wait for a guideline: done.').waitFor();
      assert.equal((await seen(item)).item.state, 'BLOCKED');
      await open(page, item, 'The guideline is there');
      await page.getByRole('button', {name: 'Let it go on'}).focus();
      await press(page, 'Enter');
      await page.getByText('The guideline is there: done.').waitFor();

      await open(page, item, 'Advance the rubric');
      await page.getByText('quality 1.0.0 is the only version that was ever in service.').waitFor();

      await open(page, item, 'Cancel');
      await give(page, 'the case was withdrawn', 'Cancel');
    });
    assert.equal((await seen(item)).item.state, 'CANCELLED');
    assert.equal(await noteOf(item, /cancel/), 'the case was withdrawn');
  });

  test('a reviewer is offered what anybody may do, and nothing else', async () => {
    const item = (await office.items('many-quality', 'QUEUED'))[0] ?? '';
    await office.as('cat', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      const actions = page.getByRole('group', {name: 'Actions'}).getByRole('button');
      await actions.first().waitFor();
      assert.deepEqual(await actions.allInnerTexts(), ['Flag severity 1', 'Withhold it']);
      await page.goto('/review/items?queue=many-quality');
      await settled(page, 'Items');
      assert.equal(await page.getByRole('region', {name: 'Do it with many'}).count(), 0);
    });
  });

  test('many are changed at once; those of which it is refused are named with the reason, and the rest is done', async () => {
    const queued = await office.items('race-quality', 'QUEUED');
    const gone = queued[3] ?? '';
    await office.as('lea', async ({page}) => {
      await page.goto('/review/items?queue=race-quality&state=QUEUED');
      await settled(page, 'Items');
      await page.getByRole('button', {name: 'Mark all of this page'}).focus();
      await press(page, 'Enter');
      await page.getByText(`those that are marked (${queued.length})`).waitFor({state: 'attached'});
      // Somebody else is faster with one of them.
      await office.called('max', 'ActOnItem', {item: gone, key: 'c', cancel: {reason: 'twice in the set'}});
      await page.getByLabel('Reason for all').fill('a hotfix waits for them');
      assert.deepEqual(await violations(page), []);
      await press(page, 'Enter');
      await page.getByText(`Change lane: ${queued.length - 1} of ${queued.length} items done, 1 refused`).waitFor();
      const row = page.getByRole('table', {name: 'Items with which it was not done'}).locator('tbody tr');
      assert.match(await row.innerText(), new RegExp(`${gone.slice(-8)}[\\s\\S]*cancelled`));
      if (pictures) await page.screenshot({path: `${pictures}/bulk.png`, fullPage: true});

      await page.getByRole('combobox', {name: 'Action'}).selectOption('cancel');
      await page.getByRole('combobox', {name: 'With'}).selectOption('all');
      await page.getByLabel('Reason for all').fill('the hotfix is off');
      await press(page, 'Enter');
      await page.getByText(`Cancel: ${queued.length - 1} of ${queued.length - 1} items done`).waitFor();
      await page.getByText('No item fits the filter').waitFor();
    });
    for (const item of [queued[0] ?? '', queued.at(-1) ?? '']) {
      const {item: now, history} = await seen(item);
      assert.deepEqual([now.state, now.lane], ['CANCELLED', 'INCIDENT']);
      assert.ok(history.some(({note}) => note.includes('a hotfix waits for them')), JSON.stringify(history));
    }
  });
});
