// What is typed anywhere in reviews outlives what happens to the page and to its token.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import type {Locator, Page} from 'playwright-core';
import {chromiumPath, hasChromium, settled} from './browser.ts';
import {atDesk, itemNow, Office, press} from './office.ts';
import {tokenOf, type Person} from './people.ts';

describe('nothing typed is lost', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let office: Office;

  before(async () => {
    office = await Office.open();
  });
  after(() => office?.close());

  const kept = (page: Page): Promise<string[]> => page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('assay.kept.')));

  async function forget(page: Page, person: Person): Promise<void> {
    await page.getByRole('button', {name: 'Forget the token'}).click();
    await settled(page, 'Who is there?');
    await page.locator('input[type=password]').fill(tokenOf(person));
    await press(page, 'Enter');
  }

  async function holds(field: Locator, text: string): Promise<void> {
    await field.waitFor();
    assert.equal(await field.inputValue(), text);
  }

  const notes: [key: string, label: string, state: string][] = [
    ['e', 'More, if you like', 'ESCALATED'],
    ['s', 'More, if you like', 'QUEUED'],
    ['f', 'What it is, in a few words', 'QUARANTINED'],
    ['!', 'What it is, in a few words', 'ADJUDICATION'],
  ];
  for (const [key, label, state] of notes) {
    test(`the note of ${key} outlives Esc, a reload and a forgotten token, and is gone once it is in`, async () => {
      await office.as('cat', async ({page}) => {
        await page.goto('/review/work?queue=many-quality');
        await atDesk(page);
        const item = await itemNow(page);
        const note = page.getByLabel(label);
        await press(page, key);
        const hasReasons = (await page.getByRole('radiogroup', {name: 'Reason'}).count()) > 0;
        if (hasReasons) await press(page, '2');
        await note.focus();
        await page.keyboard.type('a name stands in it');
        await press(page, 'Escape');
        await holds(note, 'a name stands in it');
        assert.ok(await note.evaluate((field) => field !== document.activeElement), 'the field is left');
        await press(page, 'Escape');
        await atDesk(page);
        await press(page, key);
        await holds(note, 'a name stands in it');
        for (const come of [() => page.reload(), () => forget(page, 'cat')]) {
          await come();
          await atDesk(page);
          assert.equal(await itemNow(page), item);
          await press(page, key);
          await holds(note, 'a name stands in it');
          if (hasReasons) assert.equal(await page.getByRole('radiogroup', {name: 'Reason'}).getByRole('radio', {checked: true}).count(), 1);
          if (hasReasons) assert.match(await page.getByRole('radio', {checked: true}).innerText(), /^2/);
        }
        await press(page, 'Control+Enter');
        await page.getByText(/: done\.$/).waitFor();
        assert.deepEqual(await kept(page), []);
        assert.equal((await office.view('pat', item)).item.state, state);
        if (key === '!') {
          await press(page, '4', '4', '1', 'Control+Enter');
          await page.getByText('Submitted.').waitFor();
        }
      });
    });
  }

  test('what an auditor says of a decision outlives a reload', async () => {
    const item = (await office.items('few-audited', 'QUEUED'))[0] ?? '';
    await office.as('ann', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      await page.getByRole('button', {name: /^Take it/}).focus();
      await press(page, 'Enter');
      await atDesk(page);
      await press(page, '5', '5', '1', 'Control+Enter');
      await page.waitForURL('**/review/work?queue=few-audited');
    });
    await office.as('mia', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      const take = page.getByRole('button', {name: /^(Take it, to audit|Go on with it)/});
      for (const until = Date.now() + 20_000; !(await take.isVisible()) && Date.now() < until;) await press(page, '.');
      await take.focus();
      await press(page, 'Enter');
      await atDesk(page);
      await press(page, '4', '4', '1', 'Control+Enter');
      await page.getByText('Is the decision right?').waitFor();
      await press(page, '2', '1', '4');
      const todo = page.getByLabel('What is to be done about it');
      await todo.fill('read § 1 again');
      await page.reload();
      await take.focus();
      await press(page, 'Enter');
      await holds(todo, 'read § 1 again');
      assert.equal(await page.getByRole('radio', {name: 'it is wrong'}).getAttribute('aria-checked'), 'true');
      assert.equal(await page.getByRole('radio', {name: 'made_up'}).getAttribute('aria-checked'), 'true');
      assert.equal(await page.getByRole('radio', {name: 'a slip of the hand'}).getAttribute('aria-checked'), 'true');
      await press(page, 'Control+Enter');
      await page.waitForURL('**/review/work?queue=few-audited');
      assert.deepEqual(await kept(page), []);
    });
    const {audits} = (await office.called<{view: {audits: {action: string; cause: string; defect: string}[]}}>('lea', 'GetItem', {id: item})).view;
    assert.deepEqual(audits.map(({action, cause, defect}) => [action, cause, defect]), [['read § 1 again', 'SLIP', 'made_up']]);
  });

  test('an item that is audited once more is judged anew, however the audit before ended; and what comes too late there is no extra', async () => {
    interface Held {
      view: {item: {state: string}; lease?: {token: string}; judgements: {role: string}[]; audits: object[]};
    }
    const scores = {criteria: {criteria: [{criterion: 'correctness', score: 5}, {criterion: 'helpfulness', score: 5}, {criterion: 'tone', labels: ['friendly']}]}};
    const item = (await office.items('few-audited', 'QUEUED'))[0] ?? '';
    const labels = async (person: Person, key: string): Promise<void> => {
      const {view} = await office.called<Held>(person, 'ClaimItem', {item});
      await office.called(person, 'SubmitJudgement', {item, token: view.lease?.token, key, content: {opinion: scores}});
    };
    await labels('ann', 'label');
    await office.as('mia', async ({page}) => {
      const begin = async (): Promise<void> => {
        await page.goto(`/review/items/${item}`);
        const take = page.getByRole('button', {name: /^(Take it, to audit|Go on with it)/});
        for (const until = Date.now() + 20_000; !(await take.isVisible()) && Date.now() < until;) await press(page, '.');
        await take.focus();
        await press(page, 'Enter');
        await atDesk(page);
        await press(page, '4', '4', '1');
      };
      await begin();
      await press(page, 'Control+Enter');
      await page.getByText('Is the decision right?').waitFor();
      assert.deepEqual(await page.evaluate((id) => Object.keys(localStorage).filter((name) => name.startsWith('assay.draft.') && name.includes(id)), item), [], 'the own judgement is in');
      // The verdict comes from elsewhere, and so does the rework.
      const {view} = await office.called<Held>('mia', 'GetItem', {id: item});
      await office.called('mia', 'SubmitAudit', {item, token: view.lease?.token, key: 'elsewhere', passes: false, defect: 'made_up', cause: 'SLIP', action: 'again'});
      await labels('bob', 'rework');
      await begin();
      // Taken once more in another window: what this one says comes too late.
      const {view: held} = await office.called<Held>('mia', 'GetItem', {id: item});
      await office.called('mia', 'ActOnItem', {item, key: 'back', give_back: {token: held.lease?.token}});
      await office.called('mia', 'ClaimItem', {item});
      await press(page, 'Control+Enter');
      await page.getByRole('alert').waitFor();
      await page.getByText('What you typed is kept.').waitFor();
      assert.equal(await page.getByRole('button', {name: 'Keep it as an extra'}).count(), 0);
      await page.reload();
      const go = page.getByRole('button', {name: /^(Take it, to audit|Go on with it)/});
      await go.focus();
      await press(page, 'Enter');
      await atDesk(page);
      await press(page, 'Control+Enter');
      await page.getByText('Is the decision right?').waitFor();
      await press(page, '1', 'Control+Enter');
      await page.waitForURL('**/review/work?queue=few-audited');
    });
    const {view} = await office.called<Held>('lea', 'GetItem', {id: item});
    assert.equal(view.judgements.filter(({role}) => role === 'AUDIT').length, 2, 'of each audit one');
    assert.equal(view.audits.length, 2);
    assert.equal(view.item.state, 'DONE');
  });

  test('a ruling outlives a reload and a forgotten token, and goes along to who decides the item with it', async () => {
    const item = (await office.items('few-refusal', 'QUEUED'))[0] ?? '';
    await office.called('lea', 'ActOnItem', {item, key: 'e', escalate: {reason: 'AMBIGUITY', note: 'is silence a refusal?', clause: '1'}});
    await office.as('max', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      const ruling = page.getByLabel('Ruling, a precedent for later');
      await ruling.fill('Silence is no refusal.');
      await page.reload();
      await holds(ruling, 'Silence is no refusal.');
      await forget(page, 'max');
      await holds(ruling, 'Silence is no refusal.');
      const desk = page.getByLabel('Ruling, for whoever meets the like again');
      for (const come of [async () => undefined, () => page.reload()]) {
        await come();
        await page.getByRole('button', {name: 'Decide the item yourself…'}).focus();
        await press(page, 'Enter');
        await atDesk(page);
        await holds(desk, 'Silence is no refusal.');
      }
      await press(page, '1', '2', '2', 'Control+Enter');
      await page.getByRole('heading', {name: /Ruled/}).waitFor();
      assert.deepEqual(await kept(page), []);
    });
    // Of somebody else nothing is shown.
    const other = (await office.items('few-refusal', 'QUEUED'))[0] ?? '';
    await office.called('lea', 'ActOnItem', {item: other, key: 'e', escalate: {reason: 'AMBIGUITY', note: 'is a smile a refusal?'}});
    await office.as('max', async ({page}) => {
      await page.goto(`/review/items/${other}`);
      await page.getByLabel('Ruling, a precedent for later').fill('mine');
      await page.getByRole('button', {name: 'Forget the token'}).click();
      await page.locator('input[type=password]').fill(tokenOf('mia'));
      await press(page, 'Enter');
      await holds(page.getByLabel('Ruling, a precedent for later'), '');
    });
  });

  test('the lines of a redaction outlive a reload, and are gone once it is done', async () => {
    const item = (await office.items('few-safety', 'QUEUED')).at(-1) ?? '';
    await office.called('ann', 'ActOnItem', {item, key: 'q', quarantine: {reason: 'a name'}});
    await office.as('pat', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      const lines = page.getByLabel('What is to be taken out, a line each');
      await lines.fill('First');
      await page.getByLabel('Version of the redaction policy').fill('2026-11');
      await page.reload();
      await holds(lines, 'First');
      await holds(page.getByLabel('Version of the redaction policy'), '2026-11');
      await page.getByRole('button', {name: 'Take it out'}).focus();
      await press(page, 'Enter');
      await page.getByText('[taken out] claim').first().waitFor();
      assert.deepEqual(await kept(page), []);
    });
  });

  test('what is right in a session, a proposal, a change and a known answer outlive a reload', async () => {
    const items = (await office.items('few-classification', 'QUEUED')).slice(0, 2);
    const {calibration} = await office.called<{calibration: {id: string; items: string[]}}>('lea', 'OpenCalibration', {queue: 'few-classification', items, people: ['ann', 'bob']});
    for (const person of ['ann', 'bob'] as const) {
      for (const item of calibration.items) {
        const {view} = await office.called<{view: {lease: {token: string}}}>(person, 'ClaimItem', {item});
        const content = {opinion: {criteria: {criteria: [{criterion: 'tone', labels: ['friendly']}]}}};
        await office.called(person, 'SubmitJudgement', {item, token: view.lease.token, key: `${person} ${item}`, content});
      }
    }
    await office.called('lea', 'RevealCalibration', {id: calibration.id});
    await office.as('lea', async ({page}) => {
      const open = async () => {
        await page.locator('button[data-row]').first().focus();
        await press(page, 'Enter');
      };
      const forms: [path: string, label: string, before?: () => Promise<void>][] = [
        [`/review/calibration/${calibration.id}`, 'Because', open],
        ['/review/calibration', 'Items, their whole numbers, 2 to 100'],
        ['/review/guidelines/quality', 'What it should say'],
        ['/review/approvals', 'What is to be changed'],
        ['/review/gold', 'Why the answer is right'],
      ];
      for (const [path, label, before] of forms) {
        await page.goto(path);
        await before?.();
        await page.getByLabel(label, {exact: true}).fill(`typed at ${label}`);
        await page.reload();
        await before?.();
        await holds(page.getByLabel(label, {exact: true}), `typed at ${label}`);
      }
    });
  });
});
