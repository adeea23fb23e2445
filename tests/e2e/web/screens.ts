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
  await untilEntered(reviewed, {'many-quality': 60, 'few-doubled': 12, 'few-better': 6, 'few-suggested': 6, 'few-audited': 6, 'few-refusal': 6, 'few-grounding': 6});
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
  const untilState = async (item: string, state: string): Promise<void> => {
    for (let now = ''; now !== state; ) ({state: now} = (await as<{view: {item: {state: string}}}>('lea', 'GetItem', {id: item})).view.item);
  };
  const {view: asked} = await as<Claimed>('bob', 'ClaimItem', {queue: 'few-safety'});
  await as('bob', 'ActOnItem', {item: asked.item.id, key: 'e', escalate: {reason: 'POLICY', note: 'May it name the handbook?', clause: '1'}});
  // Pairs of which the left one wins more often than not; suggestions that are followed.
  interface Pair {
    view: {item: {id: string}; lease: {token: string}; content: {responses: {id: string}[]}};
  }
  for (const [queue, person, items] of [['few-better', 'ann', 5], ['few-suggested', 'ann', 6]] as const) {
    for (let at = 0; at < items; at += 1) {
      const {view} = await as<Pair>(person, 'ClaimItem', {queue});
      const winner = view.content.responses[at === 1 ? 1 : 0]?.id;
      const content = {opinion: {pairwise: {choice: 'WINNER', winner, strength: 2}}, rationale: 'It names the claim, as § 1 asks.', active: '12s'};
      await as(person, 'SubmitJudgement', {item: view.item.id, token: view.lease.token, key: `${queue} ${at}`, content});
    }
  }
  const done = await judge('cat', 'few-audited', '', [5, 5], 'friendly');
  await judge('cat', 'few-audited', '', [4, 4], 'friendly');
  await untilState(done, 'AUDIT');
  const {items: refused} = await as<{items: {id: string}[]}>('lea', 'ListItems', {queue: 'few-refusal', page_size: 3});
  const {calibration} = await as<{calibration: {id: string; items: string[]}}>('lea', 'OpenCalibration', {queue: 'few-refusal', items: refused.map(({id}) => id), people: ['ann', 'bob', 'cat']});
  for (const [at, person] of (['ann', 'bob', 'cat'] as const).entries()) {
    for (const [which, item] of calibration.items.entries()) {
      const {view} = await as<Claimed>(person, 'ClaimItem', {item});
      const content = {opinion: {refusal: {allowed: true, refused: at === 2 && which === 0}}, rationale: 'The request is allowed by § 1.', active: '8s'};
      await as(person, 'SubmitJudgement', {item: view.item.id, token: view.lease.token, key: `${person} ${item}`, content});
    }
  }
  await as('lea', 'RevealCalibration', {id: calibration.id});
  await as('ann', 'ProposeChange', {change: 'RUBRIC_MINOR', subject: 'rubric quality § 1.1', diff: 'Amounts are written to the cent, also where the handbook rounds them.', reason: 'three people asked'});
  await as('lea', 'OpenClarification', {rubric: 'quality', clause: '1.1', note: 'Is 2.5 an amount to the cent?'});
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
    await take('lea', 'bias', '/review/queues/few-suggested', (page) => page.getByRole('table', {name: 'What may sway people'}).scrollIntoViewIfNeeded());
    await take('max', 'audit', `/review/items/${done}`, async (page) => {
      await page.getByRole('button', {name: /^(Take it|Go on)/}).click();
      await page.locator('.question.current').waitFor();
      for (const key of ['5', '5', '1', 'Control+Enter']) await page.keyboard.press(key);
      await page.getByText('Decision').first().waitFor();
    });
    await take('lea', 'calibration', `/review/calibration/${calibration.id}`, (page) => page.getByRole('table', {name: 'Judgements by item and person'}).waitFor());
    await take('lea', 'gold', '/review/gold');
    await take('lea', 'approvals', '/review/approvals');
    await take('lea', 'items', '/review/items');
    await take('lea', 'questions', '/review/guidelines/quality', async (page) => {
      await page.getByRole('table', {name: 'Clarifications'}).locator('button[data-row]').first().click();
      await page.getByRole('table', {name: 'Clarifications'}).scrollIntoViewIfNeeded();
    });
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
