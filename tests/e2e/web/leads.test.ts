// What leads and auditors have before them: audits with their reasons, proposals by clause, known answers, sessions; and the
// keys that lead through a session of work.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {after, before, describe, test} from 'node:test';
import type {Download} from 'playwright-core';
import {chromiumPath, hasChromium, settled, violations} from './browser.ts';
import {atDesk, itemNow, nextItem, Office, press} from './office.ts';
import {tokenOf, type Person} from './people.ts';

const pictures = process.env['ASSAY_PICTURES'];

describe('desks of leads', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let office: Office;

  before(async () => {
    office = await Office.open();
  });
  after(() => office?.close());

  interface Claimed {
    view: {item: {id: string}; lease: {token: string}};
  }
  const scores = (score: number): object => ({criteria: {criteria: [{criterion: 'correctness', score}, {criterion: 'helpfulness', score}, {criterion: 'tone', labels: ['friendly']}]}});
  async function judge(person: Person, queue: string, more: object = {}): Promise<string> {
    const {view} = await office.called<Claimed>(person, 'ClaimItem', {queue});
    await office.called(person, 'SubmitJudgement', {item: view.item.id, token: view.lease.token, key: `${person} ${view.item.id}`, content: {opinion: scores(5), ...more}});
    return view.item.id;
  }

  // Decided by a ruling, which nobody may revise.
  async function settle(queue: string, opinion: object): Promise<string> {
    const item = (await office.items(queue, 'QUEUED'))[0] ?? '';
    await office.called('lea', 'ActOnItem', {item, key: 'e', escalate: {reason: 'AMBIGUITY', note: 'which is it?'}});
    await office.called('max', 'ActOnItem', {item, key: 'r', resolve: {outcome: 'DECIDE', ruling: 'It is so.', cause: 'AMBIGUOUS', content: {opinion}}});
    assert.equal((await office.view('lea', item)).item.state, 'DONE');
    return item;
  }

  test('evaluation as a whole is told below the queues, with nothing where nobody kept anything, and rated by who rests on it', async () => {
    await office.as('lea', async ({page}) => {
      await page.goto('/review/queues');
      await settled(page, 'Queues');
      await page.getByRole('heading', {name: 'Nothing is kept of it yet'}).waitFor();
      assert.equal(await page.getByRole('form', {name: 'Rate what evaluation gives you'}).count(), 0, 'a lead does not rate the own work');
      assert.deepEqual(await violations(page), []);
    });
    const add = (person: Person, record: object): Promise<unknown> => office.stack.call('ReviewProgramService/AddProgramRecord', record, tokenOf(person));
    await add('lea', {improvement: {title: 'drafts outlive a reload'}});
    await add('pat', {production_issue: {reference: 'INC-1', title: 'a wrong fee', occurred_at: new Date(Date.now() - 60_000).toISOString()}});
    await add('lea', {dataset_due: {dataset: 'fees', queue: 'few-audited', due_at: new Date(Date.now() + 86_400_000).toISOString(), overlap: 30}});
    await office.as('pat', async ({page}) => {
      await page.goto('/review/queues');
      await settled(page, 'Queues');
      const form = page.getByRole('form', {name: 'Rate what evaluation gives you'});
      await form.getByRole('button', {name: 'Rate it'}).click();
      await page.getByText('choose how content you are, from 1 to 5').waitFor();
      await form.getByLabel('Why').fill('sooner than before');
      await page.reload();
      assert.equal(await form.getByLabel('Why').inputValue(), 'sooner than before', 'nothing typed is lost');
      await form.getByLabel('How content are you').selectOption('4');
      await form.getByRole('button', {name: 'Rate it'}).click();
      await page.getByText('Your rating is kept; your newest one counts.').waitFor();
      const measures = page.getByRole('region', {name: 'Measures of evaluation'});
      await measures.getByText('4.0 of 5, 1 rating').waitFor();
      assert.match(await measures.innerText(), /Datasets ready in time\s+none was due[\s\S]*Defects that no case had covered\s+100 % of 1[\s\S]*Improvements\s+1/);
      assert.match(await page.getByRole('table', {name: 'Datasets'}).innerText(), /fees[\s\S]*open[\s\S]*few-audited/);
      assert.deepEqual(await violations(page), []);
    });
  });

  test('each person sees how far they are and nobody else; leads see how queues stand, who has what, and who differs from whom', async () => {
    const first = await judge('ann', 'few-doubled');
    const {view} = await office.called<Claimed>('bob', 'ClaimItem', {item: first});
    await office.called('bob', 'SubmitJudgement', {item: first, token: view.lease.token, key: 'differs', content: {opinion: scores(3), rationale: 'A gap is left.'}});
    const {view: held} = await office.called<Claimed>('bob', 'ClaimItem', {queue: 'few-doubled'});
    await office.as('ann', async ({page}) => {
      await page.goto('/review');
      await settled(page, 'My work');
      const mine = page.getByRole('table', {name: 'How far you are'});
      assert.match(await mine.getByRole('row', {name: /few-doubled/}).innerText(), /complex\s+none yet\s+1 of 4/);
      assert.equal(await mine.getByRole('progressbar', {name: 'Judged today in few-doubled'}).getAttribute('value'), '1');
      assert.match(await mine.getByRole('row', {name: /few-safety/}).innerText(), /simple\s+none yet\s+wanted: 90 %\s+Quality goes first here: volume is no target\./);
      assert.doesNotMatch(await page.locator('main').innerText(), /\b(bob|cat)\b/, 'no leaderboard');
      assert.deepEqual(await violations(page), []);
      await page.goto('/review/queues/few-doubled');
      await settled(page, 'few-doubled');
      assert.equal(await page.getByRole('region', {name: 'Where people differ'}).count(), 0);
      assert.equal(await page.getByRole('region', {name: 'Who has what'}).count(), 0);
    });
    await office.as('lea', async ({page}) => {
      await page.goto('/review/queues');
      await settled(page, 'Queues');
      const row = page.getByRole('table', {name: 'Items that somebody has'}).getByRole('row', {name: new RegExp(held.item.id.slice(-8))});
      assert.match(await row.innerText(), /bob\s+few-doubled\s+label/);
      const targets = page.getByRole('table', {name: 'Targets'});
      await targets.waitFor();
      assert.match((await targets.getByRole('row').allInnerTexts()).join('\n'), /few-safety\s+Audits passed[\s\S]*nothing yet[\s\S]*few-doubled\s+Judgements a person and day\s+complex\s+4\s+1[\s\S]*2 days of persons\s+✕ missed/);
      assert.deepEqual(await violations(page), []);
      await page.goto('/review/queues/few-doubled');
      await settled(page, 'few-doubled');
      const differ = page.getByRole('table', {name: 'Differences by criterion'});
      assert.match(await differ.getByRole('row', {name: /correctness/}).innerText(), /3 and 5, 1 time/);
      await differ.getByRole('button', {name: /correctness/}).click();
      assert.match(await page.getByRole('table', {name: 'Pairs of people, correctness'}).innerText(), /ann and bob\s+1\s+0 %/);
      const confusion = page.getByRole('table', {name: 'Answers against answers, correctness'});
      assert.deepEqual(await confusion.getByRole('row').allInnerTexts(), ['One said\t3\t5', '3\t0\t1', '5\t1\t0']);
      assert.deepEqual(await violations(page), []);
    });
    await office.called('bob', 'ActOnItem', {item: held.item.id, key: 'back', give_back: {token: held.lease.token}});
  });

  test('an audit stands on the desk with who decided and why it is drawn, and then with what it found and what became of it', async () => {
    const item = await judge('ann', 'few-audited');
    await office.as('ivy', async ({page}) => {
      const opened: string[] = [];
      page.on('request', (request) => void (request.url().endsWith('/GetItem') && opened.push(request.postData() ?? '')));
      await page.goto('/review/audits?queue=few-audited');
      await settled(page, 'Audits');
      const row = page.getByRole('table', {name: 'Items that wait for an audit'}).getByRole('row', {name: new RegExp(item.slice(-8))});
      for (const until = Date.now() + 20_000; !(await row.isVisible()) && Date.now() < until;) await press(page, '.');
      assert.match(await row.innerText(), /single: ann[\s\S]*drawn for an audit, with a probability of 1\.000[\s\S]*yes/);
      await page.getByText('Nothing was audited in the last 30 days.').waitFor();
      assert.deepEqual(await violations(page), []);
      assert.deepEqual(opened, [], 'a list opens nothing');
    });
    const {reads} = (await office.called<{view: {reads: {person: string}[]}}>('ivy', 'GetItem', {id: item})).view;
    assert.deepEqual(reads.map(({person}) => person), ['ann'], 'who had it, and nobody who saw a list');
    const {view} = await office.called<Claimed>('mia', 'ClaimItem', {item});
    await office.called('mia', 'SubmitJudgement', {item, token: view.lease.token, key: 'own', content: {opinion: scores(2), rationale: 'The amount is rounded.'}});
    await office.called('mia', 'SubmitAudit', {item, token: view.lease.token, key: 'a', passes: false, defect: 'made_up', cause: 'AMBIGUOUS', severity: 2, action: 'read § 1.1 together'});
    await office.as('ivy', async ({page}) => {
      await page.goto('/review/audits');
      await settled(page, 'Audits');
      const row = page.getByRole('table', {name: 'What audits found wrong'}).getByRole('row', {name: new RegExp(item.slice(-8))});
      assert.match(await row.innerText(), /to be judged again[\s\S]*made up, severity 2[\s\S]*ambiguous[\s\S]*read § 1\.1 together/);
      const rates = page.getByRole('table', {name: 'Audits by queue'}).getByRole('row', {name: /few-audited/});
      assert.match(await rates.innerText(), /0 % of 1[\s\S]*90 %: 41 more, if none fails/);
      assert.deepEqual(await violations(page), []);
      if (pictures) await page.screenshot({path: `${pictures}/audits.png`, fullPage: true});
    });
    // A reviewer is told of none of it.
    await office.as('cat', async ({page}) => {
      await page.goto('/review/audits');
      await settled(page, 'Audits');
      assert.doesNotMatch(await page.locator('main').innerText(), /made up|read § 1\.1|\bann\b/);
    });
  });

  test('what a judgement says that the guideline should say stands under its clause, and a lead takes it or declines it', async () => {
    const item = await judge('ann', 'many-quality', {proposal: 'A rounded amount is wrong.', clauses: ['1.1']});
    await judge('bob', 'many-quality', {proposal: 'Two sentences are enough.', clauses: ['2']});
    await office.as('lea', async ({page}) => {
      await page.goto('/review/guidelines/quality');
      await settled(page, 'quality');
      const amounts = page.getByRole('region', {name: 'Proposals, § 1.1'});
      assert.match(await amounts.innerText(), new RegExp(`waits for a lead[\\s\\S]*ann[\\s\\S]*${item.slice(-8)}[\\s\\S]*A rounded amount is wrong\\.`));
      assert.match(await page.getByRole('navigation', {name: 'Clauses'}).innerText(), /1\.1 Amounts\s+1 proposal/);
      assert.deepEqual(await violations(page), []);
      await amounts.getByRole('button', {name: 'Take it'}).focus();
      await press(page, 'Enter');
      await amounts.getByText('lea took it').waitFor();
      const tone = page.getByRole('region', {name: 'Proposals, § 2'});
      await tone.getByLabel('Comment').fill('§ 2 says brief already');
      await tone.getByRole('button', {name: 'Decline it'}).focus();
      await press(page, 'Enter');
      await tone.getByText('lea declined it: § 2 says brief already').waitFor();
      if (pictures) await page.screenshot({path: `${pictures}/proposals.png`, fullPage: true});
    });
    await office.as('ann', async ({page}) => {
      await page.goto('/review/guidelines/quality');
      await settled(page, 'quality');
      await page.getByRole('region', {name: 'Proposals, § 1.1'}).getByText('✓ taken').waitFor();
      assert.equal(await page.getByRole('button', {name: 'Take it'}).count(), 0);
    });
    // Of which item it was, others who may be asked of it are not told.
    await office.as('cat', async ({page}) => {
      await page.goto('/review/guidelines/quality');
      await settled(page, 'quality');
      assert.doesNotMatch(await page.getByRole('region', {name: 'Proposals, § 1.1'}).innerText(), new RegExp(item.slice(-8)));
    });
  });

  test('a known answer has its own expected answer, its tolerance and what must be named', async () => {
    const item = await settle('few-classification', {criteria: {criteria: [{criterion: 'tone', labels: ['friendly']}]}});
    await office.as('lea', async ({page}) => {
      await page.goto('/review/gold');
      await settled(page, 'Gold');
      await page.getByRole('textbox', {name: 'Item', exact: true}).fill(item);
      await page.getByLabel('Expected', {exact: true}).selectOption('said');
      const region = page.getByRole('region', {name: 'What is expected'});
      await region.getByText('Decided: tone: friendly').waitFor();
      await page.getByLabel('Why the answer is right').fill('§ 2: brief is not cold');
      await page.getByRole('button', {name: 'Make it known'}).focus();
      await press(page, 'Enter');
      await page.getByText('still missing of the expected answer: How does it sound?').waitFor();
      await region.getByRole('radio', {name: 'curt'}).focus();
      await press(page, 'Enter');
      await page.getByLabel('Scores within').selectOption('0');
      await page.getByLabel('Must name').fill('made_up');
      assert.deepEqual(await violations(page), []);
      if (pictures) await page.screenshot({path: `${pictures}/gold.png`, fullPage: true});
      await page.getByRole('button', {name: 'Make it known'}).focus();
      await press(page, 'Enter');
      await page.getByRole('table', {name: 'Items whose answer is known'}).getByText('few-classification').waitFor();
      const set = page.getByRole('region', {name: 'The set of few-classification'});
      await set.getByText('Not declared yet: 1 added.').waitFor();
      await set.getByLabel('What the set is for').fill('how brief answers are taken');
      await press(page, 'Enter');
      await set.getByRole('table', {name: 'Versions of the known answers of few-classification'}).getByText('how brief answers are taken').waitFor();
      await set.getByText('What is asked now is the last version.').waitFor();
      assert.deepEqual(await violations(page), []);
    });
    const {gold} = await office.called<{gold: {expected: {criteria: {criteria: {labels: string[]}[]}}; scores_within: number; must_name: string[]; why: string}[]}>('lea', 'ListGold', {queue: 'few-classification'});
    assert.deepEqual(gold.map(({expected, scores_within: within, must_name: names, why}) => [expected.criteria.criteria[0]?.labels, within, names, why]), [[['curt'], 0, ['made_up'], '§ 2: brief is not cold']]);
  });

  test('a session shows agreement before and since, and what was agreed on becomes a known answer', async () => {
    const opinion = {safety: {harmful: false}};
    const item = await settle('few-safety', opinion);
    const other = (await office.items('few-safety', 'QUEUED'))[0] ?? '';
    const {calibration} = await office.called<{calibration: {id: string; items: string[]}}>('lea', 'OpenCalibration', {queue: 'few-safety', items: [item, other], people: ['ann', 'cat']});
    for (const person of ['ann', 'cat'] as const) {
      for (const each of calibration.items) {
        const {view} = await office.called<Claimed>(person, 'ClaimItem', {item: each});
        await office.called(person, 'SubmitJudgement', {item: each, token: view.lease.token, key: `${person} ${each}`, content: {opinion}});
      }
    }
    await office.called('lea', 'RevealCalibration', {id: calibration.id});
    await office.called('lea', 'RuleOnCalibration', {id: calibration.id, ruling: {item: calibration.items[0], opinion, note: 'nobody is hurt', clause: '1'}});
    await office.as('lea', async ({page}) => {
      await page.goto(`/review/calibration/${calibration.id}`);
      const table = page.getByRole('table', {name: 'Agreement before, in and after the session'});
      await table.waitFor();
      assert.match(await table.innerText(), /Before[\s\S]*In the session[\s\S]*Since/);
      assert.deepEqual(await violations(page), []);
      await page.getByRole('row', {name: /nobody is hurt/}).locator('button[data-row]').focus();
      await press(page, 'Enter');
      await page.getByRole('button', {name: 'Make it a known answer'}).focus();
      await press(page, 'Enter');
      await page.getByText(/It is a known answer now: |It was not made/).waitFor();
      assert.match(await page.locator('main').innerText(), /It is a known answer now: /);
      const downloads: Download[] = [];
      page.on('download', (download) => downloads.push(download));
      await page.getByRole('button', {name: 'Close the session'}).focus();
      await press(page, 'Enter');
      await page.getByRole('button', {name: 'Take the calibration pack'}).focus();
      await press(page, 'Enter');
      await page.getByText(`Saved as calibration-${calibration.id}.md and calibration-${calibration.id}.json.`).waitFor();
      assert.deepEqual(await violations(page), []);
      const file = downloads.find((each) => each.suggestedFilename().endsWith('.json'));
      const pack = JSON.parse(readFileSync((await file?.path()) ?? '', 'utf8'));
      assert.deepEqual([pack.schema, pack.session, pack.items.length], ['assay.calibration_pack/1', calibration.id, 2]);
    });
    const {gold} = await office.called<{gold: {source_item: string; why: string}[]}>('lea', 'ListGold', {queue: 'few-safety'});
    assert.deepEqual(gold.map(({source_item: source, why}) => [source, why]), [[item, 'nobody is hurt']]);
  });

  test('in the workspace ? shows its own keys, with those that were changed', async () => {
    await office.as('cat', async ({page}) => {
      await page.goto('/review/work?queue=many-quality');
      await page.evaluate(() => localStorage.setItem('assay.review.keys', '[["rationale","q"]]'));
      await page.reload();
      await atDesk(page);
      await press(page, '?');
      const own = page.getByRole('dialog').getByRole('region', {name: 'In the workspace'});
      assert.match(await own.innerText(), /q\s+Write why/);
      assert.match(await own.innerText(), /Ctrl\+Enter\s+Submit, and the next item/);
      assert.deepEqual(await violations(page), []);
      await press(page, 'Escape');
      await page.goto('/runs');
      await settled(page, 'Runs');
      await press(page, '?');
      await page.getByRole('dialog').getByRole('region', {name: 'In lists'}).waitFor();
      assert.equal(await own.count(), 0);
    });
  });

  test('Shift+Enter submits and stays; p and n go through what this session has submitted, and back to work', async () => {
    await office.as('pat', async ({page}) => {
      await page.goto('/review/work?queue=race-quality');
      await atDesk(page);
      const first = await itemNow(page);
      await press(page, '4', '5', '1', 'Control+Enter');
      const second = await nextItem(page, first);
      await press(page, '4', '5', '1', 'r');
      await page.keyboard.type('one line');
      await press(page, 'Shift+Enter');
      assert.equal(await page.getByLabel('Why').inputValue(), 'one line\n', 'in a field it begins a line');
      await press(page, 'Escape', 'Shift+Enter');
      await page.waitForURL(`**/review/items/${second}?session=race-quality`);
      await page.getByRole('button', {name: 'Revise your judgement'}).waitFor();
      assert.equal(await page.locator('.desk').count(), 0, 'it is read only until one revises it');
      await press(page, 'p');
      await page.waitForURL(`**/review/items/${first}?session=race-quality`);
      await page.getByRole('button', {name: 'Next item'}).waitFor();
      await press(page, 'n');
      await page.waitForURL(`**/review/items/${second}?session=race-quality`);
      await page.getByRole('button', {name: 'Go on in the workspace'}).waitFor();
      await press(page, 'n');
      await page.waitForURL('**/review/work?queue=race-quality');
      await atDesk(page);
      await press(page, 'p');
      await page.waitForURL(`**/review/items/${second}?session=race-quality`);
    });
  });

  test('G opens the whole guideline, m draws Markdown as elements that do nothing, and / finds clauses and precedents', async () => {
    const ruled = (await office.items('few-refusal', 'QUEUED'))[0] ?? '';
    await office.called('lea', 'ActOnItem', {item: ruled, key: 'e', escalate: {reason: 'AMBIGUITY', note: 'is silence a refusal?'}});
    await office.called('max', 'ActOnItem', {item: ruled, key: 'r', resolve: {outcome: 'RESUME', ruling: 'Silence is no refusal.'}});
    await office.as('lea', async ({page, context}) => {
      const escalated = (await office.items('few-refusal', 'QUEUED')).find((each) => each !== ruled) ?? '';
      await office.called('lea', 'ActOnItem', {item: escalated, key: 'e', escalate: {reason: 'AMBIGUITY', note: 'and a smile?'}});
      await page.goto(`/review/items/${escalated}`);
      await page.getByRole('button', {name: 'Decide the item yourself…'}).focus();
      await press(page, 'Enter');
      await atDesk(page);
      const opened = context.waitForEvent('page');
      await press(page, 'G');
      assert.match((await opened).url(), /\/review\/guidelines\/quality$/);
      await (await opened).close();
      await press(page, 'i', '/');
      const search = page.getByLabel('Search guideline and precedents');
      assert.ok(await search.evaluate((field) => field === document.activeElement), 'the guideline is there again, and its search has the focus');
      await page.keyboard.type('Silence is no');
      await page.getByRole('region', {name: 'Precedents'}).getByText('Silence is no refusal.').waitFor();
      assert.deepEqual(await violations(page), []);
    });
    await office.as('bob', async ({page}) => {
      await page.goto('/review/work?queue=hostile-quality');
      for (let item = await nextItem(page, ''); item !== ''; item = await nextItem(page, item)) {
        await press(page, 'm');
        assert.equal(await page.locator('main :is(script, iframe, img, style, base, a[href*="evil"], form[action])').count(), 0);
        assert.equal(await page.locator('.desk .text.rendered a').count(), 0);
        await press(page, '4', '4', '1', 'Control+Enter');
      }
    });
  });

  test('my work shows lanes in the order in which they come, with their age', async () => {
    const item = (await office.items('few-grounding', 'QUEUED'))[0] ?? '';
    await office.called('lea', 'ActOnItem', {item, key: 'l', change_lane: {lane: 'INCIDENT', reason: 'a customer called'}});
    await office.as('cat', async ({page}) => {
      await page.goto('/review');
      await settled(page, 'My work');
      const rows = page.getByRole('table', {name: 'What waits, by lane'}).locator('tbody tr');
      await rows.first().waitFor();
      assert.match(await rows.first().innerText(), /incident\s+1\s/);
      // Who is no adjudicator is shown no lane of adjudications.
      assert.doesNotMatch(await page.getByRole('table', {name: 'What waits, by lane'}).innerText(), /adjudication|audit/);
      assert.match(await rows.first().innerText(), /(ago|just now)[\s\S]*with this lane/);
      assert.deepEqual(await violations(page), []);
      await press(page, 'Enter');
      await page.waitForURL('**/review/work');
      await atDesk(page);
    });
  });

  test('what a queue masks is in nothing that is sent, and the desk says by which policy', async () => {
    await office.as('cat', async ({page}) => {
      const bodies: Promise<string>[] = [];
      page.on('response', (response) => void (response.url().includes('/ReviewService/') && bodies.push(response.text().catch(() => ''))));
      await page.goto('/review/work?queue=few-audited');
      await atDesk(page);
      const shown = await page.locator('main').innerText();
      assert.match(shown, /Masked before anybody saw it, by policy tests-1\. Flag what it missed\./);
      assert.match(shown, /First \[number\]\. Second \[number\]\./);
      assert.doesNotMatch((await Promise.all(bodies)).join('\n'), /claim [0-9]/);
      assert.deepEqual(await violations(page), []);
    });
  });
});
