// Makes the pictures of docs/web.md: node tests/e2e/web/screens.ts, from the root, after a build. To look at other widths:
// ASSAY_SCREENS=/tmp/pictures ASSAY_SCREENS_WIDTH=640, and ASSAY_SCREENS_WHOLE=yes for pages as long as they are.

import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Page} from 'playwright-core';
import {recorded, writeBelievable} from './believable.ts';
import {launch, settled, watch} from './browser.ts';
import {writeCalm} from './documents.ts';
import {tokenOf, type Person} from './people.ts';
import {smaller} from './smallpng.ts';
import {startStack, type Endpoints} from './stack.ts';
import {rita, tokensOfDay, workADay} from './workday.ts';

const folder = process.env['ASSAY_SCREENS'] ?? new URL('../../../docs/screens/', import.meta.url).pathname;
const size = {width: Number(process.env['ASSAY_SCREENS_WIDTH'] ?? 1440), height: 900};
const fullPage = process.env['ASSAY_SCREENS_WHOLE'] === 'yes';
const themes = ['light', 'dark'] as const;
mkdirSync(folder, {recursive: true});

async function keep(page: Page, name: string): Promise<void> {
  writeFileSync(join(folder, `${name}.png`), smaller(await page.screenshot({fullPage})));
}

const showTop = (page: Page): Promise<void> => page.evaluate(() => scrollTo(0, 0));
// Without what stands above it.
const showRegion = (page: Page, name: string): Promise<void> =>
  page.getByRole('region', {name, exact: true}).evaluate((region) => scrollTo(0, region.getBoundingClientRect().top + scrollY - 16));

interface Check {
  verdict: {id: string; suites: {run_id: string}[]; baseline_suites: {run_id: string}[]};
}

// Gates, verdicts, runs and models, of an assayd without people.
async function takeGates(): Promise<void> {
  const documents = (catalog: string, endpoints: Endpoints): void => {
    writeCalm(catalog, endpoints);
    // The answers of a candidate, behind a balancer that loses some.
    writeFileSync(join(catalog, 'canary.yaml'), `kind: Model\nname: support-canary\nversion: "1"\nendpoint: {provider: openai-chat, url: "${endpoints.broken}", model: support-bot-2026.11.2, attempts: 1, limits: {concurrency: 8}}\n`);
    writeFileSync(join(catalog, 'production-watch.yaml'), 'kind: Schedule\nname: production-watch\ndescription: Whether production still is what it was\ngate: support-release\ncandidate: {model: support-bot, version: "2026.11.3"}\ncron: "0 2 * * *"\n');
  };
  const stack = await startStack({documents, isSigned: true});
  const browser = await launch();
  const check = async (gate: string, candidate: string, fresh = false): Promise<Check> =>
    (await stack.call<{check: Check}>('GateService/CheckGate', {gate, candidate, fresh, timeout: '60s'})).check;
  try {
    for (const candidate of ['2026.11.3', '2026.11.2', '2026.11.3', '2026.11.2']) await check('support-release', `support-bot@${candidate}`, true);
    const {verdict} = await check('support-release', 'support-bot@2026.11.3');
    await check('web-agent', 'slow-bot@1');
    await stack.call('ModelService/PromoteModel', {name: 'support-bot', version: '2026.10.1', stage: 'production'});
    const {run: broken} = await stack.call<{run: {id: string}}>('RunService/StartRun', {suite: 'support-assistant', model: 'support-canary@1'});
    const run = verdict.suites[0]?.run_id ?? '';
    const baseline = verdict.baseline_suites[0]?.run_id ?? '';
    for (const theme of themes) {
      const {page, close} = await watch(browser, {base: stack.base, theme, ...size});
      const take = async (name: string, path: string, title: RegExp, then?: () => Promise<void>) => {
        await page.goto(path);
        await settled(page, title);
        await then?.();
        await keep(page, `${name}-${theme}`);
      };
      await take('gates', '/gates', /^Gates$/);
      await take('gate', '/gates/support-release', /support-release/);
      await take('verdict', `/verdicts/${verdict.id}`, /support-bot/);
      await take('failures', `/verdicts/${verdict.id}`, /support-bot/, async () => {
        await page.getByRole('button', {name: 'Group all failing cases'}).click();
        await page.getByRole('table', {name: 'Failing cases by slice and label'}).waitFor();
        await showRegion(page, 'All failing cases by slice and label');
      });
      await take('run', `/runs/${broken.id}`, /support-canary/, () => page.getByRole('table', {name: 'Errors by cause'}).waitFor());
      await take('case', `/runs/${run}/cases/3?with=${baseline}`, /^Case/, async () => {
        await page.getByRole('heading', {name: 'support-bot@2026.10.1'}).waitFor();
        await page.keyboard.press('d');
        await page.locator('del').first().waitFor();
      });
      await take('models', '/models', /^Models$/);
      await take('catalog', '/catalog', /^Catalog$/);
      await take('keys', '/runs', /^Runs$/, async () => {
        await page.keyboard.press('?');
        await page.getByRole('dialog').waitFor();
      });
      await close();
    }
  } finally {
    await browser.close();
    await stack.stop();
  }
}

// The screens of reviews, of an assayd with people at work.
async function takeReviews(): Promise<void> {
  const stack = await startStack({documents: writeBelievable, tokens: tokensOfDay, recorded});
  const browser = await launch();
  try {
    const {differs, audited, calibration, verdict} = await workADay(stack);
    for (const theme of themes) {
      const take = async (person: Person, name: string, path: string, then?: (page: Page) => Promise<void>) => {
        const {page, close} = await watch(browser, {base: stack.base, theme, ...size, token: tokenOf(person)});
        await page.goto(path);
        await page.locator('h1').waitFor();
        await page.waitForFunction(() => document.querySelector('.loading') === null);
        await then?.(page);
        await page.waitForFunction(() => document.querySelector('.loading') === null);
        await keep(page, `${name}-${theme}`);
        await close();
      };
      const work = (name: string, queue: string, keys: string[]) =>
        take('cat', name, `/review/work?queue=${queue}`, async (page) => {
          await page.locator('.question.current').waitFor();
          // What the one before has typed is a draft of cat's.
          if ((await page.locator('[aria-checked=true]').count()) === 0) for (const key of keys) await page.keyboard.press(key);
          await showTop(page);
        });
      await take('ann', 'my-work', '/review', (page) => page.getByRole('table', {name: 'What waits, by lane'}).waitFor());
      await work('workspace', 'billing-answers', ['5', '4']);
      await work('pair', 'billing-preference', ['a']);
      await work('ranking', 'billing-ranking', ['1', '2']);
      await work('grounding', 'billing-sources', ['y']);
      await work('tool-use', 'contract-tools', ['1', '1']);
      await work('correction', 'billing-expected', ['1']);
      await take('cat', 'workspace-keys', '/review/work?queue=billing-answers', async (page) => {
        await page.locator('.question.current').waitFor();
        await page.keyboard.press('?');
        await page.getByRole('dialog').waitFor();
      });
      await take('lea', 'adjudication', `/review/items/${differs}`, async (page) => {
        await page.getByRole('button', {name: /^(Take it|Go on)/}).click();
        await page.locator('.question.current').waitFor();
        for (const key of ['i', 'c']) await page.keyboard.press(key);
        await page.getByRole('region', {name: 'What was said'}).waitFor();
        await showTop(page);
      });
      await take('lea', 'item', `/review/items/${audited}`);
      await take('lea', 'items', '/review/items?queue=billing-agreement');
      await take('lea', 'audits', '/review/audits');
      await take('pat', 'program', '/review/queues', (page) => showRegion(page, 'Evaluation as a whole'));
      await take('lea', 'queues', '/review/queues');
      await take('lea', 'agreement', '/review/queues/billing-agreement');
      await take('lea', 'differences', '/review/queues/billing-agreement', async (page) => {
        await page.getByRole('region', {name: 'Where people differ'}).getByRole('button', {name: /correctness/}).click();
        await showRegion(page, 'Where people differ');
      });
      await take('lea', 'bias', '/review/queues/billing-preference', (page) => showRegion(page, 'Bias'));
      await take('max', 'escalations', '/review/escalations');
      await take('lea', 'guideline', '/review/guidelines/support-answers');
      await take('lea', 'proposals', '/review/guidelines/support-answers', (page) => showRegion(page, 'Proposals'));
      await take('lea', 'calibration', `/review/calibration/${calibration}`);
      await take('lea', 'gold', '/review/gold');
      await take('lea', 'approvals', '/review/approvals', async (page) => {
        await page.getByRole('button', {name: /support-answers 2\.0\.0/}).click();
      });
      await take('lea', 'exports', '/review/exports', async (page) => {
        await page.getByLabel('Queue').selectOption('billing-agreement');
        await page.getByRole('button', {name: 'Export', exact: true}).click();
        await page.getByText(/was saved, with its manifest/).waitFor();
      });
      await take(rita, 'release', `/verdicts/${verdict}`, (page) => showRegion(page, 'Release'));
      await take('lea', 'dataset', '/catalog/suite/contract-desk', async (page) => {
        await page.getByRole('table', {name: /^Versions of the dataset/}).getByRole('button').first().click();
        await showRegion(page, 'Versions of its dataset');
      });
      await take('lea', 'lineage', `/verdicts/${verdict}/lineage`, (page) => page.getByRole('table', {name: /^Items of run/}).first().waitFor());
    }
  } finally {
    await browser.close();
    await stack.stop();
  }
}

const wanted = process.argv[2] ?? '';
if (wanted !== 'reviews') await takeGates();
if (wanted !== 'gates') await takeReviews();
