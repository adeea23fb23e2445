// Makes the pictures of docs/web.md: node tests/e2e/web/screens.ts, from the root, after a build.

import {mkdirSync} from 'node:fs';
import {launch, settled, watch} from './browser.ts';
import {writeCalm} from './documents.ts';
import {startStack} from './stack.ts';

const folder = new URL('../../../docs/screens/', import.meta.url).pathname;
const stack = await startStack({documents: writeCalm, isSigned: true});
const browser = await launch();

interface Check {
  verdict: {id: string; suites: {run_id: string}[]};
}
async function check(gate: string, candidate: string, fresh = false): Promise<Check> {
  return (await stack.call<{check: Check}>('GateService/CheckGate', {gate, candidate, fresh, timeout: '60s'})).check;
}

try {
  mkdirSync(folder, {recursive: true});
  for (const candidate of ['2026.11.3', '2026.11.2', '2026.11.3', '2026.11.2']) await check('support-release', `support-bot@${candidate}`, true);
  const {verdict} = await check('support-release', 'support-bot@2026.11.3');
  await check('web-agent', 'slow-bot@1');
  await stack.call('ModelService/PromoteModel', {name: 'support-bot', version: '2026.10.1', stage: 'production'});
  const {run: broken} = await stack.call<{run: {id: string}}>('RunService/StartRun', {suite: 'steady', model: 'broken-bot@1'});
  const run = verdict.suites[0]?.run_id ?? '';
  for (const theme of ['light', 'dark'] as const) {
    const {page, close} = await watch(browser, {base: stack.base, theme, width: 1280, height: 800});
    const take = async (name: string, path: string, title: RegExp, then?: () => Promise<void>) => {
      await page.goto(path);
      await settled(page, title);
      await then?.();
      await page.screenshot({path: `${folder}${name}-${theme}.png`});
    };
    await take('gates', '/gates', /^Gates$/);
    await take('gate', '/gates/support-release', /support-release/);
    await take('verdict', `/verdicts/${verdict.id}`, /support-bot/);
    await take('run', `/runs/${broken.id}`, /steady/, () => page.getByRole('table', {name: 'Errors by cause'}).waitFor());
    await take('case', `/runs/${run}/cases/3`, /^Case/, async () => {
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
