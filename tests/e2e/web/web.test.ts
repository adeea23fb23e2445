// The page as people use it: a real assayd, a real browser, the keyboard.

import assert from 'node:assert/strict';
import {readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import type {Browser, Page} from 'playwright-core';
import {hasChromium, chromiumPath, launch, overflowOf, settled, violations, watch, type Watched} from './browser.ts';
import {hostile, writeDocuments} from './documents.ts';
import {startStack, type Stack} from './stack.ts';

const good = 'support-bot@2026.11.2';
const worse = 'support-bot@2026.11.3';

interface Verdict {
  id: string;
  state: string;
  suites: {run_id: string}[];
  rules: {parts: {worst_cases: {ordinal: string; case_id: string; baseline?: number}[]}[]}[];
}

async function check(stack: Stack, gate: string, candidate: string, fresh = false): Promise<Verdict> {
  const {check: made} = await stack.call<{check: {verdict: Verdict}}>('GateService/CheckGate', {gate, candidate, fresh, timeout: '60s'});
  return made.verdict;
}

async function newestRun(stack: Stack, suite: string): Promise<string> {
  const {runs} = await stack.call<{runs: {id: string}[]}>('RunService/ListRuns', {suite, page_size: 1});
  assert.ok(runs[0], `no run of ${suite}`);
  return runs[0].id;
}

const focused = (page: Page): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');
const pathOf = (page: Page): string => new URL(page.url()).pathname;

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

describe('web page', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let browser: Browser;
  let stack: Stack;
  let failed: Verdict;
  let hostileRun: string;
  let brokenRun: string;

  before(async () => {
    browser = await launch();
    stack = await startStack({documents: writeDocuments, isSigned: true});
    assert.equal((await check(stack, 'support-release', worse)).state, 'FAIL');
    assert.equal((await check(stack, 'support-release', good)).state, 'PASS');
    failed = await check(stack, 'support-release', worse, true);
    await check(stack, 'hostile-release', 'hostile-bot@1');
    hostileRun = await newestRun(stack, 'hostile');
    const {run} = await stack.call<{run: {id: string}}>('RunService/StartRun', {suite: 'steady', model: 'broken-bot@1'});
    brokenRun = run.id;
  });

  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  async function on(work: (watched: Watched) => Promise<void>, theme: 'light' | 'dark' = 'light', width?: number): Promise<void> {
    const watched = await watch(browser, {base: stack.base, theme, ...(width ? {width} : {})});
    try {
      await work(watched);
      watched.assertQuiet();
    } finally {
      await watched.close();
    }
  }

  // Every screen by its address, with what its title says.
  const screens = (): [name: string, path: string, title: RegExp][] => [
    ['gates', '/', /^Gates$/],
    ['gate', '/gates/support-release', /^support-release$/],
    ['gate without verdicts', '/gates/web-agent', /^web-agent$/],
    ['verdict', `/verdicts/${failed.id}`, /2026\.11\.3/],
    ['runs', '/runs', /^Runs$/],
    ['run', `/runs/${failed.suites[0]?.run_id}`, /support-assistant by/],
    ['run with errors', `/runs/${brokenRun}`, /steady by broken-bot/],
    ['case', `/runs/${failed.suites[0]?.run_id}/cases/3`, /^Case billing-004$/],
    ['models', '/models', /^Models$/],
    ['model', '/models/support-bot/2026.11.2', /support-bot@2026\.11\.2/],
    ['catalog', '/catalog', /^Catalog$/],
    ['document', '/catalog/suite/support-assistant', /^support-assistant$/],
    ['rubric', '/catalog/rubric/support-answers', /^support-answers$/],
    ['unknown address', '/no/such/place', /^Nothing here$/],
    ['verdict that is not there', '/verdicts/019aa000-0000-7000-8000-000000000001', /^Verdict$/],
  ];

  for (const theme of ['light', 'dark'] as const) {
    test(`no screen has a serious axe violation in ${theme}`, async () => {
      await on(async ({page}) => {
        for (const [name, path, title] of screens()) {
          await page.goto(path);
          await settled(page, title);
          assert.deepEqual(await violations(page), [], `${name} in ${theme}`);
        }
        await page.keyboard.press('?');
        await page.getByRole('dialog').waitFor();
        assert.deepEqual(await violations(page), [], `key map in ${theme}`);
      }, theme);
    });
  }

  test('at 200 % zoom and on a narrow screen nothing needs scrolling sideways', async () => {
    // 1280 pixels at 200 % are 640 of CSS.
    await on(async ({page}) => {
      for (const [name, path, title] of screens()) {
        await page.goto(path);
        await settled(page, title);
        for (const width of [640, 400]) {
          await page.setViewportSize({width, height: 850});
          const overflow = await overflowOf(page);
          assert.ok(overflow <= 0, `${name} is ${overflow} pixels too wide for ${width}`);
        }
      }
    });
  });

  test('the keyboard leads from the gates to both answers of a case', async () => {
    await on(async ({page}) => {
      await page.goto('/');
      await settled(page, 'Gates');
      await press(page, 'j', 'j');
      assert.equal(await focused(page), 'support-release');
      await press(page, 'k');
      assert.equal(await focused(page), 'hostile-release');
      await press(page, 'j', 'Enter');
      await settled(page, 'support-release');
      await press(page, 'j', 'Enter');
      await settled(page, worse);
      assert.equal(pathOf(page), `/verdicts/${failed.id}`);
      const regressions = page.getByRole('region', {name: 'Where the baseline does better'});
      await regressions.getByRole('button').first().focus();
      await press(page, 'x');
      await page.getByRole('region', {name: 'Baseline: answer'}).waitFor();
      assert.ok((await page.locator('ins').count()) > 0 && (await page.locator('del').count()) > 0);
      await regressions.getByRole('link', {name: 'Open the case'}).first().focus();
      await press(page, 'Enter');
      await settled(page, /^Case billing-/);
      assert.equal(await page.locator('del').count(), 0);
      await press(page, 'd');
      await page.locator('del').first().waitFor();
      await press(page, 'g', 'u');
      await settled(page, /support-assistant by/);
      await press(page, 'g', 'u');
      await settled(page, 'Runs');
    });
  });

  test('differences that are asked for before both answers are read are shown once they are', async () => {
    await on(async ({page}) => {
      await page.goto(`/verdicts/${failed.id}`);
      await settled(page, worse);
      const address = await page.getByRole('link', {name: 'Open the case'}).first().getAttribute('href');
      let goOn = (): void => undefined;
      const held = new Promise<void>((resolve) => (goOn = resolve));
      await page.route('**/assay.v1.RunService/ListRuns', async (route) => {
        await held;
        await route.continue();
      });
      await page.goto(address ?? '');
      await page.getByRole('heading', {name: /^Case billing-/}).waitFor();
      await press(page, 'd');
      await page.getByText('Reading the other answer').waitFor();
      assert.equal(await page.locator('del').count(), 0);
      goOn();
      await page.locator('del').first().waitFor();
    });
  });

  test('two keys go to each place, and focus begins at its title', async () => {
    await on(async ({page}) => {
      await page.goto('/');
      await settled(page, 'Gates');
      for (const [key, title] of [['r', 'Runs'], ['w', 'My work'], ['m', 'Models'], ['c', 'Catalog'], ['g', 'Gates']] as const) {
        await press(page, 'g', key);
        await settled(page, title);
        assert.equal(await focused(page), title);
      }
    });
  });

  test('the key map opens, closes with Escape, and can switch the keys off for good', async () => {
    await on(async ({page}) => {
      await page.goto('/runs');
      await settled(page, 'Runs');
      await press(page, '?');
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Next row').waitFor();
      await press(page, 'Escape');
      await dialog.waitFor({state: 'hidden'});
      await press(page, '?');
      await page.getByRole('checkbox').focus();
      await press(page, 'Space', 'Escape');
      await page.reload();
      await settled(page, 'Runs');
      await press(page, 'g', 'm', 'j');
      assert.equal(pathOf(page), '/runs');
      assert.equal(await page.evaluate(() => document.activeElement?.hasAttribute('data-row')), false);
    });
  });

  test('letters typed into a filter are text', async () => {
    await on(async ({page}) => {
      await page.goto('/catalog');
      await settled(page, 'Catalog');
      await press(page, '/');
      await page.keyboard.type('gj?t');
      assert.equal(await page.getByLabel('Name').inputValue(), 'gj?t');
      await page.getByText('No document fits the filter').waitFor();
      assert.equal(new URL(page.url()).searchParams.get('name'), 'gj?t');
    });
  });

  test('a filter of cases stays in the address, and pages go on and back by key', async () => {
    await on(async ({page}) => {
      const run = failed.suites[0]?.run_id ?? '';
      await page.goto(`/runs/${run}?failed=answer`);
      await settled(page, /support-assistant by/);
      const rows = page.getByRole('table', {name: 'Trials of this run'}).getByRole('row');
      await rows.nth(1).waitFor();
      assert.equal(await rows.count(), 25, '24 that fail, and the head');
      await page.goto(`/runs/${run}`);
      await page.getByRole('link', {name: 'billing-001'}).waitFor();
      await press(page, 'n');
      await page.getByRole('link', {name: 'billing-026'}).waitFor();
      await press(page, 'p');
      await page.getByRole('link', {name: 'billing-001'}).waitFor();
      await page.getByLabel('Case', {exact: true}).fill('billing-077');
      await page.getByRole('link', {name: 'billing-001'}).waitFor({state: 'detached'});
      await page.reload();
      await page.getByRole('link', {name: 'billing-077'}).waitFor();
      assert.equal(await rows.count(), 2);
    });
  });

  test('deep links and reload show the same screen', async () => {
    await on(async ({page}) => {
      for (const [, path, title] of screens()) {
        await page.goto(path);
        await settled(page, title);
        const address = page.url();
        await page.reload();
        await settled(page, title);
        assert.equal(page.url(), address);
      }
      await page.goBack();
    });
  });

  test('a verdict shows its rules, its chain and its signature, and comes out the same again', async () => {
    await on(async ({page}) => {
      await page.goto(`/verdicts/${failed.id}`);
      await settled(page, worse);
      const rules = page.getByRole('table', {name: 'Rules of this verdict'});
      await rules.getByRole('button', {name: 'accuracy-everywhere'}).click();
      await page.getByRole('table', {name: 'Parts of accuracy-everywhere'}).getByText('journey = ').first().waitFor();
      assert.match((await rules.getByRole('img').first().getAttribute('aria-label')) ?? '', /^0\.800, from 0\.\d+ to 0\.\d+, threshold 0\.900$/);
      const download = page.waitForEvent('download');
      await page.getByRole('button', {name: 'Save dsse.json'}).click();
      assert.equal((await download).suggestedFilename(), `verdict-${failed.id}.dsse.json`);
      await page.getByRole('button', {name: 'Compute it again'}).click();
      await page.getByText('It comes out the same, byte for byte').waitFor();
      await page.getByRole('link', {name: 'the one before'}).click();
      await settled(page, good);
    });
  });

  test('errors of a run stand by their cause', async () => {
    await on(async ({page}) => {
      await page.goto(`/runs/${brokenRun}`);
      const causes = page.getByRole('table', {name: 'Errors by cause'});
      await causes.getByText(/answered 500/).waitFor();
      assert.equal(await causes.getByRole('row').count(), 2);
    });
  });

  test('a run is followed while it goes on, paused and resumed', async () => {
    const {run} = await stack.call<{run: {id: string}}>('RunService/StartRun', {suite: 'steady', model: 'slow-bot@1'});
    await on(async ({page, requests}) => {
      await page.goto(`/runs/${run.id}`);
      await settled(page, /steady by slow-bot/);
      const state = (word: string) => page.locator('.title .badge', {hasText: word});
      await state('RUNNING').waitFor();
      await page.waitForFunction(() => Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')) > 8);
      await page.getByRole('button', {name: 'Pause'}).click();
      await state('PAUSED').waitFor();
      await page.getByRole('button', {name: 'Go on'}).click();
      await state('COMPLETE').waitFor({timeout: 30_000});
      assert.ok(requests.some((url) => url.endsWith('/assay.v1.RunService/WatchRun')));
      await page.getByText('120 scored').waitFor();
    });
  });

  test('a gate is checked from its page, by key', async () => {
    await on(async ({page}) => {
      await page.goto('/gates/web-agent');
      await settled(page, 'web-agent');
      await page.getByText('No candidate was checked yet').waitFor();
      await page.getByRole('combobox', {name: 'Check a candidate'}).selectOption('slow-bot@1');
      await page.getByRole('button', {name: 'Check', exact: true}).focus();
      await press(page, 'Enter');
      await page.waitForURL(/\/verdicts\//, {timeout: 30_000});
      await settled(page, 'slow-bot@1');
      await page.getByText('PASS').first().waitFor();
    });
  });

  test('a stage is given and seen', async () => {
    await on(async ({page}) => {
      await page.goto('/models/support-bot/2026.11.2');
      await settled(page, good);
      await page.getByRole('textbox', {name: 'Give this version a stage'}).fill('production');
      await press(page, 'Enter');
      await page.getByText('production', {exact: true}).waitFor();
      await page.goto('/models');
      await page.getByRole('row', {name: /2026\.11\.2/}).getByText('production').waitFor();
    });
  });

  test('every kind of document opens from the catalog', async () => {
    await on(async ({page}) => {
      for (const [kind, text] of [['rubric', 'How first-line answers are judged'], ['queue', 'rubric: support-answers'], ['schedule', 'cron: "0 2 * * 1-5"'], ['gate', 'kind: Gate']]) {
        await page.goto(`/catalog?kind=${kind}`);
        await settled(page, /^Catalog$/);
        await page.locator('a[data-row]').first().click();
        await page.getByText(text ?? '').first().waitFor();
      }
    });
  });

  test('schedules stand below the gates, with what is due next and what came of it last', async () => {
    await on(async ({page}) => {
      await page.goto('/gates');
      const schedules = page.getByRole('region', {name: 'Schedules'});
      const nightly = schedules.getByRole('row', {name: /support-nightly/});
      await nightly.getByText('paused').waitFor();
      for (const text of ['support-release', 'support-bot, newest', '0 2 * * 1-5', 'none yet']) await nightly.getByText(text).first().waitFor();
      await nightly.getByRole('link', {name: 'support-nightly'}).click();
      await settled(page, 'support-nightly');
    });
  });

  test('a schedule shows its last check and what has none, and where there is no schedule that is said', async () => {
    const day = 86_400_000;
    const at = (days: number): string => new Date(Date.now() + days * day).toISOString();
    const last = {lastCheckId: '019aa000-0000-7000-8000-000000000002', lastState: 'PASS', lastVerdictId: failed.id, lastDueAt: at(-1), lastStartedAt: at(-1), lastEndedAt: at(-1)};
    const shown = [
      {name: 'nightly', gate: 'web-agent', candidate: {model: 'slow-bot', stage: 'production'}, timing: 'every 1d', nextDueAt: at(0.5), missed: '3', skipped: '1', ...last},
      {name: 'weekly', gate: 'web-agent', candidate: {model: 'gone-bot', version: '1'}, timing: 'every 7d', nextDueAt: at(5.5), failed: '2', lastError: 'there is no model "gone-bot"', lastErrorAt: at(-2)},
    ];
    let schedules: object[] = shown;
    await on(async ({page}) => {
      await page.route('**/assay.v1.ScheduleService/ListSchedules', (route) => route.fulfill({contentType: 'application/json', body: JSON.stringify({schedules})}));
      await page.goto('/gates');
      const section = page.getByRole('region', {name: 'Schedules'});
      const nightly = section.getByRole('row', {name: /nightly/});
      for (const text of ['in 11 h', '3 missed, 1 skipped', 'slow-bot, production']) await nightly.getByText(text).waitFor();
      assert.equal(await nightly.getByRole('link', {name: /PASS/}).getAttribute('href'), `/verdicts/${failed.id}`);
      const weekly = section.getByRole('row', {name: /weekly/});
      for (const text of ['in 5 days', '2 failed', 'there is no model "gone-bot"', 'not checked']) await weekly.getByText(text).waitFor();
      assert.deepEqual(await violations(page), []);
      assert.equal(await overflowOf(page), 0);
      schedules = [];
      await page.reload();
      await section.getByText('None: gates are checked when somebody asks.').waitFor();
      assert.deepEqual(await violations(page), []);
    });
  });

  test('a broken document is named with its place, and mended it is gone', async () => {
    await on(async ({page}) => {
      writeFileSync(join(stack.catalog, 'broken.yaml'), 'kind: Gate\nname: <img src=x>\nsuites: [steady]\nrule: []\n');
      await page.goto('/catalog');
      await settled(page, 'Catalog');
      await page.getByRole('button', {name: 'Read the folder again'}).click();
      await page.getByRole('table', {name: 'Errors in the catalog folder'}).getByText(/broken\.yaml:\d+:\d+$/).first().waitFor();
      assert.deepEqual(await violations(page), []);
      writeFileSync(join(stack.catalog, 'broken.yaml'), '');
      await page.getByRole('button', {name: 'Read the folder again'}).click();
      await page.getByRole('table', {name: 'Errors in the catalog folder'}).waitFor({state: 'detached'});
    });
  });

  test('what a model wrote never runs, loads or leads away', async () => {
    await on(async ({page}) => {
      for (const [at, id] of Object.keys(hostile).entries()) {
        await page.goto(`/runs/${hostileRun}/cases/${at}`);
        await settled(page, `Case ${id}`);
        const answer = page.getByRole('region', {name: 'hostile-bot@1: answer'});
        await answer.waitFor();
        assert.equal(await page.locator('main script, main iframe, main img, main svg, main style, main base, main form[action]').count(), 0, id);
        const foreign = await page.evaluate(() => [...document.links].map((link) => link.href).filter((href) => !href.startsWith(`${location.origin}/`)));
        assert.deepEqual(foreign, [], id);
        if (id !== 'long' && !['bidi', 'invisible', 'terminal'].includes(id)) {
          assert.equal(await answer.textContent(), hostile[id], id);
        }
      }
      await page.goto(`/runs/${hostileRun}`);
      await settled(page, /hostile by/);
      await page.goto('/gates/hostile-release');
      await settled(page, 'hostile-release');
      await page.getByText('<b onmouseover=alert(1)>Says</b> what harms a page').waitFor();
    });
  });

  test('what would not be seen is shown', async () => {
    await on(async ({page}) => {
      const ids = Object.keys(hostile);
      for (const [id, code] of [['bidi', 'U+202E'], ['invisible', 'U+200B'], ['terminal', 'U+001B']] as const) {
        await page.goto(`/runs/${hostileRun}/cases/${ids.indexOf(id)}`);
        await settled(page, `Case ${id}`);
        await page.getByRole('region', {name: 'hostile-bot@1: answer'}).getByText(code).first().waitFor();
      }
    });
  });

  test('an answer of 200 kB is there at once and scrolls without long pauses', async () => {
    await on(async ({page}) => {
      const began = Date.now();
      await page.goto(`/runs/${hostileRun}/cases/${Object.keys(hostile).indexOf('long')}`);
      await settled(page, 'Case long');
      const answer = page.getByRole('region', {name: 'hostile-bot@1: answer'});
      await answer.waitFor();
      assert.ok(Date.now() - began < 5000, `${Date.now() - began} ms`);
      assert.equal((await answer.textContent())?.replaceAll('\n', ''), hostile['long']?.replaceAll('\n', ''));
      const longest = await answer.evaluate(async (element) => {
        const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
        let worst = 0;
        let last = await frame();
        for (let at = 0; at < 60; at += 1) {
          element.scrollTop += 400;
          const now = await frame();
          worst = Math.max(worst, now - last);
          last = now;
        }
        return worst;
      });
      // A frame on a machine that computes its pictures and does other things besides.
      assert.ok(longest < 250, `a frame took ${longest} ms`);
    });
  });

  test('a daemon that goes away is said so, and the page goes on when it is back', async () => {
    await on(async ({page}) => {
      await page.goto('/runs');
      await settled(page, 'Runs');
      await page.route('**/assay.v1.*/**', (route) => route.abort('connectionrefused'));
      await press(page, '.');
      await page.getByRole('alert').getByText('no answer from assayd').waitFor();
      assert.ok((await page.getByRole('row').count()) > 1, 'what was read stays');
      await page.unroute('**/assay.v1.*/**');
      await page.getByRole('button', {name: 'Try again'}).click();
      await page.getByRole('alert').waitFor({state: 'detached'});
    });
  });

  test('the pictures of the docs are there and small, in both themes, and each is shown or linked', () => {
    const docs = new URL('../../../docs/', import.meta.url);
    const names = readdirSync(new URL('screens/', docs));
    const linked = new Set([...readFileSync(new URL('web.md', docs), 'utf8').matchAll(/\(screens\/([a-z-]+)-(?:light|dark)\.png\)/g)].map(([, name]) => name));
    assert.deepEqual([...linked].flatMap((name) => [`${name}-dark.png`, `${name}-light.png`]).sort(), names.sort());
    for (const name of names) assert.ok(statSync(new URL(`screens/${name}`, docs)).size <= 120_000, name); // of 1440 by 900
  });

  test('the theme is chosen by key, seen at once, and stays', async () => {
    await on(async ({page}) => {
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      await page.goto('/runs');
      await settled(page, 'Runs');
      const light = await ground();
      await press(page, 't', 't');
      assert.notEqual(await ground(), light);
      await page.reload();
      assert.notEqual(await ground(), light);
    });
  });
});
