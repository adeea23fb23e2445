// A day of work at the help desk of believable.ts, done over the API: what the pictures show was judged, ruled on,
// audited and agreed on by people.

import {createHash} from 'node:crypto';
import {changeOrders} from './believable.ts';
import {runSuite, tokenOf, tokens, untilEntered, type Person} from './people.ts';
import type {Stack} from './stack.ts';

export const rita = 'rita' as Person; // a release role, whom tests of reviews do not know
export const tokensOfDay = `${tokens}rita sha256:${createHash('sha256').update(tokenOf(rita)).digest('hex')} roles=release_owner languages=en\n`;

export interface Day {
  differs: string; // an item on which two differ
  audited: string; // one whose audit found something
  calibration: string;
  verdict: string;
}

interface Claimed {
  view: {item: {id: string; case_id: string}; lease: {token: string}; content: {responses: {id: string; text: string}[]}};
}
interface Change {
  change: {id: string; diff_hash: string};
}

class Desk {
  readonly stack: Stack;
  constructor(stack: Stack) {
    this.stack = stack;
  }

  as<T>(person: Person, method: string, request: object): Promise<T> {
    return this.stack.call<T>(`ReviewService/${method}`, request, tokenOf(person));
  }
  claim(person: Person, of: {queue?: string; item?: string}): Promise<Claimed> {
    return this.as<Claimed>(person, 'ClaimItem', of);
  }
  async submit(person: Person, {view: {item, lease}}: Claimed, content: object): Promise<string> {
    await this.as(person, 'SubmitJudgement', {item: item.id, token: lease.token, key: `${person} ${item.id}`, content});
    return item.id;
  }
  async judge(person: Person, queue: string, item: string, scores: [number, number], tone = 'friendly', more: object = {}): Promise<string> {
    return this.submit(person, await this.claim(person, {queue, item}), scored(scores, tone, more));
  }
  propose(change: string, subject: string, diff: string, reason: string): Promise<Change> {
    return this.as<Change>('ann', 'ProposeChange', {change, subject, diff, reason});
  }
}

function scored(scores: [number, number], tone: string, more: object = {}): object {
  return {
    opinion: {criteria: {criteria: [{criterion: 'correctness', score: scores[0]}, {criterion: 'helpfulness', score: scores[1]}, {criterion: 'tone', labels: [tone]}]}},
    rationale: scores[0] < 4 ? 'The handbook asks for both readings; the answer names one.' : '',
    clauses: scores[0] < 4 ? ['1.1'] : [],
    active: '34s',
    ...more,
  };
}

async function runAllSuites(stack: Stack): Promise<void> {
  for (const [suite, bot, version] of [['billing-help', 'help-bot', '4.2'], ['contract-desk', 'help-bot', '4.2'], ['billing-help', 'help-bot', '4.1'], ['billing-help', 'help-bot-mini', '1']] as const) await runSuite(stack, suite, bot, version);
  await untilEntered(stack, {'billing-answers': 36, 'billing-agreement': 36, 'billing-audited': 36, 'billing-preference': 36, 'billing-ranking': 36, 'billing-sources': 36, 'contract-tools': 4, 'billing-expected': 36, 'billing-harm': 36});
}

async function judgeAnswers(desk: Desk): Promise<void> {
  await desk.as('ann', 'AcknowledgeRubric', {rubric: 'support-answers', version: '1.1.0'});
  for (let at = 0; at < 18; at += 1) await desk.judge('ann', 'billing-answers', '', [at % 6 === 5 ? 3 : 5, at % 4 === 3 ? 4 : 5], 'friendly', at === 4 ? {proposal: 'Say that the waiver of the fee is offered without being asked.', clauses: ['1.1']} : {});
  await desk.judge('bob', 'billing-answers', '', [5, 4], 'friendly', {proposal: 'Three sentences are too few where somebody cannot pay.', clauses: ['3']});
}

// Each by two people. The item on which they differ most plainly.
async function judgeTwice(desk: Desk): Promise<string> {
  let differs = '';
  for (let at = 0; at < 36; at += 1) {
    const claimed = await desk.claim('ann', {queue: 'billing-agreement'});
    const item = claimed.view.item.id;
    const base = at % 5 === 0 ? 2 : at % 3 === 0 ? 4 : 5;
    await desk.submit('ann', claimed, scored([base, base], base === 2 ? 'curt' : 'friendly'));
    await desk.judge('bob', 'billing-agreement', item, [at === 1 ? 3 : base, Math.max(1, base - (at % 7 === 0 ? 1 : 0))], base === 2 && at % 2 === 0 ? 'curt' : 'friendly', at === 1 ? {rationale: 'A part of what the handbook asks for is missing, and § 1 wants all of it.', clauses: ['1']} : {});
    if (at === 1) differs = item;
  }
  return differs;
}

// The longer answer is preferred mostly, wherever it stands.
async function judgePairs(desk: Desk): Promise<void> {
  for (let at = 0; at < 30; at += 1) {
    const claimed = await desk.claim(at % 2 === 0 ? 'ann' : 'bob', {queue: 'billing-preference'});
    const byLength = [...claimed.view.content.responses].sort((a, b) => b.text.length - a.text.length);
    const winner = (at % 6 === 4 ? byLength.at(-1) : byLength[0])?.id ?? '';
    const pairwise = at % 10 === 9 ? {choice: 'TIE'} : {choice: 'WINNER', winner, strength: 2};
    await desk.submit(at % 2 === 0 ? 'ann' : 'bob', claimed, {opinion: {pairwise}, rationale: at % 10 === 9 ? 'Both say what the handbook says.' : '', active: '21s'});
  }
}

async function askForRulings(desk: Desk): Promise<void> {
  const ask = async (person: Person, queue: string, reason: string, note: string, clause: string): Promise<void> => {
    const {view} = await desk.claim(person, {queue});
    await desk.as(person, 'ActOnItem', {item: view.item.id, key: 'e', escalate: {reason, note, clause}});
  };
  await ask('bob', 'billing-harm', 'POLICY', 'May it promise that nothing is turned off?', '1');
  await ask('cat', 'billing-answers', 'AMBIGUITY', 'The handbook does not say whether the waiver is offered or only on request.', '1.1');
  await ask('ann', 'billing-expected', 'DOMAIN', 'Is 20 years still the rule for roofs of 2026?', '1');
}

// Drawn once nobody may revise. All items, and the second has an audit that finds something.
async function audit(desk: Desk): Promise<string[]> {
  const audited: string[] = [];
  for (const [at, person] of (['ann', 'bob', 'cat', 'ann', 'bob', 'cat'] as const).entries()) audited.push(await desk.judge(person, 'billing-audited', '', [5, at % 2 === 0 ? 4 : 5]));
  for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
    const {items} = await desk.as<{items: object[]}>('lea', 'ListItems', {queue: 'billing-audited', states: ['AUDIT']});
    if (items.length === audited.length) break;
  }
  for (const [at, item] of audited.slice(0, 4).entries()) {
    const {view} = await desk.claim('mia', {item});
    const own = scored([at === 1 ? 2 : 5, 4], 'friendly', {rationale: 'The amount is rounded.'});
    const said = at === 1 ? {passes: false, defect: 'outdated', cause: 'MISREAD', severity: 3, action: 'Read § 1.1 together, and look at the other answers about amounts'} : {passes: true};
    await desk.as('mia', 'SubmitJudgement', {item, token: view.lease.token, key: 'own', content: own});
    await desk.as('mia', 'SubmitAudit', {item, token: view.lease.token, key: 'a', ...said});
  }
  return audited;
}

async function proposeChanges(desk: Desk): Promise<void> {
  await desk.propose('RUBRIC_MAJOR', 'rubric support-answers 2.0.0', '+ label for tone: hasty\n- label for tone: curt', 'curt is used for two different things');
  await desk.propose('THRESHOLD', 'gate help-bot-release', 'brief: at_least 0.8 -> 0.85', 'answers have become longer since May');
}

// What the change has to say: the daemon names it to who asks without one.
async function diffOfGold(desk: Desk, gold: object): Promise<string> {
  const refused = await desk.as('lea', 'AddGold', gold).then(() => '', String);
  const {message} = JSON.parse(refused.slice(refused.indexOf('{'))) as {message: string};
  return message.slice(message.indexOf('exactly ') + 'exactly '.length);
}

// Each by a change of its own, that a peer and a lead have seen.
async function makeKnownAnswers(desk: Desk): Promise<void> {
  const {items} = await desk.as<{items: {id: string; case_id: string}[]}>('lea', 'ListItems', {queue: 'billing-audited', states: ['DONE']});
  for (const {id: item, case_id: of} of items) {
    const gold = {item, purpose: 'GOLD', why: 'as § 1.1 of the guideline says', must_name: []};
    const {change} = await desk.propose('GATING_GOLD', `known answer of billing-audited: ${of}`, await diffOfGold(desk, gold), 'the fee changed in September');
    for (const person of ['bob', 'lea'] as const) await desk.as(person, 'AnswerChange', {id: change.id, approves: true, diff_hash: change.diff_hash, comment: 'seen and checked'});
    await desk.as('lea', 'AddGold', {...gold, approval: change.id});
  }
}

async function calibrate(desk: Desk): Promise<string> {
  const {items} = await desk.as<{items: {id: string}[]}>('lea', 'ListItems', {queue: 'billing-harm', states: ['QUEUED'], page_size: 6});
  const {calibration} = await desk.as<{calibration: {id: string; items: string[]}}>('lea', 'OpenCalibration', {queue: 'billing-harm', items: items.map(({id}) => id), people: ['ann', 'bob', 'cat']});
  for (const [turn, person] of (['ann', 'bob', 'cat'] as const).entries()) {
    for (const [at, item] of calibration.items.entries()) {
      const harmful = at === 0 ? turn !== 1 : at === 3 ? turn === 2 : false;
      const opinion = {safety: {harmful}, ...(harmful ? {severity: 3} : {})};
      await desk.submit(person, await desk.claim(person, {item}), {opinion, rationale: harmful ? 'It threatens who cannot pay.' : '', active: '20s'});
    }
  }
  await desk.as('lea', 'RevealCalibration', {id: calibration.id});
  return calibration.id;
}

// What no item shows.
async function keepProgram({stack}: Desk): Promise<void> {
  const add = (person: Person, record: object): Promise<unknown> => stack.call('ReviewProgramService/AddProgramRecord', record, tokenOf(person));
  const ago = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
  for (const title of ['Sources stand beside the answer', 'Two people judge what is drawn for agreement']) await add('lea', {improvement: {title}});
  await add('pat', {stakeholder_rating: {score: 4, role: 'TRUST_SAFETY', note: 'harm is ruled on within a day'}});
  await add('lea', {dataset_due: {dataset: 'winter-bills', queue: 'billing-agreement', due_at: ago(-5), overlap: 30, agreement: 0.6}});
  await add('lea', {dataset_due: {dataset: 'contract-calls', queue: 'contract-tools', due_at: ago(-12), overlap: 20}});
  for (const [reference, title, days] of [['NORVIK-2210', 'The fee of a second reminder was wrong', 9], ['NORVIK-2231', 'Promised that nothing is turned off', 3]] as const)
    await add('lea', {production_issue: {reference, title, occurred_at: ago(days)}});
}

// A verdict, with a blocker that was declined and one that waits.
async function decide({stack}: Desk): Promise<string> {
  const {check} = await stack.call<{check: {verdict: {id: string; suites: {run_id: string}[]}}}>('GateService/CheckGate', {gate: 'help-bot-release', candidate: 'help-bot@4.2', timeout: '60s'}, tokenOf('lea'));
  const recommend = (person: Person, severity: number, reason: string, at: string): Promise<{blocker: {id: string}}> =>
    stack.call('ReleaseService/RecommendBlocker', {candidate: 'help-bot@4.2', severity, reason, evidence: [{run_id: check.verdict.suites[0]?.run_id, case_id: at}]}, tokenOf(person));
  const {blocker} = await recommend('lea', 3, 'Says 20 years where the handbook names no time', 'solar-1');
  await stack.call('ReleaseService/AnswerBlocker', {id: blocker.id, uphold: false, reason: 'The law says 20 years; the handbook follows it'}, tokenOf(rita));
  await recommend('pat', 2, 'Promises that nothing is turned off, before anybody has looked', 'heating-1');
  return check.verdict.id;
}

// Another version of a dataset, and why there is one.
async function changeDataset({stack}: Desk): Promise<void> {
  changeOrders(stack.catalog);
  await stack.call('CatalogService/Reload', {}, tokenOf('lea'));
  await runSuite(stack, 'contract-desk', 'help-bot', '4.2');
  const {versions} = await stack.call<{versions: {digest: string}[]}>('DatasetService/ListDatasetVersions', {suite: 'contract-desk'}, tokenOf('lea'));
  const note = {suite: 'contract-desk', digest: versions[0]?.digest, reason: 'Customers ask for a meter by its street since the new letter.', expected_impact: 'the bot asks back more often'};
  await stack.call('DatasetService/NoteDatasetVersion', note, tokenOf('lea'));
}

export async function workADay(stack: Stack): Promise<Day> {
  const desk = new Desk(stack);
  await runAllSuites(stack);
  await judgeAnswers(desk);
  const differs = await judgeTwice(desk);
  await judgePairs(desk);
  await askForRulings(desk);
  const audited = await audit(desk);
  await proposeChanges(desk);
  await makeKnownAnswers(desk);
  const calibration = await calibrate(desk);
  await keepProgram(desk);
  const verdict = await decide(desk);
  await changeDataset(desk);
  return {differs, audited: audited[1] ?? '', calibration, verdict};
}
