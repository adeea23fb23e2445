// A day of a reviewer in one page: a thousand items, and the page is as light at the end as near the beginning. Takes
// minutes, so that ASSAY_SOAK=1 asks for it.

import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Page} from 'playwright-core';
import {chromiumPath, hasChromium, launch, watch} from './browser.ts';
import {atDesk, itemNow, nextItem, press} from './office.ts';
import {runSuite, tokenOf, tokens, untilEntered, writeLong} from './people.ts';
import {startStack} from './stack.ts';

const items = 1000;
const warm = 100;
const skip = !hasChromium ? `${chromiumPath} is not installed (scripts/setup installs it)` : process.env['ASSAY_SOAK'] ? false : 'ASSAY_SOAK=1 runs it';

interface Weight {
  heap: number; // bytes that are in use once garbage is away
  nodes: number;
  listeners: number;
}

async function weightOf(page: Page): Promise<Weight> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  for (let turn = 0; turn < 3; turn += 1) await session.send('HeapProfiler.collectGarbage');
  const {metrics} = await session.send('Performance.getMetrics');
  await session.detach();
  const of = (name: string): number => metrics.find((each) => each.name === name)?.value ?? assert.fail(name);
  return {heap: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners')};
}

test('a thousand items in one session leave the page as light as a hundred', {skip}, async () => {
  const browser = await launch();
  const stack = await startStack({documents: (catalog, endpoints) => writeLong(catalog, endpoints, items), tokens});
  try {
    await runSuite(stack, 'long', 'echo-bot');
    await untilEntered(stack, {'long-quality': items});
    const watched = await watch(browser, {base: stack.base, token: tokenOf('ann')});
    const {page} = watched;
    await page.goto('/review/work?queue=long-quality');
    await atDesk(page);
    const waits: number[] = [];
    const seen = new Set<string>();
    let early: Weight | undefined;
    for (let item = await itemNow(page); item !== ''; ) {
      seen.add(item);
      await press(page, '4', '5', '1');
      const sent = performance.now();
      await press(page, 'Control+Enter');
      item = await nextItem(page, item);
      waits.push(performance.now() - sent);
      if (seen.size === warm) early = await weightOf(page);
    }
    const late = await weightOf(page);
    assert.equal(seen.size, items);
    assert.ok(early);
    const median = (of: number[]): number => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
    const [first, last] = [median(waits.slice(0, warm)), median(waits.slice(-warm))];
    console.log(`next item ${first.toFixed(0)} ms in the median at first, ${last.toFixed(0)} ms at last; heap ${(early.heap / 1e6).toFixed(1)} then ${(late.heap / 1e6).toFixed(1)} MB, nodes ${early.nodes} then ${late.nodes}, listeners ${early.listeners} then ${late.listeners}`);
    assert.ok(late.heap - early.heap < 3e6, `${late.heap - early.heap} bytes more`);
    assert.ok(late.nodes <= early.nodes + 500, `${late.nodes - early.nodes} nodes more`);
    assert.ok(late.listeners <= early.listeners + 20, `${late.listeners - early.listeners} listeners more`);
    assert.ok(last < 3 * first + 20, `the next item takes ${last} ms, and took ${first} ms`);
    assert.equal(await page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith('assay.draft.')).length), 0);
    watched.assertQuiet();
    await watched.close();
  } finally {
    await browser.close();
    await stack.stop();
  }
});
