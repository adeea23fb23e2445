// Makes the pictures of docs/web.md: node tests/e2e/web/screens.ts, from the root, after a build.

import {mkdirSync} from 'node:fs';
import {launch, settled, watch} from './browser.ts';
import {writeCalm} from './documents.ts';
import {runAll, tokenOf, tokens, untilEntered, writeReviews, type Person} from './people.ts';
import {startStack} from './stack.ts';

const folder = new URL('../../../docs/screens/', import.meta.url).pathname;
const stack = await startStack({documents: writeCalm, isSigned: true});
const browser = await launch();

interface Check {
  verdict: {id: string; suites: {run_id: string}[]};
}
async function check(gate: string, candidate: string, fresh = false): Promise<Check> {
  return (await stack.call<{check: Check}>('GateService/CheckGate', {gate, candidate, fresh, timeout: '60s'})).check;
}

try {
  mkdirSync(folder, {recursive: true});
  for (const candidate of ['2026.11.3', '2026.11.2', '2026.11.3', '2026.11.2']) await check('support-release', `support-bot@${candidate}`, true);
  const {verdict} = await check('support-release', 'support-bot@2026.11.3');
  await check('web-agent', 'slow-bot@1');
  await stack.call('ModelService/PromoteModel', {name: 'support-bot', version: '2026.10.1', stage: 'production'});
  const {run: broken} = await stack.call<{run: {id: string}}>('RunService/StartRun', {suite: 'steady', model: 'broken-bot@1'});
  const run = verdict.suites[0]?.run_id ?? '';
  for (const theme of ['light', 'dark'] as const) {
    const {page, close} = await watch(browser, {base: stack.base, theme, width: 1280, height: 800});
    const take = async (name: string, path: string, title: RegExp, then?: () => Promise<void>) => {
      await page.goto(path);
      await settled(page, title);
      await then?.();
      await page.screenshot({path: `${folder}${name}-${theme}.png`});
    };
    await take('gates', '/gates', /^Gates$/);
    await take('gate', '/gates/support-release', /support-release/);
    await take('verdict', `/verdicts/${verdict.id}`, /support-bot/);
    await take('run', `/runs/${broken.id}`, /steady/, () => page.getByRole('table', {name: 'Errors by cause'}).waitFor());
    await take('case', `/runs/${run}/cases/3`, /^Case/, async () => {
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

// A verdict on a suite that people have judged.
async function verdictOf(on: typeof stack, token: string): Promise<string> {
  const asked = {gate: 'short-answers', candidate: 'echo-bot@1', timeout: '60s'};
  return (await on.call<{check: Check}>('GateService/CheckGate', asked, token)).check.verdict.id;
}

// The screens of reviews, of an assayd with people.
const reviewed = await startStack({documents: writeReviews, tokens});
const other = await launch();
try {
  await runAll(reviewed);
  await untilEntered(reviewed, {'many-quality': 60, 'few-doubled': 12, 'few-better': 6, 'few-grounding': 6});
  const as = <T>(person: Person, method: string, request: object): Promise<T> => reviewed.call<T>(`ReviewService/${method}`, request, tokenOf(person));
  interface Claimed {
    view: {item: {id: string}; lease: {token: string}};
  }
  const judge = async (person: Person, queue: string, item: string, scores: [number, number], tone: string): Promise<string> => {
    const {view} = await as<Claimed>(person, 'ClaimItem', {queue, item});
    const criteria = [{criterion: 'correctness', score: scores[0]}, {criterion: 'helpfulness', score: scores[1]}, {criterion: 'tone', labels: [tone]}];
    const content = {opinion: {criteria: {criteria}}, rationale: `As § 1 says, by the amount of the handbook.`, clauses: ['1'], active: '21s'};
    await as(person, 'SubmitJudgement', {item: view.item.id, token: view.lease.token, key: `${person} ${view.item.id}`, content});
    return view.item.id;
  };
  for (let at = 0; at < 12; at += 1) await judge('ann', 'many-quality', '', [4, 5], 'friendly');
  let differs = '';
  for (let at = 0; at < 8; at += 1) {
    const item = await judge('ann', 'few-doubled', '', [at % 5 + 1, 4], 'friendly');
    await judge('bob', 'few-doubled', item, [Math.min(5, at % 5 + (at === 0 ? 3 : 1)), 4], at === 0 ? 'curt' : 'friendly');
    if (at === 0) differs = item;
  }
  const {view: asked} = await as<Claimed>('bob', 'ClaimItem', {queue: 'few-safety'});
  await as('bob', 'ActOnItem', {item: asked.item.id, key: 'e', escalate: {reason: 'POLICY', note: 'May it name the handbook?', clause: '1'}});
  for (const theme of ['light', 'dark'] as const) {
    const take = async (person: Person, name: string, path: string, then?: (page: Awaited<ReturnType<typeof watch>>['page']) => Promise<void>) => {
      const {page, close} = await watch(other, {base: reviewed.base, theme, width: 1440, height: 900, token: tokenOf(person)});
      await page.goto(path);
      await page.locator('h1').waitFor();
      await page.waitForFunction(() => document.querySelector('.loading') === null);
      await then?.(page);
      await page.screenshot({path: `${folder}${name}-${theme}.png`});
      await close();
    };
    await take('ann', 'my-work', '/review');
    await take('cat', 'workspace', '/review/work?queue=many-quality', async (page) => {
      await page.locator('.question.current').waitFor();
      for (const key of ['4', '5']) await page.keyboard.press(key);
    });
    await take('cat', 'pair', '/review/work?queue=few-better', async (page) => {
      await page.locator('.question.current').waitFor();
      await page.keyboard.press('a');
    });
    await take('lea', 'adjudication', `/review/items/${differs}`, async (page) => {
      await page.getByRole('button', {name: /^(Take it|Go on)/}).click();
      await page.locator('.question.current').waitFor();
      await page.keyboard.press('i');
      await page.getByRole('region', {name: 'What was said'}).scrollIntoViewIfNeeded();
    });
    await take('lea', 'queues', '/review/queues');
    await take('lea', 'agreement', '/review/queues/few-doubled');
    await take('max', 'escalations', '/review/escalations');
    await take('ann', 'guideline', '/review/guidelines/quality');
    await take('lea', 'exports', '/review/exports', async (page) => {
      await page.getByLabel('Queue').selectOption('few-doubled');
      await page.getByRole('button', {name: 'Export', exact: true}).click();
      await page.getByText(/was saved, with its manifest/).waitFor();
      await page.waitForFunction(() => document.querySelector('.loading') === null);
    });
    await take('lea', 'lineage', `/verdicts/${await verdictOf(reviewed, tokenOf('lea'))}/lineage`, (page) =>
      page.getByRole('table', {name: /^Items of run/}).first().waitFor(),
    );
  }
} finally {
  await other.close();
  await reviewed.stop();
}
