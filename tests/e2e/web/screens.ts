// Makes the pictures of docs/web.md: node tests/e2e/web/screens.ts, from the root, after a build. To look at other widths:
// ASSAY_SCREENS=/tmp/pictures ASSAY_SCREENS_WIDTH=640.

import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Page} from 'playwright-core';
import {recorded, writeBelievable} from './believable.ts';
import {launch, settled, watch} from './browser.ts';
import {writeCalm} from './documents.ts';
import {runSuite, tokenOf, tokens, untilEntered, type Person} from './people.ts';
import {startStack, type Endpoints} from './stack.ts';

const folder = process.env['ASSAY_SCREENS'] ?? new URL('../../../docs/screens/', import.meta.url).pathname;
const size = {width: Number(process.env['ASSAY_SCREENS_WIDTH'] ?? 1440), height: 900};
const themes = ['light', 'dark'] as const;
mkdirSync(folder, {recursive: true});

interface Check {
  verdict: {id: string; suites: {run_id: string}[]; baseline_suites: {run_id: string}[]};
}

// Gates, verdicts, runs and models, of an assayd without people.
async function takeGates(): Promise<void> {
  const documents = (catalog: string, endpoints: Endpoints): void => {
    writeCalm(catalog, endpoints);
    // The answers of a candidate, behind a balancer that loses some.
    writeFileSync(join(catalog, 'canary.yaml'), `kind: Model\nname: support-canary\nversion: "1"\nendpoint: {provider: openai-chat, url: "${endpoints.broken}", model: support-bot-2026.11.2, attempts: 1, limits: {concurrency: 8}}\n`);
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
        await page.screenshot({path: `${folder}${name}-${theme}.png`});
      };
      await take('gates', '/gates', /^Gates$/);
      await take('gate', '/gates/support-release', /support-release/);
      await take('verdict', `/verdicts/${verdict.id}`, /support-bot/);
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
  const stack = await startStack({documents: writeBelievable, tokens, recorded});
  const browser = await launch();
  const as = <T>(person: Person, method: string, request: object): Promise<T> => stack.call<T>(`ReviewService/${method}`, request, tokenOf(person));
  interface Claimed {
    view: {item: {id: string; case_id: string}; lease: {token: string}};
  }
  const content = (scores: [number, number], tone: string, more: object = {}): object => ({
    opinion: {criteria: {criteria: [{criterion: 'correctness', score: scores[0]}, {criterion: 'helpfulness', score: scores[1]}, {criterion: 'tone', labels: [tone]}]}},
    rationale: scores[0] < 4 ? 'The handbook asks for both readings; the answer names one.' : '',
    clauses: scores[0] < 4 ? ['1.1'] : [],
    active: '34s',
    ...more,
  });
  const submit = async (person: Person, claimed: Claimed, of: object): Promise<string> => {
    const {item, lease} = claimed.view;
    await as(person, 'SubmitJudgement', {item: item.id, token: lease.token, key: `${person} ${item.id}`, content: of});
    return item.id;
  };
  const judge = async (person: Person, queue: string, item: string, scores: [number, number], tone = 'friendly', more: object = {}): Promise<string> =>
    submit(person, await as<Claimed>(person, 'ClaimItem', {queue, item}), content(scores, tone, more));
  try {
    for (const [suite, bot, version] of [['billing-help', 'help-bot', '4.2'], ['contract-desk', 'help-bot', '4.2'], ['billing-help', 'help-bot', '4.1'], ['billing-help', 'help-bot-mini', '1']] as const) await runSuite(stack, suite, bot, version);
    await untilEntered(stack, {'billing-answers': 36, 'billing-agreement': 36, 'billing-audited': 36, 'billing-preference': 36, 'billing-ranking': 36, 'billing-sources': 36, 'contract-tools': 4, 'billing-expected': 36, 'billing-harm': 36});
    await as('ann', 'AcknowledgeRubric', {rubric: 'support-answers', version: '1.1.0'});

    // A day of work.
    for (let at = 0; at < 18; at += 1) await judge('ann', 'billing-answers', '', [at % 6 === 5 ? 3 : 5, at % 4 === 3 ? 4 : 5], 'friendly', at === 4 ? {proposal: 'Say that the waiver of the fee is offered without being asked.', clauses: ['1.1']} : {});
    await judge('bob', 'billing-answers', '', [5, 4], 'friendly', {proposal: 'Three sentences are too few where somebody cannot pay.', clauses: ['3']});
    let differs = '';
    for (let at = 0; at < 36; at += 1) {
      const claimed = await as<Claimed>('ann', 'ClaimItem', {queue: 'billing-agreement'});
      const item = claimed.view.item.id;
      const base = at % 5 === 0 ? 2 : at % 3 === 0 ? 4 : 5;
      await submit('ann', claimed, content([base, base], base === 2 ? 'curt' : 'friendly'));
      await judge('bob', 'billing-agreement', item, [at === 1 ? 3 : base, Math.max(1, base - (at % 7 === 0 ? 1 : 0))], base === 2 && at % 2 === 0 ? 'curt' : 'friendly', at === 1 ? {rationale: 'A part of what the handbook asks for is missing, and § 1 wants all of it.', clauses: ['1']} : {});
      if (at === 1) differs = item;
    }
    const ask = async (person: Person, queue: string, reason: string, note: string, clause: string): Promise<void> => {
      const {view} = await as<Claimed>(person, 'ClaimItem', {queue});
      await as(person, 'ActOnItem', {item: view.item.id, key: 'e', escalate: {reason, note, clause}});
    };
    await ask('bob', 'billing-harm', 'POLICY', 'May it promise that nothing is turned off?', '1');
    await ask('cat', 'billing-answers', 'AMBIGUITY', 'The handbook does not say whether the waiver is offered or only on request.', '1.1');
    await ask('ann', 'billing-expected', 'DOMAIN', 'Is 20 years still the rule for roofs of 2026?', '1');

    // Audits: drawn once nobody may revise, one of which finds something.
    const audited = [];
    for (const [at, person] of (['ann', 'bob', 'cat', 'ann', 'bob', 'cat'] as const).entries()) audited.push(await judge(person, 'billing-audited', '', [5, at % 2 === 0 ? 4 : 5]));
    for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
      const {items} = await as<{items: object[]}>('lea', 'ListItems', {queue: 'billing-audited', states: ['AUDIT']});
      if (items.length === audited.length) break;
    }
    for (const [at, item] of audited.slice(0, 4).entries()) {
      const {view} = await as<Claimed>('mia', 'ClaimItem', {item});
      const own = content([at === 1 ? 2 : 5, 4], 'friendly', {rationale: 'The amount is rounded.'});
      const said = at === 1 ? {passes: false, defect: 'outdated', cause: 'MISREAD', severity: 3, action: 'Read § 1.1 together, and look at the other answers about amounts'} : {passes: true};
      await as('mia', 'SubmitJudgement', {item, token: view.lease.token, key: 'own', content: own});
      await as('mia', 'SubmitAudit', {item, token: view.lease.token, key: 'a', ...said});
    }

    // Known answers, a session, and changes that wait.
    const {items: done} = await as<{items: {id: string}[]}>('lea', 'ListItems', {queue: 'billing-audited', states: ['DONE']});
    const {items: some} = await as<{items: {id: string}[]}>('lea', 'ListItems', {queue: 'billing-harm', states: ['QUEUED'], page_size: 6});
    const propose = (change: string, subject: string, diff: string, reason: string): Promise<{change: {id: string; diff_hash: string}}> => as('ann', 'ProposeChange', {change, subject, diff, reason});
    await propose('RUBRIC_MAJOR', 'rubric support-answers 2.0.0', '+ label for tone: hasty\n- label for tone: curt', 'curt is used for two different things');
    await propose('THRESHOLD', 'gate help-bot-release', 'brief: at_least 0.8 -> 0.85', 'answers have become longer since May');
    const {change} = await propose('GATING_GOLD', 'known answers of billing-audited', 'three items about reminders', 'the fee changed in September');
    for (const person of ['bob', 'lea'] as const) await as(person, 'AnswerChange', {id: change.id, approves: true, diff_hash: change.diff_hash, comment: 'seen and checked'});
    for (const {id} of done) await as('lea', 'AddGold', {item: id, purpose: 'GOLD', why: 'as § 1.1 of the guideline says', approval: change.id, must_name: []}).catch((cause: unknown) => console.log(String(cause)));
    const {calibration} = await as<{calibration: {id: string; items: string[]}}>('lea', 'OpenCalibration', {queue: 'billing-harm', items: some.map(({id}) => id), people: ['ann', 'bob', 'cat']});
    for (const [turn, person] of (['ann', 'bob', 'cat'] as const).entries()) {
      for (const [at, item] of calibration.items.entries()) {
        const claimed = await as<Claimed>(person, 'ClaimItem', {item});
        const harmful = at === 0 ? turn !== 1 : at === 3 ? turn === 2 : false;
        await submit(person, claimed, {opinion: {safety: {harmful}, ...(harmful ? {severity: 3} : {})}, rationale: harmful ? 'It threatens who cannot pay.' : '', active: '20s'});
      }
    }
    await as('lea', 'RevealCalibration', {id: calibration.id});
    // What no item shows.
    const add = (person: Person, record: object): Promise<{record: {id: string}}> => stack.call('ReviewProgramService/AddProgramRecord', record, tokenOf(person));
    const ago = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
    for (const title of ['Sources stand beside the answer', 'Two people judge what is drawn for agreement']) await add('lea', {improvement: {title}});
    await add('pat', {stakeholder_rating: {score: 4, role: 'TRUST_SAFETY', note: 'harm is ruled on within a day'}});
    await add('lea', {dataset_due: {dataset: 'winter-bills', queue: 'billing-agreement', due_at: ago(-5), overlap: 30, agreement: 0.6}});
    await add('lea', {dataset_due: {dataset: 'contract-calls', queue: 'contract-tools', due_at: ago(-12), overlap: 20}});
    for (const [reference, title, days] of [['NORVIK-2210', 'The fee of a second reminder was wrong', 9], ['NORVIK-2231', 'Promised that nothing is turned off', 3]] as const)
      await add('lea', {production_issue: {reference, title, occurred_at: ago(days)}});
    const verdict = (await stack.call<{check: Check}>('GateService/CheckGate', {gate: 'help-bot-release', candidate: 'help-bot@4.2', timeout: '60s'}, tokenOf('lea'))).check.verdict.id;

    for (const theme of themes) {
      const take = async (person: Person, name: string, path: string, then?: (page: Page) => Promise<void>) => {
        const {page, close} = await watch(browser, {base: stack.base, theme, ...size, token: tokenOf(person)});
        await page.goto(path);
        await page.locator('h1').waitFor();
        await page.waitForFunction(() => document.querySelector('.loading') === null);
        await then?.(page);
        await page.waitForFunction(() => document.querySelector('.loading') === null);
        await page.screenshot({path: `${folder}${name}-${theme}.png`});
        await close();
      };
      const work = (name: string, queue: string, keys: string[]) =>
        take('cat', name, `/review/work?queue=${queue}`, async (page) => {
          await page.locator('.question.current').waitFor();
          // What the one before has typed is a draft of cat's.
          if ((await page.locator('[aria-checked=true]').count()) === 0) for (const key of keys) await page.keyboard.press(key);
          await page.evaluate(() => scrollTo(0, 0));
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
        await page.evaluate(() => scrollTo(0, 0));
      });
      await take('lea', 'item', `/review/items/${audited[1]}`);
      await take('lea', 'items', '/review/items?queue=billing-agreement');
      await take('lea', 'audits', '/review/audits');
      await take('pat', 'program', '/review/queues', (page) => page.getByRole('region', {name: 'Evaluation as a whole'}).evaluate((region) => region.scrollIntoView()));
      await take('lea', 'queues', '/review/queues');
      await take('lea', 'agreement', '/review/queues/billing-agreement');
      await take('lea', 'differences', '/review/queues/billing-agreement', async (page) => {
        const region = page.getByRole('region', {name: 'Where people differ'});
        await region.getByRole('button', {name: /correctness/}).click();
        await region.evaluate((element) => element.scrollIntoView());
      });
      await take('lea', 'bias', '/review/queues/billing-preference', (page) => page.getByRole('table', {name: 'What may sway people'}).scrollIntoViewIfNeeded());
      await take('max', 'escalations', '/review/escalations');
      await take('lea', 'guideline', '/review/guidelines/support-answers');
      await take('lea', 'proposals', '/review/guidelines/support-answers', (page) => page.getByRole('region', {name: 'Proposals', exact: true}).evaluate((region) => region.scrollIntoView()));
      await take('lea', 'calibration', `/review/calibration/${calibration.id}`);
      await take('lea', 'gold', '/review/gold');
      await take('lea', 'approvals', '/review/approvals', async (page) => {
        await page.getByRole('button', {name: /support-answers 2\.0\.0/}).click();
      });
      await take('lea', 'exports', '/review/exports', async (page) => {
        await page.getByLabel('Queue').selectOption('billing-agreement');
        await page.getByRole('button', {name: 'Export', exact: true}).click();
        await page.getByText(/was saved, with its manifest/).waitFor();
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
