// Blockers and go or no-go on the page of a verdict: recommended by one, answered by another, and all of it in the pack.

import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import type {Browser} from 'playwright-core';
import {chromiumPath, hasChromium, launch, settled, violations, watch, type Watched} from './browser.ts';
import {startStack, type Endpoints, type Stack} from './stack.ts';

const pictures = process.env['ASSAY_PICTURES'];

const people: Record<string, string> = {lea: 'lead', rita: 'release_owner'};
const tokenOf = (person: string): string => `the long token of ${person}`;
const tokens = Object.entries(people)
  .map(([person, roles]) => `${person} sha256:${createHash('sha256').update(tokenOf(person)).digest('hex')} roles=${roles}\n`)
  .join('');

const cases = Array.from({length: 60}, (_, at) => JSON.stringify({id: `c${at}`, text: at === 17 ? '<b>4011</b> 6630' : `fine ${at}`}));

function documents(catalog: string, {echo}: Endpoints): void {
  writeFileSync(join(catalog, 'accounts.jsonl'), `${cases.join('\n')}\n`);
  writeFileSync(
    join(catalog, 'accounts.yaml'),
    `kind: Suite
name: accounts
dataset: [{file: accounts.jsonl, id: id}]
prompt: [{user: "{{text}}"}]
graders: [{name: answered, type: regex, pattern: "."}]
---
kind: Gate
name: accounts-release
suites: [accounts]
review_deadline: 2h
rules: [{name: answers, metric: answered, at_least: 0.9}]
---
kind: Model
name: accounts-bot
version: "2"
endpoint: {provider: openai-chat, url: "${echo}", model: accounts-bot, attempts: 1}
`,
  );
}

interface Check {
  state: string;
  reason: string;
  verdict?: {id: string; state: string};
}

describe('a release', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let browser: Browser;
  let stack: Stack;

  before(async () => {
    browser = await launch();
    stack = await startStack({documents, tokens, isSigned: true});
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  const check = async (timeout: string): Promise<Check> =>
    (await stack.call<{check: Check}>('GateService/CheckGate', {gate: 'accounts-release', candidate: 'accounts-bot@2', timeout}, tokenOf('lea'))).check;

  async function as(person: string, work: (watched: Watched) => Promise<void>): Promise<void> {
    const watched = await watch(browser, {base: stack.base, token: tokenOf(person), width: 1440, height: 900});
    try {
      await work(watched);
      watched.assertQuiet();
    } finally {
      await watched.close();
    }
  }

  test('is held by whoever saw harm, answered by a release role, and decided with the evidence beside it', async () => {
    const passed = (await check('60s')).verdict;
    assert.equal(passed?.state, 'PASS');

    await as('lea', async ({page}) => {
      await page.goto(`/verdicts/${passed.id}`);
      await settled(page, /accounts-bot@2/);
      await page.getByText('Nobody has decided go or no-go on this verdict.').waitFor();
      const form = page.getByRole('form', {name: 'Recommend a blocker'});
      await form.getByLabel('Case that shows it').fill('c17');
      await form.getByLabel('What is wrong').fill('tells <b>account</b> numbers');
      await page.reload();
      await form.getByLabel('Case that shows it').waitFor();
      assert.equal(await form.getByLabel('Case that shows it').inputValue(), 'c17', 'what is typed is kept');
      await form.getByRole('button', {name: 'Recommend a blocker'}).click();
      const blockers = page.getByRole('table', {name: 'Blockers of this candidate'});
      await blockers.getByText('tells <b>account</b> numbers').waitFor();
      assert.match(await blockers.innerText(), /OPEN[\s\S]*every gate[\s\S]*lea[\s\S]*a release role has to answer/i);
      assert.deepEqual(await violations(page), []);
    });

    const held = await check('0s');
    assert.equal(held.state, 'PENDING');

    await as('rita', async ({page}) => {
      await page.goto('/gates');
      await settled(page, 'Gates');
      await page.getByText('1 open blocker').waitFor();
      await page.goto(`/verdicts/${passed.id}`);
      await settled(page, /accounts-bot@2/);
      const decide = page.getByRole('form', {name: 'Go or no-go'});
      await decide.getByLabel('Reason').fill('as agreed');
      await decide.getByRole('button', {name: 'Decide'}).click();
      await page.getByText(/of its candidate is open; answer it first/).waitFor();
      await page.getByRole('table', {name: 'Blockers of this candidate'}).getByRole('button').first().click();
      const answer = page.getByRole('form', {name: 'Answer to this blocker'});
      await answer.getByLabel('Reason').fill('c17 is made up');
      if (pictures) {
        await page.getByRole('heading', {name: 'Release'}).evaluate((heading) => heading.scrollIntoView());
        for (const theme of ['light', 'dark'] as const) {
          await page.emulateMedia({colorScheme: theme});
          await page.screenshot({path: join(pictures, `release-${theme}.png`)});
        }
      }
      await answer.getByRole('button', {name: 'Decline'}).click();
      await page.getByText('rita: c17 is made up').waitFor();
    });

    const again = (await check('60s')).verdict;
    assert.equal(again?.state, 'PASS');
    assert.notEqual(again.id, passed.id);

    await as('rita', async ({page}) => {
      await page.goto(`/verdicts/${again.id}`);
      await settled(page, /accounts-bot@2/);
      await page.getByText(/declined by rita: c17 is made up/).waitFor();
      const decide = page.getByRole('form', {name: 'Go or no-go'});
      await decide.getByLabel('Reason').fill('as agreed');
      await decide.getByRole('button', {name: 'Decide'}).click();
      const decided = page.getByRole('table', {name: 'Go and no-go on this verdict'});
      await decided.getByText('as agreed').waitFor();
      assert.match(await decided.innerText(), /GO[\s\S]*as agreed[\s\S]*rita/);
      const download = page.waitForEvent('download');
      await page.getByRole('button', {name: 'Save evidence.md'}).click();
      const saved = await download;
      assert.equal(saved.suggestedFilename(), `verdict-${again.id}.evidence.md`);
      const pack = readFileSync(await saved.path(), 'utf8');
      assert.match(pack, /^# Release readiness: accounts-bot&#64;2 at gate accounts-release$/m);
      assert.match(pack, /DECLINED, blocker \S+ \(severity 1, by lea\): tells \\<b>account\\<\/b> numbers/);
      assert.match(pack, /signed; to verify/);
      assert.deepEqual(await violations(page), []);
    });
  });
});
