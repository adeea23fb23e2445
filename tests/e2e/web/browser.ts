// Debian's Chromium, watched: what it asks for, what it complains of, and whether a dialog opens.

import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {Browser, BrowserContext, Page} from 'playwright-core';

// The packages are those of web/, where the lock file is.
const packages = createRequire(new URL('../../../web/package.json', import.meta.url));
const {chromium} = packages('playwright-core') as typeof import('playwright-core');
const axeSource = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');

export const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const hasChromium = existsSync(chromiumPath);

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--force-color-profile=srgb'],
  });
}

export interface Watched {
  context: BrowserContext;
  page: Page;
  // Throws when anything was asked of another place, a dialog opened, or the page had an error.
  assertQuiet: () => void;
  requests: string[];
  close: () => Promise<void>;
}

export interface WatchOptions {
  base: string;
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
  token?: string; // as if it had been pasted
}

export async function watch(browser: Browser, {base, theme = 'light', width = 1360, height = 850, token}: WatchOptions): Promise<Watched> {
  const context = await browser.newContext({baseURL: base, colorScheme: theme, viewport: {width, height}, reducedMotion: 'reduce'});
  if (token) await context.addInitScript((value) => sessionStorage.getItem('assay.token') ?? sessionStorage.setItem('assay.token', value), token);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const requests: string[] = [];
  const dialogs: string[] = [];
  const errors: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d|status of 503|ERR_CONNECTION_(REFUSED|RESET)|ERR_INCOMPLETE_CHUNKED/.test(message.text())) {
      errors.push(message.text());
    }
  });
  return {
    context,
    page,
    requests,
    assertQuiet: () => {
      assert.deepEqual(requests.filter((url) => !url.startsWith(`${base}/`) && !url.startsWith('blob:')), [], 'requests that leave');
      assert.deepEqual(dialogs, [], 'dialogs');
      assert.deepEqual(errors, [], 'errors of the page');
    },
    close: () => context.close(),
  };
}

// The screen is there: its title, and nothing that is still being read.
export async function settled(page: Page, title: string | RegExp): Promise<void> {
  await page.getByRole('heading', {level: 1, name: title}).waitFor();
  await page.waitForFunction(() => document.querySelector('.loading') === null);
}

export interface Violation {
  id: string;
  impact: string;
  nodes: string[];
}

// Serious and critical findings of axe, which comes in from outside: the page itself may load no such script.
// By how many pixels the page is wider than its window. A chart follows its room a frame or two later.
export async function overflowOf(page: Page): Promise<number> {
  await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth, undefined, {timeout: 5000}).catch(() => undefined);
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

export async function violations(page: Page): Promise<Violation[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const axe = (globalThis as unknown as {axe: {run: (options: object) => Promise<{violations: any[]}>}}).axe;
    const found = await axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']});
    return found.violations
      .filter((each) => each.impact === 'serious' || each.impact === 'critical')
      .map((each) => ({
        id: each.id,
        impact: each.impact,
        nodes: each.nodes.slice(0, 5).map((node: any) => `${node.html.slice(0, 160)} ${node.any?.[0]?.message ?? ''}`),
      }));
  });
}
