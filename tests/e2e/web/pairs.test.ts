// Pairs: by which criteria which is better, what a model suggests, and what that does to people.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import type {Page} from 'playwright-core';
import {chromiumPath, hasChromium, settled, violations} from './browser.ts';
import {atDesk, itemNow, nextItem, Office, press, typeAhead, type Judgement} from './office.ts';

const pictures = process.env['ASSAY_PICTURES'];

describe('pairs', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let office: Office;

  before(async () => {
    office = await Office.open();
  });
  after(() => office?.close());

  const judged = async (item: string): Promise<Judgement> => (await office.view('ivy', item)).judgements.at(-1) ?? assert.fail(item);
  const suggestion = (page: Page) => page.getByRole('region', {name: 'Suggestion'});
  // The side that is suggested: A or B.
  const sideIn = async (page: Page): Promise<'A' | 'B'> => (/B is clearly better/.test(await suggestion(page).innerText()) ? 'B' : 'A');
  const chosen = (page: Page): Promise<number> => page.locator('[aria-checked=true]').count();

  // Judges what has no suggestion, held back by chance, until there is one.
  async function untilSuggested(page: Page, item: string): Promise<string> {
    while ((await suggestion(page).count()) === 0) {
      await press(page, 'a', 'Control+Enter');
      item = await nextItem(page, item);
      assert.notEqual(item, '', 'no item has a suggestion');
    }
    return item;
  }

  test('one key and one chord judge a pair, and a key each names the better one by a criterion', async () => {
    await office.as('ann', async ({page}) => {
      await page.goto('/review/work?queue=few-better');
      await atDesk(page);
      const first = await itemNow(page);
      await press(page, 'a', 'Control+Enter');
      const second = await nextItem(page, first);
      await press(page, 'a', 'b', '=', 'Control+Enter');
      await nextItem(page, second);
      assert.deepEqual((await judged(first)).content.opinion['pairwise'].criteria, []);
      const {winner, criteria} = (await judged(second)).content.opinion['pairwise'];
      const other = (await office.called<{view: {item: {responses: string[]}}}>('ivy', 'GetItem', {id: second})).view.item.responses.find((id) => id !== winner);
      assert.deepEqual(criteria, [{criterion: 'correctness', winner: other}, {criterion: 'helpfulness', winner: ''}]);
    });
  });

  test('a suggestion is seen as one, chosen by nobody, taken over with one key and submitted by the chord alone', async () => {
    await office.as('bob', async ({page}) => {
      await page.goto('/review/work?queue=few-suggested');
      await atDesk(page);
      const kept = await untilSuggested(page, await itemNow(page));
      await suggestion(page).getByText('not chosen: it may be wrong').waitFor();
      assert.equal(await chosen(page), 0, 'nothing is chosen by itself');
      assert.equal(await page.locator('.option.suggested').count(), 1);
      assert.deepEqual(await violations(page), []);
      if (pictures) await page.screenshot({path: `${pictures}/suggestion.png`, fullPage: true});
      await press(page, 'v');
      assert.equal(await chosen(page), 1);
      assert.equal(await itemNow(page), kept, 'and nothing is sent by it');
      assert.equal((await office.view('lea', kept)).judgements.length, 0);
      await press(page, 'Control+Enter');
      let item = await nextItem(page, kept);
      assert.deepEqual(use(await judged(kept)), ['BEFORE', false, true]);
      item = await untilSuggested(page, item);
      await press(page, (await sideIn(page)) === 'A' ? 'b' : 'a', 'Control+Enter');
      await nextItem(page, item);
      assert.deepEqual(use(await judged(item)), ['BEFORE', false, false]);
    });
    await office.as('lea', async ({page}) => {
      await page.goto('/review/queues/few-suggested');
      await settled(page, 'few-suggested');
      const table = page.getByRole('table', {name: 'What may sway people'});
      const row = table.getByRole('row', {name: /Says what is suggested, in view of it/});
      assert.match(await row.innerText(), /0\.500[\s\S]*1 of 2/);
      await table.getByRole('row', {name: /The left one wins/}).waitFor();
      await table.getByRole('row', {name: /The longer one wins/}).waitFor();
      assert.deepEqual(await violations(page), []);
      if (pictures) await page.screenshot({path: `${pictures}/bias.png`, fullPage: true});
    });
  });

  const use = ({content: {suggestion: of}}: Judgement): unknown[] => [of?.show, of?.is_control, of?.matches];

  test('what is suggested after the answer is shown where it differs, and the answer stands or is changed by key', async () => {
    await office.as('cat', async ({page}) => {
      await page.goto('/review/work?queue=few-after');
      await atDesk(page);
      let item = await itemNow(page);
      const otherwise = page.getByRole('heading', {name: 'A model would have answered otherwise'});
      // It always prefers the candidate, and is held back from few.
      const untilOtherwise = async (): Promise<string> => {
        for (;;) {
          assert.equal(await suggestion(page).count(), 0, 'before the answer');
          await press(page, '=', 'Control+Enter');
          await page.waitForFunction((last) => {
            const now = document.querySelector('.deskbar .mono')?.getAttribute('title');
            return document.querySelector('.suggestion') || document.querySelector('.nothing') || (now && now !== last && document.querySelector('.question.current'));
          }, item);
          if (await otherwise.count()) return item;
          assert.equal(await page.locator('.nothing').count(), 0, 'it is always held back');
          item = await itemNow(page);
        }
      };
      const stands = await untilOtherwise();
      assert.deepEqual(await violations(page), []);
      await press(page, 'Enter');
      item = await nextItem(page, stands);
      assert.deepEqual([...use(await judged(stands)), (await judged(stands)).content.suggestion?.first_matches], ['AFTER_ANSWER', false, false, false]);
      const changed = await untilOtherwise();
      await press(page, 'Tab', 'Enter');
      await page.waitForURL(`**/review/items/${changed}?revise=yes&then=work`);
      await atDesk(page);
      await typeAhead(page, 'v', 'Control+Enter');
      await page.waitForURL('**/review/work?queue=few-after');
      assert.deepEqual([...use(await judged(changed)), (await judged(changed)).content.suggestion?.first_matches], ['AFTER_ANSWER', false, true, false]);
    });
  });
});
