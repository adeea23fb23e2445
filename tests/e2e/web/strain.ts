// Documents with odd names, with texts made to hang a page, and with very many parts.

import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Endpoints} from './stack.ts';

export const oddIds = [
  '__proto__', 'constructor', 'toString', '../../etc/passwd', 'a/b?c#d%2e', '%E0%A4%A', '<img src=x onerror=alert(1)>',
  '\u202edrawkcab', 'ze\u200bro', 'undefined', 'NaN', '0', '-1', '{{id}}', 'Ωμέγα 漢字 🙂', 'x'.repeat(240),
];

export const heavy: Record<string, string> = {
  'zero-width': '\u200b'.repeat(100_000),
  alternating: 'a\u200b'.repeat(60_000),
  'one-line': 'word '.repeat(190_000),
  'ten-megabytes': Array.from({length: 90_000}, (_, at) => `${at} ${'lorem ipsum dolor sit amet '.repeat(4)}`.trimEnd()).join('\n').slice(0, 9_500_000),
  stacked: `Z${'\u0301\u0323'.repeat(50_000)}`,
  null: 'before\u0000after\u0000',
};

const jsonl = (rows: object[]): string => rows.map((row) => JSON.stringify(row)).join('\n') + '\n';

function model(name: string, url: string, concurrency = 8): string {
  return `kind: Model\nname: ${name}\nversion: "1"\nendpoint: {provider: openai-chat, url: "${url}", model: ${name}, attempts: 1, limits: {concurrency: ${concurrency}}}\n`;
}

function suite(name: string, extra = ''): string {
  return `kind: Suite\nname: ${name}\ndataset: [{file: ${name}.jsonl, id: id}]\nprompt: [{user: "{{text}}"}]\ngraders:\n  - {name: says, type: contains, value: "{{text}}"}\n${extra}`;
}

export function writeStrain(catalog: string, {echo, slow, mute}: Endpoints): void {
  const write = (name: string, text: string) => writeFileSync(join(catalog, name), text);
  write('models.yaml', [model('echo-bot', echo), model('slow-bot', slow, 4), model('mute-bot', mute)].join('---\n'));
  write('odd.jsonl', jsonl(oddIds.map((id) => ({id, text: `says ${id}`, part: id, __proto__x: id}))));
  write('heavy.jsonl', jsonl(Object.entries(heavy).map(([id, text]) => ({id, text: text.length > 1_000_000 ? id : text}))));
  write('steady.jsonl', jsonl(Array.from({length: 60}, (_, at) => ({id: `steady-${at}`, text: `sentence ${at}`}))));
  write('wide.jsonl', jsonl(Array.from({length: 500}, (_, at) => ({id: `wide-${at}`, text: `sentence ${at}`, journey: `journey ${at % 50}`}))));
  write('suites.yaml', [suite('odd', 'slices: [part]\n'), suite('heavy'), suite('steady'), suite('wide', 'slices: [journey]\n')].join('---\n'));
  const rules = Array.from({length: 50}, (_, at) =>
    at % 2 === 0
      ? `  - {name: floor-${at}, grader: says, at_least: ${(at + 1) / 100}, by: journey}`
      : `  - {name: not-worse-${at}, grader: says, non_inferior: {margin: ${(at + 1) / 100}}, by: journey}`,
  );
  write('gates.yaml', `kind: Gate\nname: wide-release\nsuites: [wide]\nbaseline: {model: echo-bot, version: "1"}\nrules:\n${rules.join('\n')}\n  - {name: calm, grader: says, at_least: 0.01, role: advisory}\n---\nkind: Gate\nname: early-release\nsuites: [wide]\nbaseline: {model: echo-bot, version: "1"}\nstop: early\ninterleave: true\nrules:\n  - {name: not-worse, grader: says, non_inferior: {margin: 0.05}}\n`);
}
