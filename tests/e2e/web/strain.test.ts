// What a page meets on a bad day: odd names, texts made to hang it, verdicts with hundreds of parts, a daemon that is slow or away.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import type {Browser} from 'playwright-core';
import {chromiumPath, hasChromium, launch, overflowOf, settled, violations, watch, type Watched} from './browser.ts';
import {heavy, oddIds, writeStrain} from './strain.ts';
import {startStack, type Stack} from './stack.ts';

interface Verdict {
  id: string;
  state: string;
  suites: {run_id: string}[];
}

describe('web page under strain', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let browser: Browser;
  let stack: Stack;
  let wide: Verdict;
  let early: Verdict;
  let heavyRun: string;
  let oddRun: string;

  const check = async (gate: string, candidate: string): Promise<Verdict> =>
    (await stack.call<{check: {verdict: Verdict}}>('GateService/CheckGate', {gate, candidate, timeout: '90s'})).check.verdict;
  const runOf = async (suite: string): Promise<string> => {
    const {run} = await stack.call<{run: {id: string}}>('RunService/StartRun', {suite, model: 'echo-bot@1'});
    for (;;) {
      const {run: now} = await stack.call<{run: {state: string}}>('RunService/GetRun', {id: run.id});
      if (!['PENDING', 'RUNNING'].includes(now.state)) return run.id;
    }
  };

  before(async () => {
    browser = await launch();
    stack = await startStack({documents: writeStrain, answers: {'ten-megabytes': heavy['ten-megabytes'] ?? ''}});
    wide = await check('wide-release', 'mute-bot@1');
    early = await check('early-release', 'slow-bot@1');
    heavyRun = await runOf('heavy');
    oddRun = await runOf('odd');
  });

  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  async function on(work: (watched: Watched) => Promise<void>, theme: 'light' | 'dark' = 'light'): Promise<void> {
    const watched = await watch(browser, {base: stack.base, theme});
    try {
      await work(watched);
      watched.assertQuiet();
    } finally {
      await watched.close();
    }
  }

  test('cases, slices and fields may have any name', async () => {
    await on(async ({page}) => {
      for (const [at, id] of oddIds.entries()) {
        await page.goto(`/runs/${oddRun}/cases/${at}`);
        await page.getByRole('heading', {name: 'Scores'}).waitFor();
        const title = await page.locator('h1').evaluate((heading) => [...heading.querySelectorAll('.hidden-character')].reduce((text, each) => text.replace(each.textContent ?? '', ''), heading.textContent ?? ''));
        assert.equal(title, `Case ${id.replace(/[\u200b\u202e]/g, '')}`);
        assert.equal(await page.locator('main img[src], main script').count(), 0, id);
      }
      await page.goto(`/runs/${oddRun}?case=__proto__`);
      await page.getByRole('link', {name: '__proto__'}).waitFor();
    });
  });

  test('an address that nobody wrote says so and leads back', async () => {
    await on(async ({page}) => {
      for (const path of ['/gates/%E0%A4%A', '/gates/%00', '/runs/%2e%2e%2f', '/verdicts/__proto__', '/runs/x/cases/1e9', '/catalog/__proto__/constructor', '/models/%ff/%fe', `/runs/${'9'.repeat(3000)}`, '/gates/a%2Fb?__proto__=1']) {
        await page.goto(path);
        await page.locator('h1').waitFor();
        await page.waitForFunction(() => document.querySelector('.loading') === null);
        assert.ok(await page.locator('main a[href], .side a[href]').count() > 0, path);
        assert.ok(((await page.locator('main').textContent()) ?? '').length > 20, `${path} shows nothing`);
      }
    });
  });

  for (const [id, most] of [['zero-width', 3000], ['alternating', 3000], ['one-line', 3000], ['ten-megabytes', 8000], ['stacked', 3000]] as const) {
    test(`an answer made to hang the page does not: ${id}`, async () => {
      await on(async ({page}) => {
        const began = Date.now();
        await page.goto(`/runs/${heavyRun}/cases/${Object.keys(heavy).indexOf(id)}`);
        await settled(page, `Case ${id}`);
        await page.getByRole('region', {name: 'echo-bot@1: answer'}).waitFor();
        const frame = await page.evaluate(() => new Promise<number>((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
        assert.ok(frame > 0);
        assert.ok(Date.now() - began < most, `${Date.now() - began} ms`);
        assert.ok((await page.evaluate(() => document.querySelectorAll('*').length)) < 15_000, 'elements');
        const overflow = await overflowOf(page);
        assert.ok(overflow <= 0, `${overflow} pixels too wide`);
      });
    });
  }

  test('fifty rules on fifty slices: the ones that fail come first, and the page stays quick', async () => {
    await on(async ({page}) => {
      for (const path of [`/verdicts/${wide.id}`, '/gates', '/gates/wide-release']) {
        const began = Date.now();
        await page.goto(path);
        await page.locator('h1').waitFor();
        await page.locator('table').first().waitFor();
        await page.waitForFunction(() => document.querySelector('.loading') === null);
        assert.ok(Date.now() - began < 4000, `${path}: ${Date.now() - began} ms`);
        assert.ok((await page.evaluate(() => document.querySelectorAll('*').length)) < 12_000, `${path}: elements`);
        assert.deepEqual(await violations(page), [], path);
      }
    });
  });

  test('hundreds of regressions come in pages', async () => {
    await on(async ({page}) => {
      await page.goto(`/verdicts/${wide.id}`);
      const table = page.getByRole('table', {name: 'Cases where the baseline does better'});
      await table.waitFor();
      assert.ok((await table.getByRole('row').count()) <= 26);
      await page.getByText("1 to 25 of 500").waitFor();
      await page.getByRole('button', {name: 'List every case'}).press('Enter');
      // The gate is decided again, once for all of its rules.
      await page.getByText('500 cases; open a row for both answers.').waitFor({timeout: 60_000});
      assert.equal(await page.getByRole('button', {name: 'List every case'}).count(), 0);
    });
  });

  for (const theme of ['light', 'dark'] as const) {
    test(`a verdict says at which look it was decided, what that saved, and how the baseline did, in ${theme}`, async () => {
      await on(async ({page}) => {
        await page.goto(`/verdicts/${early.id}`);
        await settled(page, 'slow-bot@1');
        const looks = page.getByRole('region', {name: 'When it was decided'});
        assert.deepEqual(await looks.getByRole('listitem').allTextContents(), ['○ 32went on', '○ 63went on', '● 125decided', '· 250not needed', '· 500not needed']);
        await looks.getByText('125 of 500 planned cases').waitFor();
        assert.match((await looks.textContent()) ?? '', /Not asked for\d+ trials of 1,000 \(\d/);
        const controls = page.getByRole('table', {name: 'The baseline now and in its first runs'});
        assert.match((await controls.getByRole('row').nth(1).textContent()) ?? '', /^sayswide1\.0001\.000✓ no/);
        assert.deepEqual(await violations(page), []);
        if (process.env['ASSAY_PICTURES']) await page.screenshot({path: `${process.env['ASSAY_PICTURES']}/look-${theme}.png`, fullPage: true});
      }, theme);
    });
  }

  test('a slow daemon shows that it is waited for, and another screen does not wait for it', async () => {
    await on(async ({page}) => {
      let goOn = (): void => undefined;
      const held = new Promise<void>((resolve) => (goOn = resolve));
      await page.route('**/assay.v1.RunService/ListRuns', async (route) => {
        await held;
        await route.continue().catch(() => undefined);
      });
      await page.goto('/runs');
      await page.locator('.loading[role=status]', {hasText: 'Reading the runs'}).waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('m');
      await settled(page, 'Models');
      goOn();
    });
  });

  test('a daemon that is restarted under an open page is found again', async () => {
    const {run} = await stack.call<{run: {id: string}}>('RunService/StartRun', {suite: 'steady', model: 'slow-bot@1'});
    await on(async ({page}) => {
      await page.goto(`/runs/${run.id}`);
      await page.locator('.title .badge', {hasText: 'RUNNING'}).waitFor();
      await stack.restart();
      await page.locator('.title .badge', {hasText: 'COMPLETE'}).waitFor({timeout: 60_000});
      assert.equal(await page.getByRole('alert').count(), 0);
    });
  });

  test('Tab leaves every text and list again', async () => {
    await on(async ({page}) => {
      for (const path of [`/verdicts/${wide.id}`, `/runs/${heavyRun}/cases/0`, '/catalog']) {
        await page.goto(path);
        await page.locator('h1').waitFor();
        await page.waitForFunction(() => document.querySelector('.loading') === null);
        let last = '';
        let same = 0;
        for (let at = 0; at < 60; at += 1) {
          await page.keyboard.press('Tab');
          const now = await page.evaluate(() => {
            const all = [...document.querySelectorAll('*')];
            return String(document.activeElement ? all.indexOf(document.activeElement) : -1);
          });
          same = now === last ? same + 1 : 0;
          last = now;
          assert.ok(same < 2, `${path}: Tab stays in one place`);
        }
      }
    });
  });
});

describe('two tabs and a token that is replaced', {skip: !hasChromium}, () => {
  const tokens = ['the first long token', 'the second long token'];
  const line = (token: string) => `ann sha256:${createHash('sha256').update(token).digest('hex')}\n`;
  let browser: Browser;
  let stack: Stack;

  before(async () => {
    browser = await launch();
    stack = await startStack({documents: () => undefined, tokens: line(tokens[0] ?? '')});
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  test('each is asked again, and goes on where it was', async () => {
    const watched = await watch(browser, {base: stack.base});
    try {
      const second = await watched.context.newPage();
      const pages = [watched.page, second];
      for (const page of pages) {
        await page.goto('/runs?state=ERROR');
        await page.locator('input[type=password]').fill(tokens[0] ?? '');
        await page.keyboard.press('Enter');
        await settled(page, 'Runs');
      }
      writeFileSync(join(stack.folder, 'tokens'), line(tokens[1] ?? ''));
      await stack.restart();
      for (const page of pages) {
        await page.keyboard.press('.');
        await settled(page, 'Who is there?');
        await page.getByText('This token is not known').waitFor();
        await page.locator('input[type=password]').fill(tokens[1] ?? '');
        await page.keyboard.press('Enter');
        await settled(page, 'Runs');
        assert.equal(new URL(page.url()).search, '?state=ERROR');
        await page.getByRole('heading', {name: /No run fits|Nothing has run/}).waitFor();
      }
      watched.assertQuiet();
    } finally {
      await watched.close();
    }
  });
});
