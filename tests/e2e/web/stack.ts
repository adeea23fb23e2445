// A real assayd with real endpoints that serve recorded or echoed answers, each on a free port, all state in a folder of
// its own.

import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as pause} from 'node:timers/promises';

const root = new URL('../../../', import.meta.url).pathname;
const bin = process.env['ASSAY_BIN'] ?? join(root, 'build/release/bin');

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function start(program: string, options: string[]): ChildProcess {
  return spawn(join(bin, program), options, {stdio: ['ignore', 'pipe', 'pipe']});
}

// The first line of an endpoint names its address.
async function replay(options: string[]): Promise<{process: ChildProcess; url: string}> {
  const process = start('assay-replay', ['--listen', '127.0.0.1:0', ...options]);
  if (!process.stdout) throw new Error('no output');
  for await (const line of createInterface({input: process.stdout})) {
    const url = /listening on (\S+)/.exec(line)?.[1];
    if (url) return {process, url};
  }
  throw new Error('assay-replay ended before it named its address');
}

async function untilReady(base: string, daemon: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    if (daemon.exitCode !== null) throw new Error(`assayd ended: ${log()}`);
    const answer = await fetch(`${base}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > deadline) throw new Error(`assayd was not ready in time: ${log()}`);
    await pause(25);
  }
}

async function stop(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const ended = once(process, 'exit');
  process.kill('SIGTERM');
  const late = setTimeout(() => process.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(late);
}

export interface Stack {
  base: string; // http://127.0.0.1:PORT
  folder: string;
  catalog: string;
  call: <T = Record<string, unknown>>(method: string, request?: object, token?: string) => Promise<T>;
  restart: () => Promise<void>; // on the same port and store
  kill: () => Promise<void>; // at once, without a word; restart() brings it back
  stop: () => Promise<void>;
}

// An answer of a model to a prompt; '' has no system message.
export interface Recorded {
  model: string;
  system: string;
  prompt: string;
  answer: object;
}

// By prompt.
export type Answers = Record<string, string | {content: string; tool_calls: object[]}>;

interface Options {
  documents: (folder: string, endpoints: Endpoints) => void; // writes the catalog
  tokens?: string; // text of the token file
  answers?: Answers; // of the endpoint that otherwise says what it was asked, by prompt
  recorded?: Recorded[]; // of that endpoint, by model and prompt
  isSigned?: boolean;
}

export interface Endpoints {
  recorded: string; // answers of the examples
  echo: string; // answers with what it was asked
  slow: string; // likewise, after a while
  broken: string; // answers 500, sometimes
  mute: string; // answers the same to everything
}

export async function startStack({documents, tokens, answers = {}, recorded: more = [], isSigned}: Options): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-web-'));
  const catalog = join(folder, 'catalog');
  mkdirSync(catalog);
  const recordings = join(root, 'config/examples/recordings');
  const served = await Promise.all([
    replay(['--latency', 'uniform:20ms:400ms', ...readdirSync(recordings).map((name) => join(recordings, name))]),
    replay(['--unknown', 'echo', recordingOf(folder, answers, more)]),
    replay(['--unknown', 'echo', '--latency', '120ms']),
    replay(['--unknown', 'echo', '--error-rate', '0.3', '--seed', '3', ...readdirSync(recordings).map((name) => join(recordings, name))]),
    replay(['--unknown', 'fixed:Nothing.']),
  ]);
  const [recorded, echo, slow, broken, mute] = served.map(({url}) => url) as [string, string, string, string, string];
  documents(catalog, {recorded, echo, slow, broken, mute});
  const http = await freePort();
  const base = `http://127.0.0.1:${http}`;
  const config = [
    `grpc: {listen: "127.0.0.1:${await freePort()}"}`,
    `http: {listen: "127.0.0.1:${http}"}`,
    `store: sqlite:${folder}/assay.db`,
    `catalog: ${catalog}`,
  ];
  if (tokens) {
    writeFileSync(join(folder, 'tokens'), tokens);
    config.push(`auth: {tokens: ${folder}/tokens}`);
  }
  if (isSigned) {
    const key = join(folder, 'key.pem');
    const made = spawnSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', key]);
    if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
    config.push(`verdicts: {signing_key: ${key}}`);
  }
  writeFileSync(join(folder, 'assayd.yaml'), config.join('\n') + '\n');

  let daemon: ChildProcess | undefined;
  const startDaemon = async (): Promise<void> => {
    const lines: string[] = [];
    daemon = start('assayd', ['--config', join(folder, 'assayd.yaml')]);
    for (const stream of [daemon.stdout, daemon.stderr]) stream?.on('data', (data) => lines.push(String(data)));
    await untilReady(base, daemon, () => lines.slice(-20).join(''));
  };
  const stopAll = async (): Promise<void> => {
    await Promise.all([daemon, ...served.map(({process}) => process)].map((each) => each && stop(each)));
    rmSync(folder, {recursive: true, force: true});
  };
  await startDaemon().catch(async (cause: unknown) => {
    await stopAll();
    throw cause;
  });
  return {
    base,
    folder,
    catalog,
    call: async (method, request = {}, token = '') => {
      const answer = await fetch(`${base}/assay.v1.${method}`, {
        method: 'POST',
        headers: {'content-type': 'application/json', ...(token ? {authorization: `Bearer ${token}`} : {})},
        body: JSON.stringify(request),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method}: ${answer.status} ${text}`);
      return JSON.parse(text);
    },
    restart: async () => {
      if (daemon) await stop(daemon);
      await startDaemon();
    },
    kill: async () => {
      if (!daemon || daemon.exitCode !== null) return;
      const ended = once(daemon, 'exit');
      daemon.kill('SIGKILL');
      await ended;
    },
    stop: stopAll,
  };
}

// A file that assay-replay answers from.
function recordingOf(folder: string, answers: Answers, more: Recorded[]): string {
  const file = join(folder, 'answers.jsonl');
  const lines = Object.entries(answers).map(([prompt, answer]) => {
    const response = typeof answer === 'string' ? {content: answer, finish_reason: 'stop'} : answer;
    return JSON.stringify({model: 'echo-bot', messages: [{role: 'user', content: prompt}], response});
  });
  const others = more.map(({model, system, prompt, answer}) => {
    const messages = [...(system ? [{role: 'system', content: system}] : []), {role: 'user', content: prompt}];
    return JSON.stringify({model, messages, response: answer});
  });
  writeFileSync(file, [...lines, ...others].map((line) => `${line}\n`).join(''));
  return file;
}

// The examples that ship with Assay, asking `url`.
export function copyExamples(catalog: string, url: string): void {
  cpSync(join(root, 'config/examples'), catalog, {
    recursive: true,
    filter: (source) => !/recordings|order-desk|\.py$/.test(source),
  });
  const file = join(catalog, 'support-assistant.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/http:\/\/127\.0\.0\.1:708\d\/v1/g, url));
}
