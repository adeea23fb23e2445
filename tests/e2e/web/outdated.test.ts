// Guidelines move on: what was answered under rules of before is found by its filter, and judged anew, by key.

import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import type {Browser, Page} from 'playwright-core';
import {chromiumPath, hasChromium, launch, settled, violations, watch, type Watched} from './browser.ts';
import {atDesk, press} from './office.ts';
import {runSuite, tokenOf, tokens, untilEntered, writeLong, type Person} from './people.ts';
import {startStack, type Endpoints, type Stack} from './stack.ts';

const queue = 'long-quality';

describe('outdated items', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let browser: Browser;
  let stack: Stack;
  const judged: string[] = [];

  const called = <T>(person: Person, method: string, request: object): Promise<T> => stack.call<T>(`ReviewService/${method}`, request, tokenOf(person));

  function change(file: string, from: string, to: string): void {
    const path = join(stack.catalog, file);
    const text = readFileSync(path, 'utf8');
    assert.ok(text.includes(from), `${file} has no ${from}`);
    writeFileSync(path, text.replaceAll(from, to));
  }

  async function judge(person: Person): Promise<string> {
    const {view} = await called<{view: {item: {id: string}; lease: {token: string}}}>(person, 'ClaimItem', {queue});
    const content = {opinion: {criteria: {criteria: [{criterion: 'correctness', score: 5}, {criterion: 'helpfulness', score: 5}, {criterion: 'tone', labels: ['friendly']}]}}};
    await called(person, 'SubmitJudgement', {item: view.item.id, token: view.lease.token, key: view.item.id, content});
    return view.item.id;
  }

  async function untilListed(filter: object, items: number): Promise<void> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
      const {items: listed} = await called<{items: object[]}>('ivy', 'ListItems', {queue, ...filter});
      if (listed.length === items) return;
    }
    throw new Error(`${items} items were not listed in time: ${JSON.stringify(filter)}`);
  }

  before(async () => {
    browser = await launch();
    const documents = (catalog: string, endpoints: Endpoints): void => {
      writeLong(catalog, endpoints, 4);
      const path = join(catalog, 'queues.yaml');
      writeFileSync(path, readFileSync(path, 'utf8').replace('undo: 10m', 'undo: 1s'));
    };
    stack = await startStack({documents, tokens});
    await runSuite(stack, 'long', 'echo-bot');
    await untilEntered(stack, {[queue]: 4});
    judged.push(await judge('bob'), await judge('bob'));
    await untilListed({states: ['DONE']}, 2);
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  async function as(person: Person, work: (watched: Watched) => Promise<void>, theme: 'light' | 'dark' = 'light'): Promise<void> {
    const watched = await watch(browser, {base: stack.base, token: tokenOf(person), theme});
    try {
      await work(watched);
      watched.assertQuiet();
    } finally {
      await watched.close();
    }
  }

  // By its words, as a list takes them.
  async function filterOutdated(page: Page): Promise<void> {
    await page.goto('/review/items');
    await settled(page, 'Items');
    await page.getByLabel('Answered under').focus();
    await page.keyboard.type('one before');
    await press(page, 'Tab');
    await page.waitForURL('**/review/items?rubric=outdated');
    await page.waitForFunction(() => document.querySelector('.loading') === null);
  }

  const listed = async (page: Page): Promise<string[]> => (await page.getByRole('table', {name: 'Items'}).locator('tbody tr').allInnerTexts()).map((line) => line.replaceAll(/\s+/g, ' ').trim());

  test('none is, while the guideline is what it was answered under', async () => {
    await as('lea', async ({page}) => {
      await filterOutdated(page);
      await page.getByRole('heading', {name: 'No item fits the filter'}).waitFor();
      assert.deepEqual(await violations(page), []);
    });
  });

  test('what was answered under an older minor version is found, opened and judged anew by key', async () => {
    change('rubric.yaml', 'version: "1.0.0"\ndescription', 'version: "1.1.0"\ndescription');
    change('rubric.yaml', 'changes: [', 'changes: [{version: "1.1.0", reason: amounts count more}, ');
    await stack.call('CatalogService/Reload', {}, tokenOf('lea'));
    let opened = '';
    await as('lea', async ({page}) => {
      await filterOutdated(page);
      assert.equal((await listed(page)).length, 2);
      for (const line of await listed(page)) assert.match(line, /done long-quality rubric long-\d normal 1\.0\.0 /);
      assert.deepEqual(await violations(page), []);
      await page.reload();
      await page.getByRole('table', {name: 'Items'}).waitFor();
      assert.equal(await page.getByLabel('Answered under').inputValue(), 'outdated', 'the filter is a part of the address');
      await press(page, 'j', 'Enter');
      await page.waitForURL(/\/review\/items\/[0-9a-f-]{36}$/);
      opened = page.url().split('/').at(-1) ?? '';
      assert.ok(judged.includes(opened));
      await page.getByRole('group', {name: 'Actions'}).getByRole('button', {name: 'Reopen', exact: true}).focus();
      await press(page, 'Enter');
      await page.getByLabel('Because of').selectOption('GUIDELINE_CHANGE');
      await page.getByLabel('Reason', {exact: true}).fill('amounts count more now');
      await press(page, 'Enter');
      await page.getByText('Reopen: done.').waitFor();
    });
    await as('cat', async ({page}) => {
      await page.goto(`/review/items/${opened}`);
      await page.getByRole('button', {name: /^Take it/}).focus();
      await press(page, 'Enter');
      await atDesk(page);
      await press(page, '4', '4', '1', 'Control+Enter');
      await page.waitForURL(`**/review/work?queue=${queue}`);
    });
    // It is audited, and who may audit it is not told what it was answered under.
    await untilListed({rubric_version: '1.1'}, 1);
    await as('ivy', async ({page}) => {
      await filterOutdated(page);
      assert.equal((await listed(page)).length, 1, 'what was judged anew is not outdated any more');
      assert.deepEqual(await violations(page), []);
    }, 'dark');
    const {items} = await called<{items: {id: string}[]}>('ivy', 'ListItems', {queue, rubric_version: '1.1'});
    assert.deepEqual(items.map(({id}) => id), [opened]);
  });
});
