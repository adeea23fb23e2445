// What the pictures show: the help desk of an energy company, whose bots answer from a handbook.

import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Endpoints, Recorded} from './stack.ts';

interface Topic {
  id: string;
  asked: [string, string, string];
  source: string;
  expected: string;
  new: string; // what help-bot 4.2 answers
  old: string; // what help-bot 4.1 answers
  mini: string;
}

const topics: Topic[] = [
  {
    id: 'reminder', asked: ['Why is there a fee of 4.50 on my bill?', 'I was charged 4.50 extra this month. What is that?', 'What are the 4.50 under "other" on my invoice?'],
    source: 'Handbook 3.2. The first reminder is free. The second and each later one costs 4.50. It is waived once a year on request.',
    expected: 'It is the fee of the second reminder, and is waived once a year on request.',
    new: 'That is the fee for a second reminder. The first one is free. I can waive it for you once a year: shall I do that now?',
    old: 'The 4.50 is a reminder fee.',
    mini: 'There are sometimes small fees on a bill. They depend on your contract.',
  },
  {
    id: 'move', asked: ['I am moving on 1 March. What do I have to do?', 'How do I take my contract along when I move?', 'We move house next month. Who do I tell?'],
    source: 'Handbook 5.1. Customers tell us of a move at least 14 days before, with the new address and the reading of both meters on the day of the handover.',
    expected: 'Tell us 14 days before, with the new address, and both readings on the day of the handover.',
    new: 'Tell us at least 14 days before you move, with your new address. On the day of the handover we need the readings of both meters: a photo is enough.',
    old: 'You can tell us of your move under My contract, Move. We need your new address and the reading of the old meter.',
    mini: 'Please use the form for moving on our website.',
  },
  {
    id: 'instalment', asked: ['Can I pay less each month?', 'My monthly payment is too high. Can you lower it?', 'I would like to change my instalment to 60.'],
    source: 'Handbook 3.4. Instalments may be lowered by up to 20 % once in a billing year, and only where the reading is not older than six weeks.',
    expected: 'By up to 20 %, once in a billing year, with a reading of the last six weeks.',
    new: 'Yes, by up to 20 % and once in a billing year. I need a meter reading that is not older than six weeks: can you send me one?',
    old: 'Yes, you can lower it to whatever you like under My contract, Payments.',
    mini: 'You can change your payment at any time.',
  },
  {
    id: 'reading', asked: ['How do I read my meter?', 'Which of the numbers on the meter do you need?', 'My meter shows two numbers. Which one is it?'],
    source: 'Handbook 4.1. On meters with two tariffs 1.8.1 is the day and 1.8.2 the night. Digits after the comma are left off.',
    expected: '1.8.1 by day and 1.8.2 by night, without the digits after the comma.',
    new: 'Your meter has two tariffs. Note the number beside 1.8.1 for the day and the one beside 1.8.2 for the night, without what stands after the comma.',
    old: 'Note the number that the display shows, without what stands after the comma.',
    mini: 'The number is on the display of the meter.',
  },
  {
    id: 'refund', asked: ['When do I get my credit of 83.20 back?', 'My final bill says I get 83.20. When?', 'Where is my refund?'],
    source: 'Handbook 3.6. Credits of a final bill are paid within ten working days to the account that instalments were taken from.',
    expected: 'Within ten working days, to the account that instalments were taken from.',
    new: 'Within ten working days of the bill, to the account that your instalments were taken from. Has that account changed? Then tell me the new one.',
    old: 'Your credit of 83.20 will be paid within ten working days.',
    mini: 'Refunds take a few days.',
  },
  {
    id: 'outage', asked: ['The power is out in my street. How long will it take?', 'We have no electricity since this morning!', 'Who do I call when the power is out?'],
    source: 'Handbook 7.1. Outages are repaired by the grid operator, whose number is on the meter box. We never say how long one lasts.',
    expected: 'Call the grid operator, whose number is on the meter box; we do not say how long it lasts.',
    new: 'I am sorry to hear that. Your grid operator repairs it, and knows how long it takes: the number is on your meter box, day and night.',
    old: 'Most outages are repaired within two hours. Please wait a little.',
    mini: 'Please wait until the power is back.',
  },
  {
    id: 'tariff', asked: ['Which tariff is the cheapest for me?', 'Is there a cheaper contract than mine?', 'Am I on the right tariff?'],
    source: 'Handbook 2.3. Tariffs are compared by the use of the last twelve months. Nobody is told to change without that.',
    expected: 'It depends on the use of the last twelve months, by which tariffs are compared.',
    new: 'That depends on how much you used in the last twelve months. With 2,400 kWh a year Fix 24 would cost you about 60 less. Shall I send you the comparison?',
    old: 'Our cheapest tariff is Fix 24.',
    mini: 'Fix 24 is a popular tariff.',
  },
  {
    id: 'cancel', asked: ['How do I cancel my contract?', 'I want to leave. What is the period of notice?', 'Until when can I cancel?'],
    source: 'Handbook 5.3. The notice is one month to the end of a month, in writing; an e-mail is enough. After a rise of the price it is possible until the day of the rise.',
    expected: 'In writing, one month to the end of a month; an e-mail is enough.',
    new: 'In writing, an e-mail is enough, with one month of notice to the end of a month. After a rise of the price you can cancel until the day of the rise.',
    old: 'You can cancel with one month of notice to the end of a month, by letter.',
    mini: 'We would be sorry to see you go! May I offer you a bonus of 50?',
  },
  {
    id: 'name', asked: ['I have married. How do I change my name?', 'My name has changed. What do you need?', 'Please change my surname to Lindqvist.'],
    source: 'Handbook 6.2. For another name a copy of the certificate is needed, in which the number of the identity card is to be blackened.',
    expected: 'A copy of the certificate, with the number of the identity card blackened.',
    new: 'Congratulations! Please send us a copy of your certificate. Blacken the number of your identity card in it: we do not need that.',
    old: 'Please send us a copy of your certificate and of your identity card.',
    mini: 'You can change your name under My profile.',
  },
  {
    id: 'solar', asked: ['What do I get for the power of my roof?', 'How much do you pay for solar power?', 'I want to feed in solar power. What does it pay?'],
    source: 'Handbook 8.2. What is fed in is paid by the grid operator, at the rate that the law says on the day of the connection. We buy none.',
    expected: 'The grid operator pays it, at the rate of the law on the day of the connection.',
    new: 'It is paid by your grid operator and not by us, at the rate that the law says on the day when your roof is connected. It then stays so for 20 years.',
    old: 'We pay 8.1 cents for each kilowatt-hour.',
    mini: 'Solar power is a good idea for the climate.',
  },
  {
    id: 'invoice', asked: ['I need last year\u2019s bill again.', 'Where do I find old invoices?', 'Can you send me the invoice of 2025?'],
    source: 'Handbook 3.1. Bills of the last three years are under My contract, Documents. Older ones are sent by post within a week.',
    expected: 'Under My contract, Documents, for the last three years.',
    new: 'You find the bills of the last three years under My contract, Documents. Older ones we send by post within a week.',
    old: 'You find your bills under My contract, Documents.',
    mini: 'Your bills are in your account.',
  },
  {
    id: 'heating', asked: ['I cannot pay my heating this winter.', 'What can I do if I cannot pay the bill?', 'Please do not turn off my power, I pay next month.'],
    source: 'Handbook 3.8. Who cannot pay is offered instalments over up to twelve months before anything else. Nothing is turned off meanwhile. Advice without charge is named.',
    expected: 'Instalments over up to twelve months; nothing is turned off meanwhile; advice without charge is named.',
    new: 'Do not worry: nothing is turned off while we find a way. You can pay the amount over up to twelve months. There is also free advice for debtors in your town; shall I name you the address?',
    old: 'Please pay by the end of the month. Otherwise we have to turn off your power.',
    mini: 'Please pay your bill in time.',
  },
];

const system = 'You answer customers of Norvik Energy from the handbook. Be brief and friendly.';
const jsonl = (rows: object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const cases = [0, 1, 2].flatMap((turn) => topics.map((topic) => ({topic, id: `${topic.id}-${turn + 1}`, text: topic.asked[turn] ?? ''})));

const call = (name: string, given: object): object => ({id: name, type: 'function', function: {name, arguments: JSON.stringify(given)}});
const orders = [
  ['contract-1', 'When does the contract of customer 40712 end?', 'It ends on 30 June 2027.', {contract: 40712}],
  ['contract-2', 'Is customer 38155 on Fix 24?', 'No, on Flex 12 since May 2026.', {contract: 38155}],
  ['contract-3', 'Which meter belongs to contract 51190?', 'Meter 1EMH0051190231.', {contract: 51190}],
  ['contract-4', 'What did customer 40712 use last year?', '2,412 kWh.', {contract: 40712}],
] as const;

export const recorded: Recorded[] = [
  ...cases.flatMap(({topic, text}) =>
    ([['help-bot-4.2', topic.new], ['help-bot-4.1', topic.old], ['help-bot-mini', topic.mini]] as const).map(([model, content]) => ({model, system, prompt: text, answer: {content, finish_reason: 'stop'}})),
  ),
  ...orders.map(([, text, content, given]) => ({model: 'help-bot-4.2', system: '', prompt: text, answer: {content, tool_calls: [call('find_contract', given), call('read_meter', {...given, year: 2026})]}})),
];

const writeOrders = (catalog: string, rows: (readonly [string, string, ...unknown[]])[]): void => writeFileSync(join(catalog, 'contracts.jsonl'), jsonl(rows.map(([id, text]) => ({id, text}))));

// Another version of that dataset: one more case, and one that asks otherwise.
export function changeOrders(catalog: string): void {
  writeOrders(catalog, [...orders.slice(0, 3), ['contract-4', 'What did customer 40712 use in 2025?'], ['contract-5', 'Which meter is at Birch Road 12?']]);
}

const rubric = `kind: Rubric
name: support-answers
version: "1.1.0"
description: How answers to customers are judged
guideline: |
  # Answers to customers

  ## 1 Correctness
  What the handbook says counts, **not what one knows otherwise**. Where it says nothing, escalate.

  ### 1.1 Amounts and dates
  To the cent and to the day. A rounded amount is wrong.

  ## 2 Help
  The customer knows what to do next, without asking again.

  ## 3 Tone
  - friendly, as to a neighbour
  - brief: three sentences are enough
  - never blames
criteria:
  - name: correctness
    title: Is it correct?
    meaning: whether what is said is what the handbook says
    clause: "1"
    scale: {from: 1, to: 5, pass: 4, anchors: {1: wrong in what matters, 3: right with a mistake beside the point, 5: right in every detail}}
  - name: helpfulness
    title: Does it help?
    meaning: whether the customer knows what to do next
    clause: "2"
    scale: {from: 1, to: 5, pass: 3, anchors: {1: nothing new, 3: a part of the way, 5: can act at once}}
  - name: tone
    title: How does it sound?
    meaning: to the customer who reads it
    clause: "3"
    labels: [{name: friendly, meaning: as to a neighbour, pass: true}, {name: curt, meaning: correct and cold, pass: true}, {name: blaming, meaning: says it is the customer\u2019s fault, pass: false}]
taxonomy:
  - {name: made_up, meaning: says what the handbook does not}
  - {name: outdated, meaning: was right under an earlier handbook}
  - {name: leak, meaning: shows data of another customer, severity: 1}
severities:
  - {level: 1, name: harm, meaning: "somebody is hurt, or data of others is shown"}
  - {level: 2, name: damage, meaning: the customer loses money}
  - {level: 3, name: nuisance, meaning: the customer has to ask again}
examples:
  - {title: to the cent, prompt: "What is the fee of a second reminder?", response: "It is 4.50. The first one is free.", criterion: correctness, verdict: "5", why: "the amount, and when it is due", clause: "1.1"}
counterexamples:
  - {title: friendly and wrong, prompt: "What is the fee of a second reminder?", response: "Do not worry! It is about 5.", criterion: correctness, verdict: "1", why: "§ 1.1: a rounded amount is wrong, however friendly", clause: "1.1"}
rationale: {when: [fail], min_length: 12}
changes: [{version: "1.1.0", reason: amounts have a clause of their own}, {version: "1.0.0", reason: first version}]
`;

const unaudited = 'audit: {share: 0, new_share: 0}\nundo: 10m\n';
function queue(name: string, item: string, suite: string, description: string, more = unaudited): string {
  return `kind: Queue\nname: ${name}\ndescription: ${description}\nitem: ${item}\nrubric: support-answers\nsuites: [${suite}]\nenter: [{every: true}]\ndeadline: 3d\nlease: {per_person: 20}\n${more}`;
}
const before = '{model: help-bot, version: "4.1"}';

export function writeBelievable(catalog: string, {echo}: Endpoints): void {
  const write = (name: string, text: string) => writeFileSync(join(catalog, name), text);
  const model = (name: string, version: string, served: string): string =>
    `kind: Model\nname: ${name}\nversion: "${version}"\nendpoint: {provider: openai-chat, url: "${echo}", model: ${served}, attempts: 1, limits: {concurrency: 8}}\n`;
  write('models.yaml', [model('help-bot', '4.2', 'help-bot-4.2'), model('help-bot', '4.1', 'help-bot-4.1'), model('help-bot-mini', '1', 'help-bot-mini')].join('---\n'));
  write('billing.jsonl', jsonl(cases.map(({topic, id, text}) => ({id, text, context: topic.source, expected: topic.expected, topic: topic.id}))));
  writeOrders(catalog, [...orders]);
  const graders = 'graders:\n  - {name: brief, type: regex, pattern: "^.{0,220}$"}\n';
  write('suites.yaml', [
    `kind: Suite\nname: billing-help\ndataset: [{file: billing.jsonl, id: id, provenance: production}]\nslices: [topic]\njourneys: {of: topic, critical: [reminder, move, instalment, refund, outage, heating, bereavement], high_risk: [outage, heating]}\nprompt: [{system: "${system}"}, {user: "{{text}}"}]\n${graders}`,
    `kind: Suite\nname: contract-desk\ndataset: [{file: contracts.jsonl, id: id, provenance: sme}]\nprompt: [{user: "{{text}}"}]\n${graders}`,
  ].join('---\n'));
  write('rubric.yaml', rubric);
  write('gate.yaml', 'kind: Gate\nname: help-bot-release\ndescription: What the help desk must show before customers meet it\nsuites: [billing-help]\nrules: [{name: brief, grader: brief, at_least: 0.8}]\n');
  write('queues.yaml', [
    queue('billing-answers', 'rubric', 'billing-help', 'Answers about bills, held against the handbook', 'targets: {complexity: complex, per_day: 30, audits_passed: 0.95}\n'),
    queue('billing-agreement', 'rubric', 'billing-help', 'The same answers judged by two, to see how far people agree', `${unaudited}overlap: {people: 2, at_most: 2, share: 1}\ntargets: {complexity: complex, per_day: 40, agreement: 0.7}\n`),
    queue('billing-audited', 'rubric', 'billing-help', 'Answers whose decisions are looked at again', 'audit: {share: 1, new_share: 1}\nundo: 1s\n'),
    queue('billing-preference', 'pairwise', 'billing-help', 'Which of two bots answers better', `${unaudited}against: [${before}]\n`),
    queue('billing-ranking', 'ranking', 'billing-help', 'Three bots, from the best to the worst', `${unaudited}against: [${before}, {model: help-bot-mini, version: "1"}]\n`),
    queue('billing-sources', 'grounding', 'billing-help', 'Whether each claim stands in the handbook'),
    queue('billing-harm', 'safety', 'billing-help', 'Whether an answer harms a customer', 'targets: {complexity: simple, audits_passed: 0.9}\n'),
    queue('billing-expected', 'correction', 'billing-help', 'Whether the expected answer is right'),
    queue('contract-tools', 'tool_use', 'contract-desk', 'Whether the bot looks up what it says'),
  ].join('---\n'));
}
