// What is far behind many other items is found all the same.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import type {Browser, Page} from 'playwright-core';
import {chromiumPath, hasChromium, launch, settled, violations, watch} from './browser.ts';
import {press} from './office.ts';
import {runSuite, tokenOf, tokens, untilEntered, writeLong} from './people.ts';
import {startStack, type Stack} from './stack.ts';

// More than assayd looks through for one page.
const items = 620;

describe('lists that are long', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let stack: Stack;
  let browser: Browser;
  let oldest: string[] = [];

  const called = <T>(method: string, request: object): Promise<T> => stack.call<T>(`ReviewService/${method}`, request, tokenOf('lea'));

  before(async () => {
    browser = await launch();
    stack = await startStack({documents: (catalog, endpoints) => writeLong(catalog, endpoints, items), tokens});
    await runSuite(stack, 'long', 'echo-bot');
    await untilEntered(stack, {'long-quality': items});
    for (let token = ''; ;) {
      const page = await called<{items: {id: string}[]; next_page_token: string}>('ListItems', {page_size: 200, page_token: token});
      oldest = page.items.map(({id}) => id).slice(-2);
      token = page.next_page_token;
      if (token === '') break;
    }
    for (const [at, item] of oldest.entries()) {
      await called('ActOnItem', {item, key: 'e', escalate: {reason: at === 0 ? 'DOMAIN' : 'AMBIGUITY', note: `asked of the oldest, ${at}`}});
    }
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  async function as(work: (page: Page) => Promise<void>): Promise<void> {
    const {page, assertQuiet, close} = await watch(browser, {base: stack.base, token: tokenOf('max')});
    try {
      await work(page);
      assertQuiet();
    } finally {
      await close();
    }
  }

  test('an escalation behind hundreds of newer items stands on the screen, the one that is due first at the top', async () => {
    await as(async (page) => {
      await page.goto('/review/escalations');
      await settled(page, 'Escalations');
      const rows = page.getByRole('table', {name: 'Items that wait for a ruling'}).locator('tbody tr');
      await rows.first().waitFor();
      const said = await rows.allInnerTexts();
      assert.deepEqual(said.map((each) => /asked of the oldest, (\d)/.exec(each)?.[1]), ['1', '0'], 'within 4 hours, then within 2 days');
      assert.deepEqual(await violations(page), []);
    });
  });

  test('a filter whose only items are behind hundreds of others finds them', async () => {
    await as(async (page) => {
      await page.goto('/review/items?state=ESCALATED');
      await settled(page, 'Items');
      const rows = page.getByRole('table', {name: 'Items'}).locator('tbody tr');
      await rows.first().waitFor();
      assert.equal(await rows.count(), 2);
    });
  });

  // A page that is empty, though more follow: as the daemon may answer at any time.
  test('while more is to be looked through nothing says that there is nothing, and one goes on', async () => {
    await as(async (page) => {
      let calls = 0;
      let isFound = false;
      await page.route('**/assay.v1.ReviewService/ListItems', async (route) => {
        calls += 1;
        if (isFound) return route.fulfill({json: {items: [], nextPageToken: ''}});
        await route.fulfill({json: {items: [], nextPageToken: `after ${calls}`}});
      });
      for (const [path, title] of [['/review/escalations', 'Escalations'], ['/review/items?state=BLOCKED', 'Items']] as const) {
        isFound = false;
        await page.goto(path);
        await settled(page, title);
        await page.getByText('None was found yet; more items are to be looked through.').waitFor();
        assert.equal(await page.locator('.nothing').count(), 0);
        isFound = true;
        await press(page, 'n');
        await page.getByText('Nothing follows.').waitFor();
        assert.equal(await page.locator('.nothing').count(), 0);
      }
    });
  });
});
