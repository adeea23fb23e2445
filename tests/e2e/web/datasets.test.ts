// What cases a suite has and what becomes of them: versions of its dataset with why there is each, journeys that its cases
// cover, and how all failing cases of a verdict fall into slices and labels. By key, on the real thing.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import type {Browser, Locator} from 'playwright-core';
import {chromiumPath, hasChromium, launch, settled, violations, watch, type Watched} from './browser.ts';
import {press} from './office.ts';
import {startStack, type Endpoints, type Stack} from './stack.ts';

const people = {lea: 'roles=lead', hal: 'roles=lead clearances=health'} as const;
type Lead = keyof typeof people;
const tokenOf = (person: Lead): string => `the long token of ${person}`;
const tokens = Object.entries(people)
  .map(([person, rights]) => `${person} sha256:${createHash('sha256').update(tokenOf(person as Lead)).digest('hex')} ${rights}\n`)
  .join('');

// The model says the text of its case.
type Row = [id: string, text: string, journey: string];
const rows: Row[] = [
  ...Array.from({length: 20}, (_, at): Row => [`buy-${at}`, at < 6 ? 'no' : at < 8 ? 'unsure' : 'yes', 'buy']),
  ...Array.from({length: 20}, (_, at): Row => [`return-${at}`, at < 4 ? 'no' : 'yes', 'return']),
];
const later: Row[] = [...rows.slice(1, -1), ['return-19', 'no', 'return'], ['return-20', 'yes', 'return'], ['return-21', 'yes', 'return']];

function writeRows(catalog: string, name: string, of: Row[]): void {
  writeFileSync(join(catalog, `${name}.jsonl`), of.map(([id, text, journey]) => `${JSON.stringify({id, text, journey})}\n`).join(''));
}

function suiteAndGate(name: string, more: string): string {
  return `kind: Suite
name: ${name}
dataset: [{file: ${name}.jsonl, id: id}]
slices: [journey]
journeys: {of: journey, critical: [buy, return, close], high_risk: [close]}
prompt: [{user: "{{text}}"}]
graders: [{name: right, type: choice, answer: "yes", answer_is: label, labels: ["yes", "no", "unsure"]}]
${more}---
kind: Gate
name: ${name}-release
suites: [${name}]
rules: [{name: right-answers, grader: right, at_least: 0.9}]
`;
}

function documents(catalog: string, {echo}: Endpoints): void {
  for (const name of ['orders', 'patients', 'unused']) writeRows(catalog, name, rows);
  writeFileSync(
    join(catalog, 'all.yaml'),
    [
      suiteAndGate('orders', ''),
      suiteAndGate('patients', 'data_class: health\n'),
      suiteAndGate('unused', ''),
      `kind: Model\nname: desk-bot\nversion: "1"\nendpoint: {provider: openai-chat, url: "${echo}", model: desk-bot, attempts: 1, limits: {concurrency: 8}}\n`,
    ].join('---\n'),
  );
}

const lines = async (table: Locator): Promise<string[]> => (await table.locator('tbody tr').allInnerTexts()).map((line) => line.replaceAll(/\s+/g, ' ').trim());

describe('datasets', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let browser: Browser;
  let stack: Stack;
  const verdicts: Record<string, string> = {};

  const call = <T>(method: string, request: object): Promise<T> => stack.call<T>(method, request, tokenOf('lea'));
  async function decide(suite: string): Promise<string> {
    const {check} = await call<{check: {verdict: {id: string; state: string}}}>('GateService/CheckGate', {gate: `${suite}-release`, candidate: 'desk-bot@1', timeout: '60s', fresh: true});
    assert.equal(check.verdict.state, 'FAIL');
    return check.verdict.id;
  }

  before(async () => {
    browser = await launch();
    stack = await startStack({documents, tokens});
    for (const suite of ['orders', 'patients']) verdicts[suite] = await decide(suite);
    for (const suite of ['orders', 'patients']) writeRows(stack.catalog, suite, later);
    await call('CatalogService/Reload', {});
    for (const suite of ['orders', 'patients']) await decide(suite);
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  async function as(person: Lead, work: (watched: Watched) => Promise<void>, theme: 'light' | 'dark' = 'light'): Promise<void> {
    const watched = await watch(browser, {base: stack.base, token: tokenOf(person), theme});
    try {
      await work(watched);
      watched.assertQuiet();
    } finally {
      await watched.close();
    }
  }

  test('the page of a suite has the versions of its dataset, what each changed, and why people say there is one', async () => {
    const {versions} = await call<{versions: {digest: string}[]}>('DatasetService/ListDatasetVersions', {suite: 'orders'});
    const [newest] = versions;
    assert.equal(versions.length, 2);
    await as('lea', async ({page}) => {
      await page.goto('/catalog');
      await settled(page, 'Catalog');
      await page.getByRole('link', {name: 'orders', exact: true}).focus();
      await press(page, 'Enter');
      await settled(page, 'orders');
      const table = page.getByRole('table', {name: 'Versions of the dataset of orders'});
      await table.waitFor();
      const [now = '', first = ''] = await lines(table);
      assert.match(now, /lea … ?\w+ 1 41 2 added, 1 removed, 1 changed$/);
      assert.match(first, /lea … ?\w+ 1 40 the first$/);
      await table.getByRole('button').first().focus();
      await press(page, 'Enter');
      const detail = table.locator('tr.detail');
      await detail.getByText('Nobody has noted why there is this version').waitFor();
      const said = (await detail.innerText()).replaceAll(/\s+/g, ' ');
      assert.match(said, /Added: return-20, return-21 Removed: buy-0 Changed: return-19/);
      assert.ok(said.includes(newest?.digest ?? 'no digest'), 'the digest that a note asks for');
      assert.deepEqual(await violations(page), []);

      await call('DatasetService/NoteDatasetVersion', {suite: 'orders', digest: newest?.digest, reason: 'buy-0 had <b>two</b> right answers', expected_impact: 'a point less'});
      await press(page, '.');
      await detail.getByText('buy-0 had <b>two</b> right answers').waitFor();
      assert.match((await detail.innerText()).replaceAll(/\s+/g, ' '), /Expected: a point less lea, /);
      assert.equal(await detail.getByText('Nobody has noted why').count(), 0);
    });
    await as('lea', async ({page}) => {
      await page.goto('/catalog/suite/orders');
      await settled(page, 'orders');
      await page.getByRole('table', {name: 'Versions of the dataset of orders'}).getByRole('button').first().click();
      await page.getByText('buy-0 had <b>two</b> right answers').waitFor();
      assert.deepEqual(await violations(page), []);
    }, 'dark');
  });

  test('which cases changed is told only to who is cleared for them, and a suite without runs says so', async () => {
    const ids = 'Added: return-20, return-21';
    for (const [person, isTold] of [['lea', false], ['hal', true]] as const) {
      await as(person, async ({page}) => {
        await page.goto('/catalog/suite/patients');
        await settled(page, 'patients');
        const table = page.getByRole('table', {name: 'Versions of the dataset of patients'});
        assert.match((await lines(table))[0] ?? '', /2 added, 1 removed, 1 changed$/, 'numbers are for everybody');
        await table.getByRole('button').first().focus();
        await press(page, 'Enter');
        await table.getByText(isTold ? ids : 'Which cases is withheld: you are not cleared for its data (health).').waitFor();
        assert.equal(await table.getByText(ids).count(), isTold ? 1 : 0);
      });
    }
    await as('lea', async ({page}) => {
      await page.goto('/catalog/suite/unused');
      await settled(page, 'unused');
      await page.getByRole('heading', {name: 'No versions to show'}).waitFor();
      await page.getByText('no run was of a suite "unused": its dataset has no versions yet').waitFor();
      assert.deepEqual(await violations(page), []);
    });
  });

  test('critical journeys without a case are named below the queues, and lead to the suite that declares them', async () => {
    for (const theme of ['light', 'dark'] as const) {
      await as('lea', async ({page}) => {
        await page.goto('/review/queues');
        await settled(page, 'Queues');
        const table = page.getByRole('table', {name: 'Critical journeys that cases cover'});
        await table.waitFor();
        assert.deepEqual(await lines(table), ['orders 2 of 3 0 of 1 close', 'patients 2 of 3 0 of 1 close', 'unused 0 of 3 0 of 1 the suite has no complete run yet']);
        assert.deepEqual(await violations(page), []);
        await table.getByRole('link', {name: 'orders'}).focus();
        await press(page, 'Enter');
        await settled(page, 'orders');
      }, theme);
    }
  });

  const grouping = async ({page}: Watched, suite: string): Promise<Locator> => {
    await page.goto(`/verdicts/${verdicts[suite]}`);
    await settled(page, 'desk-bot@1');
    await page.getByRole('button', {name: 'Group all failing cases'}).focus();
    await press(page, 'Enter');
    const table = page.getByRole('table', {name: 'Failing cases by slice and label'});
    await table.waitFor();
    return table;
  };

  test('all failing cases of a verdict are grouped by slice and label, the largest group first', async () => {
    for (const theme of ['light', 'dark'] as const) {
      await as('lea', async (watched) => {
        const table = await grouping(watched, 'orders');
        assert.deepEqual(await table.locator('thead th').allInnerTexts(), ['Rule', 'Slice', 'Label', 'Failing', 'Of its cases', 'Of all that fail'], 'no part, as the rule is on all cases');
        assert.deepEqual(await lines(table), [
          'right-answers journey=buy no 6 20 (30 %) 12',
          'right-answers journey=return no 4 20 (20 %) 12',
          'right-answers journey=buy unsure 2 20 (10 %) 12',
        ]);
        assert.equal(await watched.page.getByRole('button', {name: 'Group all failing cases'}).count(), 0);
        assert.deepEqual(await violations(watched.page), []);
      }, theme);
    }
  });

  test('labels, which may be words of answers, are withheld from who is not cleared, and the counts are not', async () => {
    await as('lea', async (watched) => {
      const table = await grouping(watched, 'patients');
      assert.deepEqual(await lines(table), ['right-answers journey=buy 8 20 (40 %) 12', 'right-answers journey=return 4 20 (20 %) 12']);
      await watched.page.getByText('Labels are withheld: you are not cleared for its data (health).').waitFor();
      assert.deepEqual(await violations(watched.page), []);
    });
    await as('hal', async (watched) => {
      const table = await grouping(watched, 'patients');
      assert.equal((await lines(table)).length, 3);
      assert.equal((await lines(table))[0], 'right-answers journey=buy no 6 20 (30 %) 12');
      assert.equal(await watched.page.getByText('Labels are withheld').count(), 0);
    });
  });

  test('grouping that is refused says why, and is asked for again', async () => {
    await as('lea', async ({page}) => {
      await page.route('**/assay.v1.ReplayService/ListWorstCases', (route) => route.fulfill({status: 429, contentType: 'application/json', body: JSON.stringify({code: 'resource_exhausted', message: 'other cases are being listed; try again in a second'})}));
      await page.goto(`/verdicts/${verdicts['orders']}`);
      await settled(page, 'desk-bot@1');
      await page.getByRole('button', {name: 'Group all failing cases'}).focus();
      await press(page, 'Enter');
      await page.getByText('other cases are being listed; try again in a second').waitFor();
      await page.unroute('**/assay.v1.ReplayService/ListWorstCases');
      await page.getByRole('button', {name: 'Try again'}).focus();
      await press(page, 'Enter');
      await page.getByRole('table', {name: 'Failing cases by slice and label'}).waitFor();
    });
  });
});
