// The page of an assayd that wants to know who is there, and that has nothing to show yet.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {after, before, describe, test} from 'node:test';
import type {Browser} from 'playwright-core';
import {chromiumPath, hasChromium, launch, settled, violations, watch} from './browser.ts';
import {startStack, type Stack} from './stack.ts';

describe('web page of an assayd that wants tokens', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  const token = 'a long and random token';
  let browser: Browser;
  let stack: Stack;

  before(async () => {
    browser = await launch();
    const hash = createHash('sha256').update(token).digest('hex');
    stack = await startStack({documents: () => undefined, tokens: `ann sha256:${hash}\n`});
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  test('asks for the token once, keeps it out of addresses, and forgets it when told', async () => {
    const watched = await watch(browser, {base: stack.base});
    const {page, requests} = watched;
    try {
      await page.goto('/runs?state=ERROR');
      await settled(page, 'Who is there?');
      assert.deepEqual(await violations(page), []);
      await page.locator('input[type=password]').fill('wrong');
      await page.keyboard.press('Enter');
      await page.getByText('This token is not known').waitFor();
      await page.locator('input[type=password]').fill(token);
      await page.keyboard.press('Enter');
      await settled(page, 'Runs');
      assert.equal(new URL(page.url()).search, '?state=ERROR');
      await page.reload();
      await settled(page, 'Runs');
      assert.ok(requests.every((url) => !decodeURIComponent(url).includes(token)));
      assert.equal(await page.evaluate(() => JSON.stringify({...localStorage}).includes('random')), false);
      const other = await watched.context.newPage();
      await other.goto('/runs/019aa000-0000-7000-8000-000000000001');
      await settled(other, 'Who is there?');
      await other.close();
      await page.getByRole('button', {name: 'Forget the token'}).click();
      await settled(page, 'Who is there?');
      watched.assertQuiet();
    } finally {
      await watched.close();
    }
  });

  test('empty screens say what to do next', async () => {
    const watched = await watch(browser, {base: stack.base});
    const {page} = watched;
    try {
      await page.goto('/');
      await page.locator('input[type=password]').fill(token);
      await page.keyboard.press('Enter');
      for (const [path, title, next] of [
        ['/gates', 'Gates', 'There is no gate yet'],
        ['/runs', 'Runs', 'Nothing has run yet'],
        ['/models', 'Models', 'No model is registered yet'],
        ['/catalog', 'Catalog', 'The catalog is empty'],
      ] as const) {
        await page.goto(path);
        await settled(page, title);
        await page.getByRole('heading', {name: next}).waitFor();
        assert.deepEqual(await violations(page), [], path);
      }
      watched.assertQuiet();
    } finally {
      await watched.close();
    }
  });
});
