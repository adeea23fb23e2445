// Who reviews in the browser tests, and what: a queue of each kind, on suites whose models say back what they are asked.

import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {hostile} from './documents.ts';
import type {Endpoints, Stack} from './stack.ts';

const roles: Record<string, string> = {
  ann: 'reviewer',
  bob: 'reviewer',
  cat: 'reviewer',
  ivy: 'lead', // has no part in what she looks at
  lea: 'lead,adjudicator,auditor',
  max: 'lead,adjudicator,auditor',
  mia: 'lead,adjudicator,auditor',
  pat: 'privacy,trust_safety,reviewer',
  vic: '',
};
export type Person = 'ann' | 'bob' | 'cat' | 'ivy' | 'lea' | 'max' | 'mia' | 'pat' | 'vic';
export const tokenOf = (person: Person): string => `the long token of ${person}`;

export const tokens = Object.entries(roles)
  .map(([person, of]) => {
    const hash = createHash('sha256').update(tokenOf(person as Person)).digest('hex');
    return `${person} sha256:${hash}${of ? ` roles=${of} languages=en` : ''}\n`;
  })
  .join('');

const jsonl = (rows: object[]): string => rows.map((row) => JSON.stringify(row)).join('\n') + '\n';
const times = <T>(number: number, of: (at: number) => T): T[] => Array.from({length: number}, (_, at) => of(at));

function model(name: string, url: string): string {
  return `kind: Model\nname: ${name}\nversion: "1"\nendpoint: {provider: openai-chat, url: "${url}", model: ${name}, attempts: 1, limits: {concurrency: 8}}\n`;
}
function suite(name: string): string {
  return `kind: Suite\nname: ${name}\ndataset: [{file: ${name}.jsonl, id: id}]\nprompt: [{system: Say it back.}, {user: "{{text}}"}]\ngraders:\n  - {name: short, type: regex, pattern: "^.{0,60}$"}\n`;
}
const unaudited = 'audit: {share: 0, new_share: 0}\nundo: 10m\n';

function queue(name: string, item: string, of: string, more = unaudited): string {
  return `kind: Queue\nname: ${name}\ndescription: ${name} of the browser tests\nitem: ${item}\nrubric: quality\nsuites: [${of}]\nenter: [{every: true}]\nlease: {per_person: 20}\n${more}`;
}

const rubric = `kind: Rubric
name: quality
version: "1.0.0"
description: How answers of the tests are judged
guideline: |
  # How to judge

  ## 1 Correctness
  What the handbook says counts. **Never guess**: escalate.

  ### 1.1 Amounts
  To the cent. <script>alert(1)</script> ![x](http://evil.example/x.png)

  ## 2 Tone
  - friendly
  - brief
criteria:
  - name: correctness
    title: Is it correct?
    meaning: whether what is said is what the handbook says
    clause: "1"
    scale: {from: 1, to: 5, pass: 3, anchors: {1: wrong in what matters, 5: right in every detail}}
  - name: helpfulness
    title: Does it help?
    meaning: whether the customer knows what to do next
    clause: "1.1"
    scale: {from: 1, to: 5, pass: 3, anchors: {1: nothing new, 5: can act at once}}
  - name: tone
    title: How does it sound?
    meaning: to who reads it
    clause: "2"
    labels: [{name: friendly, meaning: as to a guest, pass: true}, {name: curt, meaning: correct and cold}, {name: rude, meaning: blames, pass: false}]
taxonomy:
  - {name: made_up, meaning: says what stands nowhere}
  - {name: leak, meaning: shows data of accounts, severity: 1}
severities:
  - {level: 1, name: harm, meaning: data is shown}
  - {level: 2, name: damage, meaning: money is lost}
examples:
  - {title: to the cent, prompt: "The fee?", response: It is 2.50., criterion: correctness, verdict: "5", why: the amount and nothing else, clause: "1.1"}
counterexamples:
  - {title: friendly and wrong, prompt: "The fee?", response: "Dear! About 3.", criterion: correctness, verdict: "1", why: the tone does not make up for it}
rationale: {when: [fail], min_length: 12}
changes: [{version: "1.0.0", reason: first version}]
`;

export const kinds = ['classification', 'safety', 'refusal', 'grounding', 'correction'] as const;

const call = (name: string, given: object): object => ({id: name, type: 'function', function: {name, arguments: JSON.stringify(given)}});
// Answers with calls of tools, by prompt.
export const answersWithCalls = Object.fromEntries(
  times(4, (at) => [`Where is order ${at}?`, {content: `Order ${at} is on its way.`, tool_calls: [call('look_up', {order: at}), call('track', {parcel: `p-${at}`})]}]),
);

export function writeReviews(catalog: string, {echo, mute, slow}: Endpoints): void {
  const write = (name: string, text: string) => writeFileSync(join(catalog, name), text);
  write('models.yaml', [model('echo-bot', echo), model('mute-bot', mute), model('slow-bot', slow)].join('---\n'));
  write('many.jsonl', jsonl(times(60, (at) => ({id: `many-${at}`, text: `answer number ${at}`}))));
  write('few.jsonl', jsonl(times(6, (at) => ({id: `few-${at}`, text: `First claim ${at}. Second claim ${at}.`, expected: `claim ${at}`, context: `A source that says claim ${at}.`}))));
  write('race.jsonl', jsonl(times(24, (at) => ({id: `race-${at}`, text: `race ${at}`}))));
  write('idle.jsonl', jsonl([{id: 'idle', text: 'idle'}]));
  write('calls.jsonl', jsonl(times(4, (at) => ({id: `calls-${at}`, text: `Where is order ${at}?`}))));
  write('hostile.jsonl', jsonl(Object.entries(hostile).map(([id, text]) => ({id, text}))));
  write('suites.yaml', [...['many', 'few', 'race', 'hostile', 'idle'].map(suite), suite('calls').replace('{system: Say it back.}, ', '')].join('---\n'));
  write('rubric.yaml', rubric);
  write('gate.yaml', 'kind: Gate\nname: short-answers\nsuites: [race]\nrules: [{name: short, grader: short, at_least: 0.01}]\n');
  write(
    'queues.yaml',
    [
      queue('many-quality', 'rubric', 'many'),
      queue('few-doubled', 'rubric', 'few', `${unaudited}overlap: {people: 2, at_most: 2, share: 1}\ntargets: {complexity: complex, per_day: 4, agreement: 0.7}\n`),
      queue('race-quality', 'rubric', 'race', unaudited),
      queue('hostile-quality', 'rubric', 'hostile'),
      queue('idle-quality', 'rubric', 'idle'),
      queue('few-better', 'pairwise', 'few', `${unaudited}against: [{model: echo-bot, version: "1"}]\n`),
      queue('few-ranking', 'ranking', 'few', `${unaudited}against: [{model: echo-bot, version: "1"}, {model: mute-bot, version: "1"}]\n`),
      queue('calls-tools', 'tool_use', 'calls'),
      queue('few-audited', 'rubric', 'few', 'audit: {share: 1, new_share: 1}\nundo: 1s\nredact: {policy: tests-1, patterns: [{name: number, pattern: "claim [0-9]"}]}\n'),
      queue('few-suggested', 'pairwise', 'few', `${unaudited}against: [{model: echo-bot, version: "1"}]\nprelabel: {show: before, grader: short, control: 0.05}\n`),
      queue('few-after', 'pairwise', 'few', `${unaudited}against: [{model: echo-bot, version: "1"}]\nprelabel: {show: after_answer, grader: short, control: 0.05}\n`),
      ...kinds.map((kind) => queue(`few-${kind}`, kind, 'few', kind === 'safety' ? `${unaudited}targets: {complexity: simple, audits_passed: 0.9}\n` : unaudited)),
    ].join('---\n'),
  );
}

// One queue with so many items.
export function writeLong(catalog: string, {echo}: Endpoints, items: number): void {
  const write = (name: string, text: string) => writeFileSync(join(catalog, name), text);
  write('models.yaml', model('echo-bot', echo));
  write('long.jsonl', jsonl(times(items, (at) => ({id: `long-${at}`, text: `answer number ${at}`}))));
  write('suites.yaml', suite('long'));
  write('rubric.yaml', rubric);
  write('queues.yaml', queue('long-quality', 'rubric', 'long'));
}

export async function runSuite(stack: Stack, name: string, bot: string, version = '1'): Promise<void> {
  const token = tokenOf('lea');
  const {run} = await stack.call<{run: {id: string}}>('RunService/StartRun', {suite: name, model: `${bot}@${version}`}, token);
  for (;;) {
    const {run: now} = await stack.call<{run: {state: string}}>('RunService/GetRun', {id: run.id}, token);
    if (!['PENDING', 'RUNNING'].includes(now.state)) return;
    await pause(25);
  }
}

export async function runAll(stack: Stack): Promise<void> {
  const ended = (name: string, bot: string): Promise<void> => runSuite(stack, name, bot);
  for (const name of ['many', 'few', 'race', 'hostile', 'calls']) await ended(name, 'echo-bot');
  await ended('few', 'mute-bot');
  await ended('few', 'slow-bot');
}

interface QueueStatus {
  queue: string;
  open: string;
}

// Items enter by themselves, a little after their run.
export async function untilEntered(stack: Stack, wanted: Record<string, number>): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const {queues} = await stack.call<{queues: QueueStatus[]}>('ReviewService/ListQueues', {}, tokenOf('lea'));
    const isThere = ([name, items]: [string, number]): boolean => Number(queues.find(({queue: each}) => each === name)?.open ?? 0) >= items;
    if (Object.entries(wanted).every(isThere)) return;
    await pause(50);
  }
  const {queues} = await stack.call<{queues: QueueStatus[]}>('ReviewService/ListQueues', {}, tokenOf('lea'));
  throw new Error(`items did not enter in time: ${queues.map(({queue: name, open}) => `${name} ${open}`).join(', ')}`);
}
