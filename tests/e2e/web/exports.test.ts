// Data leaves through the page, by key, and it stands there who took it; a verdict is walked back to what people said.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {after, before, describe, test} from 'node:test';
import type {Download, Page} from 'playwright-core';
import {chromiumPath, hasChromium, settled, violations} from './browser.ts';
import {Office, press} from './office.ts';
import {tokenOf, type Person} from './people.ts';

const pictures = process.env['ASSAY_PICTURES'];
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

// Saves by key: the file and its manifest.
async function exportByKey(page: Page): Promise<{file: string; manifest: Record<string, any>; manifestText: string}> {
  const downloads: Download[] = [];
  page.on('download', (download) => downloads.push(download));
  await page.getByRole('button', {name: 'Export', exact: true}).focus();
  await press(page, 'Enter');
  await page.getByText(/was saved, with its manifest/).waitFor();
  const texts = new Map<string, string>();
  for (const download of downloads) texts.set(download.suggestedFilename(), readFileSync(await download.path(), 'utf8'));
  const [manifestName] = [...texts.keys()].filter((name) => name.endsWith('.manifest.json'));
  assert.ok(manifestName && texts.size === 2, `saved: ${[...texts.keys()]}`);
  const manifestText = texts.get(manifestName) ?? '';
  return {file: texts.get(manifestName.replace('.manifest.json', '')) ?? '', manifest: JSON.parse(manifestText), manifestText};
}

describe('exports and lineage', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let office: Office;

  before(async () => {
    office = await Office.open();
  });
  after(() => office?.close());

  const call = <T>(person: Person, method: string, request: object): Promise<T> => office.stack.call<T>(method, request, tokenOf(person));

  test('before anything left the screen says so, in both themes and without fault', async () => {
    for (const theme of ['light', 'dark'] as const) {
      await office.as('lea', async ({page}) => {
        await page.goto('/review/exports');
        await settled(page, 'Exports');
        await page.getByText('Nothing has left yet').waitFor();
        assert.deepEqual(await violations(page), []);
      }, theme);
    }
  });

  test('a lead looks at an export and takes it, by key; the page shows by which hashes it is known', async () => {
    await office.as('lea', async ({page}) => {
      await page.goto('/review/exports');
      await settled(page, 'Exports');
      await page.getByLabel('Queue').selectOption('few-doubled');
      await page.getByRole('button', {name: 'Preview'}).focus();
      await press(page, 'Enter');
      const preview = page.getByRole('region', {name: 'Preview'});
      const said = await preview.getByText(/^\d+ of \d+$/).innerText();
      const [items = '', of = ''] = said.split(' of ');
      assert.equal(items, of, 'nothing is left out');
      assert.deepEqual(await violations(page), []);
      if (pictures) await page.screenshot({path: `${pictures}/exports.png`, fullPage: true});
      const {file, manifest, manifestText} = await exportByKey(page);
      assert.equal(manifest['sha256'], sha256(file));
      assert.equal(String(manifest['records']), items);
      assert.equal(manifest['exported_by'], 'lea');
      assert.equal(String(file.trimEnd().split('\n').length), items, 'an item a line');
      assert.equal(manifest['selection']['data_classes'].length, 0, 'no class of data leaves unless it is named');
      const measures = manifest['quality'].map((each: {measure: string}) => each.measure.replaceAll('_', ' '));
      const quality = page.getByRole('table', {name: 'Quality of the labels'}).first();
      for (const measure of measures) await quality.getByText(measure, {exact: true}).waitFor();
      const row = page.getByRole('table', {name: 'Exports'}).getByRole('row').nth(1);
      await row.getByText('queue few-doubled').waitFor();
      await row.getByText('complete').waitFor();
      await row.getByText(sha256(manifestText).slice(0, 12)).waitFor();
      assert.deepEqual(await violations(page), []);
    });
  });

  test('the quality of the labels stands there row by row as the manifest has it', async () => {
    const score = (value: number): object => ({criteria: {criteria: [{criterion: 'correctness', score: value}, {criterion: 'helpfulness', score: value}, {criterion: 'tone', labels: ['friendly']}]}});
    const {items} = await call<{items: {id: string}[]}>('lea', 'ReviewService/ListItems', {queue: 'few-doubled', page_size: 50});
    for (const [at, {id: item}] of items.entries()) {
      for (const [person, value] of [['bob', 3 + (at % 3)], ['cat', at === 0 ? 5 : 3 + (at % 3)]] as const) {
        const {view} = await call<{view: {lease: {token: string}}}>(person, 'ReviewService/ClaimItem', {item});
        await call(person, 'ReviewService/SubmitJudgement', {item, token: view.lease.token, key: `${person} ${item}`, content: {opinion: score(value), rationale: 'as the handbook has it'}});
      }
    }
    // A lead who could still be asked to decide is not given them.
    await office.as('ivy', async ({page}) => {
      await page.goto('/review/exports');
      await settled(page, 'Exports');
      await page.getByLabel('Queue').selectOption('few-doubled');
      const {manifest} = await exportByKey(page);
      interface Measured {
        queue: string;
        rubric: string;
        measure: string;
        value: number | null;
        lower: number | null;
        upper: number | null;
        n: number;
      }
      const told = (value: number | null): string => (value === null ? '–' : value.toFixed(3).replace('-', '−'));
      const expected = (manifest['quality'] as Measured[]).map((each) => [
        each.queue,
        each.rubric,
        each.measure.replaceAll('_', ' '),
        told(each.value),
        each.lower === null && each.upper === null ? '–' : `${told(each.lower)} to ${told(each.upper)}`,
        String(each.n),
      ]);
      const table = page.getByRole('table', {name: 'Quality of the labels'}).first();
      await table.waitFor();
      const shown = (): Promise<string[][]> => table.locator('tbody tr').evaluateAll((all) => all.map((row) => [...row.querySelectorAll<HTMLElement>('th, td')].map((cell) => cell.innerText.trim())));
      assert.deepEqual(await shown(), expected.slice(0, 10));
      if (expected.length > 10) {
        await page.getByRole('button', {name: 'Next page'}).first().focus();
        await press(page, 'Enter');
        await page.getByText(`11 to ${expected.length} of ${expected.length}`).waitFor();
        assert.deepEqual(await shown(), expected.slice(10));
      }
      const correctness = expected.find(([, , measure]) => measure === 'agreement correctness alpha');
      assert.ok(correctness, `there are ${expected.map(([, , measure]) => measure)}`);
      assert.notEqual(correctness[3], '–');
      assert.equal(correctness[5], String(items.length));
      assert.deepEqual(await violations(page), []);
    });
  });

  test('names of people and classes of data leave where they are asked for, and who is not cleared is told so', async () => {
    await office.as('lea', async ({page}) => {
      await page.goto('/review/exports');
      await settled(page, 'Exports');
      await page.getByLabel('Queue').selectOption('few-doubled');
      await page.getByLabel('People', {exact: true}).selectOption('names');
      const {manifest} = await exportByKey(page);
      const {exports} = await call<{exports: {id: string; with_names: boolean}[]}>('lea', 'ReviewInterchangeService/ListExports', {});
      assert.equal(exports.find((each) => each.id === manifest['id'])?.with_names, true, 'and it is kept that they were in it');
      const row = page.getByRole('table', {name: 'Exports'}).getByRole('row').nth(1);
      await row.getByText('queue few-doubled').waitFor();
      await page.getByLabel('Classes of data').fill('nobodys-class, other');
      await page.getByRole('button', {name: 'Preview'}).focus();
      await press(page, 'Enter');
      await page.getByText(/not cleared for data of the class "nobodys-class"/).waitFor();
      assert.deepEqual(await violations(page), []);
    });
  });

  test('who may not export is told which role is missing', async () => {
    await office.as('ann', async ({page}) => {
      await page.goto('/review/exports');
      await settled(page, 'Exports');
      await page.getByText(/needs one of the roles lead, ml_lead and manager/).first().waitFor();
      await page.getByRole('button', {name: 'Export', exact: true}).focus();
      await press(page, 'Enter');
      await page.getByText('Nothing was saved').waitFor();
    });
  });

  test('a verdict is walked back to runs, datasets, items and the guideline', async () => {
    const {check} = await call<{check: {verdict: {id: string; suites: {run_id: string}[]}}}>('lea', 'GateService/CheckGate', {
      gate: 'short-answers',
      candidate: 'echo-bot@1',
      timeout: '60s',
    });
    await office.as('lea', async ({page}) => {
      await page.goto(`/verdicts/${check.verdict.id}`);
      await settled(page, /echo-bot/);
      await page.getByRole('link', {name: /^Lineage/}).focus();
      await press(page, 'Enter');
      await settled(page, 'Lineage');
      for (const {run_id: run} of check.verdict.suites) {
        await page.getByRole('table', {name: `Items of run ${run}`}).getByRole('link', {name: /quality 1\.0\.0/}).first().waitFor();
      }
      const since = page.getByRole('region', {name: 'Since the verdict'});
      await since.getByText('No later verdict of this gate on this candidate.').waitFor();
      await page.getByText('Of these, nothing that is shown to you has changed since the verdict.').first().waitFor();
      assert.deepEqual(await violations(page), []);
      if (pictures) await page.screenshot({path: `${pictures}/lineage.png`, fullPage: true});
    });
  });
});
