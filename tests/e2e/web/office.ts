// An assayd with people and items, and what tests do there.

import assert from 'node:assert/strict';
import type {Browser, Page} from 'playwright-core';
import {launch, watch, type Watched} from './browser.ts';
import {hostile} from './documents.ts';
import {answersWithCalls, kinds, runAll, tokenOf, tokens, untilEntered, writeReviews, type Person} from './people.ts';
import {startStack, type Stack} from './stack.ts';

export interface Judgement {
  id: string;
  role: string;
  is_mine: boolean;
  is_superseded: boolean;
  content: {rationale: string; opinion: Record<string, any>; suggestion?: {show: string; is_control: boolean; matches: boolean; first_matches?: boolean}};
}
export interface View {
  item: {id: string; state: string};
  judgements: Judgement[];
}

export const itemNow = (page: Page): Promise<string> => page.evaluate(() => document.querySelector('.deskbar .mono')?.getAttribute('title') ?? '');
export const atDesk = (page: Page): Promise<void> => page.locator('.question.current').waitFor();

export async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

interface Key {
  key: string;
  code: string;
  windowsVirtualKeyCode: number;
  text?: string;
  modifiers?: number;
}
const control = 2;

function keyOf(name: string): Key {
  if (name === 'Control+Enter') return {key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, modifiers: control};
  if (name === 'Escape') return {key: name, code: name, windowsVirtualKeyCode: 27};
  const letter = name.toUpperCase();
  const codes: Record<string, string> = {' ': 'Space', ',': 'Comma', '!': 'Digit1'};
  return {key: name, code: codes[name] ?? `Key${letter}`, windowsVirtualKeyCode: letter.charCodeAt(0), text: name};
}

// Typed by somebody who is faster than the page: it is busy until all of it waits, and draws nothing in between.
export async function typeAhead(page: Page, ...keys: string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await page.evaluate(() => void setTimeout(() => { for (const until = performance.now() + 400; performance.now() < until;); }));
  await Promise.all(keys.map(keyOf).flatMap(({text, ...key}) => [
    session.send('Input.dispatchKeyEvent', {type: text ? 'keyDown' : 'rawKeyDown', ...key, ...(text ? {text} : {})}),
    session.send('Input.dispatchKeyEvent', {type: 'keyUp', ...key}),
  ]));
  await session.detach();
}

// The next item, another than the one before; '' where there is none.
export async function nextItem(page: Page, before: string): Promise<string> {
  await page
    .waitForFunction((last) => {
      const now = document.querySelector('.deskbar .mono')?.getAttribute('title');
      // No element: what a test holds on to stays in the page.
      return (Boolean(now) && now !== last && document.querySelector('.question.current') !== null) || document.querySelector('.nothing') !== null;
    }, before)
    .catch(async (cause: unknown) => {
      throw new Error(`${String(cause)}: ${await page.locator('main').innerText()}`);
    });
  return itemNow(page);
}

export class Office {
  readonly browser: Browser;
  readonly stack: Stack;

  private constructor(browser: Browser, stack: Stack) {
    this.browser = browser;
    this.stack = stack;
  }

  static async open(): Promise<Office> {
    const office = new Office(await launch(), await startStack({documents: writeReviews, tokens, answers: answersWithCalls}));
    await runAll(office.stack);
    await untilEntered(office.stack, {
      'many-quality': 60, 'race-quality': 24, 'hostile-quality': Object.keys(hostile).length, 'few-doubled': 6, 'few-better': 6, 'few-suggested': 6, 'few-after': 6, 'few-ranking': 6, 'calls-tools': 4, 'few-audited': 6,
      ...Object.fromEntries(kinds.map((kind) => [`few-${kind}`, 6])),
    });
    return office;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.stack.stop();
  }

  called<T>(person: Person, method: string, request: object = {}): Promise<T> {
    return this.stack.call<T>(`ReviewService/${method}`, request, tokenOf(person));
  }

  async view(person: Person, id: string): Promise<View> {
    return (await this.called<{view: View}>(person, 'GetItem', {id})).view;
  }

  async items(queue: string, state?: string): Promise<string[]> {
    const {items} = await this.called<{items: {id: string}[]}>('lea', 'ListItems', {queue, page_size: 50, ...(state ? {states: [state]} : {})});
    assert.ok(items.length > 0, `no item of ${queue} is ${state}`);
    return items.map(({id}) => id);
  }

  // Nothing leaves the page, no dialog opens, and the page has no error.
  async as(person: Person, work: (watched: Watched) => Promise<void>, theme: 'light' | 'dark' = 'light'): Promise<void> {
    const watched = await watch(this.browser, {base: this.stack.base, token: tokenOf(person), theme});
    try {
      await work(watched);
      watched.assertQuiet();
    } finally {
      await watched.close();
    }
  }
}
