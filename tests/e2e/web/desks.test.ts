// Those who decide between people, look at decisions, rule, write guidelines and lead queues: by key, on the real thing.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import type {Page} from 'playwright-core';
import {chromiumPath, hasChromium, overflowOf, settled, violations} from './browser.ts';
import {atDesk, itemNow, nextItem, Office, press, typeAhead} from './office.ts';
import type {Person} from './people.ts';

const pictures = process.env['ASSAY_PICTURES'];

const screens: [string, RegExp][] = [
  ['/review', /^My work$/],
  ['/review/items', /^Items$/],
  ['/review/keys', /^Keys of the workspace$/],
  ['/review/queues', /^Queues$/],
  ['/review/queues/few-doubled', /^few-doubled$/],
  ['/review/escalations', /^Escalations$/],
  ['/review/audits', /^Audits$/],
  ['/review/guidelines', /^Guidelines$/],
  ['/review/guidelines/quality', /^quality$/],
  ['/review/calibration', /^Calibration$/],
  ['/review/gold', /^Gold$/],
  ['/review/approvals', /^Approvals$/],
];

// What cannot be reached: wider than the window, or than what holds it, where that does not scroll.
const cut = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const named = (element: Element): string => `${element.tagName.toLowerCase()}.${element.className} ${(element.textContent ?? '').slice(0, 40)}`;
    return [...document.querySelectorAll('main *')]
      .filter((element) => element instanceof HTMLElement && element.checkVisibility() && !element.closest('.unseen, svg'))
      .filter((element) => {
        const {left, right, width} = element.getBoundingClientRect();
        const scrolls = (each: Element): boolean => /auto|scroll/.test(getComputedStyle(each).overflowX);
        for (let holder: Element | null = element; holder; holder = holder.parentElement) if (scrolls(holder)) return false;
        const clips = element.scrollWidth > element.clientWidth + 1 && /hidden|clip/.test(getComputedStyle(element).overflowX);
        return width > 0 && (left < -1 || right > innerWidth + 1 || clips);
      })
      .map(named)
      .slice(0, 5);
  });

describe('review desks', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let office: Office;

  before(async () => {
    office = await Office.open();
  });
  after(() => office?.close());

  // Two people differ; somebody else decides, having seen both without names.
  async function label(person: Person, queue: string, item: string, keys: string[]): Promise<void> {
    await office.as(person, async ({page}) => {
      await page.goto(`/review/items/${item}`);
      await page.getByRole('button', {name: /^(Take it|Go on with it)/}).focus();
      await press(page, 'Enter');
      await atDesk(page);
      await press(page, ...keys, 'Control+Enter');
      await page.waitForURL(`**/review/work?queue=${queue}`);
    });
  }

  test('people differ, and an adjudicator decides by key, without names, with the cause', async () => {
    const items = await office.items('few-doubled', 'QUEUED');
    const item = items[0] ?? '';
    await label('ann', 'few-doubled', item, ['5', '5', '1']);
    await label('pat', 'few-doubled', item, ['3', '3', '2']);
    assert.equal((await office.view('lea', item)).item.state, 'ADJUDICATION');
    await office.as('lea', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      await page.getByRole('button', {name: 'Take it, to adjudicate'}).focus();
      await press(page, 'Enter');
      await atDesk(page);
      const said = page.getByRole('region', {name: 'What was said'});
      await said.getByText('they differ').first().waitFor();
      assert.doesNotMatch((await page.locator('main').innerText()), /\b(ann|pat)\b/);
      assert.deepEqual(await violations(page), []);
      if (pictures) await page.screenshot({path: `${pictures}/adjudication.png`, fullPage: true});
      await press(page, '4', '4', '1', '1', 'Control+Enter');
      await page.waitForURL('**/review/work?queue=few-doubled');
    });
    const view = await office.view('lea', item);
    assert.equal(view.item.state, 'DONE');
  });

  test('gold is made of an item that is done, and looks like the others', async () => {
    const items = await office.items('few-doubled', 'DONE');
    const item = items[0] ?? '';
    await office.as('lea', async ({page}) => {
      await page.goto('/review/gold');
      await page.getByRole('textbox', {name: 'Item', exact: true}).fill(item);
      await page.getByLabel('Why the answer is right').fill('it was adjudicated');
      await press(page, 'Enter');
      const known = page.getByRole('table', {name: 'Items whose answer is known'});
      await known.getByText('few-doubled').waitFor();
      await known.locator('button[data-row]').first().focus();
      await press(page, 'Enter');
      await page.getByRole('textbox', {name: 'Why', exact: true}).fill('the handbook has changed');
      await press(page, 'Enter');
      await known.getByText('retired', {exact: true}).waitFor();
      await known.getByText('the handbook has changed').waitFor();
    });
  });

  test('an auditor judges blind, sees the decision then, and says what is wrong with it', async () => {
    const items = await office.items('few-audited', 'QUEUED');
    const item = items[0] ?? '';
    await label('ann', 'few-audited', item, ['5', '5', '1']);
    await office.as('mia', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      const take = page.getByRole('button', {name: 'Take it, to audit'});
      for (const until = Date.now() + 20_000; !(await take.isVisible()) && Date.now() < until;) await press(page, '.');
      await take.focus();
      await press(page, 'Enter');
      await atDesk(page);
      assert.equal(await page.getByRole('region', {name: 'What was said'}).count(), 0, 'blind first');
      await press(page, '2', '2', '3', 'Control+Enter');
      // Their own judgement fails the answer, and says not why: the decision is not sent before it does.
      await page.getByText(/needs a rationale/).waitFor();
      await page.waitForFunction(() => document.activeElement?.getAttribute('data-part') === 'rationale');
      assert.equal(await page.getByRole('region', {name: 'What was said'}).count(), 0, 'still blind');
      await page.keyboard.type('It answers nothing at all.');
      await press(page, 'Control+Enter');
      await page.getByText('Is the decision right?').waitFor();
      await page.getByRole('region', {name: 'What was said'}).waitFor();
      await press(page, 'Escape', '2', '1', 'Control+Enter');
      await page.getByText('Still missing: whether the decision is right, and else what is wrong with it and why.').waitFor();
      await press(page, '3', 'Control+Enter');
      await page.waitForURL('**/review/work?queue=few-audited');
    });
    assert.equal((await office.view('lea', item)).item.state, 'REWORK');
  });

  test('a ruling lets an escalated item go on, and is found again by its words', async () => {
    const items = await office.items('few-correction', 'QUEUED');
    const item = items[0] ?? '';
    await office.called('lea', 'ActOnItem', {item, key: 'e1', escalate: {reason: 'AMBIGUITY', note: 'is a comma a change?', clause: '1'}});
    await office.as('max', async ({page}) => {
      await page.goto('/review/escalations');
      await settled(page, 'Escalations');
      await page.getByRole('row', {name: /is a comma a change/}).getByRole('link').first().focus();
      await press(page, 'Enter');
      await page.getByLabel('Ruling, a precedent for later').fill('A comma is no change of the answer.');
      await press(page, 'Enter');
      await page.getByRole('heading', {name: /Ruled/}).waitFor();
      await page.goto('/review/items?text=comma+is+no+change');
      await page.getByRole('row').nth(1).getByText('few-correction').waitFor();
    });
    assert.equal((await office.view('lea', item)).item.state, 'QUEUED');
  });

  test('who rules may decide the item themselves, with the ruling and the cause', async () => {
    const item = (await office.items('few-refusal', 'QUEUED')).at(-1) ?? '';
    await office.called('lea', 'ActOnItem', {item, key: 'e2', escalate: {reason: 'AMBIGUITY', note: 'is silence a refusal?', clause: '1'}});
    await office.as('max', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      await page.getByRole('button', {name: 'Decide the item yourself…'}).focus();
      await press(page, 'Enter');
      await atDesk(page);
      await press(page, '1', '2', '2', 'Control+Enter');
      await page.getByText('Still missing: the ruling').waitFor();
      await page.getByLabel('Ruling, for whoever meets the like again').fill('Silence is no refusal.');
      await press(page, 'Control+Enter');
      await page.getByRole('heading', {name: /Ruled/}).waitFor();
      await page.getByText('Silence is no refusal.').first().waitFor();
    });
    assert.match((await office.view('lea', item)).item.state, /^(DECIDED|DONE|AUDIT)$/);
  });

  test('personal data is withheld at once, taken out, and judged anew', async () => {
    const items = await office.items('few-safety', 'QUEUED');
    const item = items.at(-1) ?? '';
    await office.as('ann', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      await page.getByRole('button', {name: 'Take it, to label'}).focus();
      await press(page, 'Enter');
      await atDesk(page);
      const asked = page.waitForRequest('**/assay.v1.ReviewService/ActOnItem');
      await typeAhead(page, 'f', ...'a name stands in it', 'Control+Enter');
      assert.deepEqual((await asked).postDataJSON().quarantine, {reason: 'a name stands in it'});
      await page.getByText('Its content is not shown to you').waitFor();
    });
    assert.equal((await office.view('lea', item)).item.state, 'QUARANTINED');
    await office.as('pat', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      await page.getByLabel('What is to be taken out, a line each').fill('First');
      await page.getByText(/\d+ places? will read/).waitFor();
      await page.getByLabel('Version of the redaction policy').fill('2026-11');
      await press(page, 'Enter');
      await page.getByText('[taken out] claim').first().waitFor();
    });
    assert.doesNotMatch(JSON.stringify(await office.view('ann', item)), /First claim/);
  });

  test('what changes while one judges it is refused with nothing lost, and can be kept as an extra', async () => {
    await office.as('cat', async ({page}) => {
      await page.goto('/review/work?queue=few-classification');
      await atDesk(page);
      const item = await itemNow(page);
      await press(page, '2', 'r');
      await page.keyboard.type('It is cold.');
      await office.called('pat', 'ActOnItem', {item, key: 'q', quarantine: {reason: 'a name'}});
      await office.called('pat', 'ActOnItem', {item, key: 'n', end_quarantine: {}});
      const {view} = await office.called<{view: {content: {responses: object[]; prompt: object[]}}}>('pat', 'GetItem', {id: item});
      await office.called('pat', 'ActOnItem', {item, key: 'q2', quarantine: {reason: 'a name'}});
      await office.called('pat', 'ActOnItem', {item, key: 'r', end_quarantine: {content: {prompt: view.content.prompt, responses: view.content.responses.map((each) => ({...each, text: '[taken out]'})), is_redacted: true}, policy: '1'}});
      await press(page, 'Control+Enter');
      await page.getByText('Too late: the place is taken, or the item has changed').waitFor();
      assert.equal(await page.getByLabel('Why').inputValue(), 'It is cold.');
      await page.getByRole('button', {name: 'Keep it as an extra'}).focus();
      await press(page, 'Enter');
      await page.getByText('Submitted.').waitFor();
      const {judgements} = (await office.called<{view: {judgements: {role: string; content: {rationale: string}}[]}}>('cat', 'GetItem', {id: item})).view;
      assert.deepEqual(judgements.map(({role, content}) => [role, content.rationale]), [['EXTRA', 'It is cold.']]);
    });
  });

  test('a guideline is read, acknowledged and asked about; a change waits for others', async () => {
    await office.as('ann', async ({page}) => {
      await page.goto('/review/guidelines/quality');
      await settled(page, 'quality');
      assert.equal(await page.locator('.prose script, .prose img, .prose a').count(), 0);
      await page.getByText('<script>alert(1)</script>').first().waitFor();
      await page.getByRole('button', {name: 'I have read version 1.0.0'}).focus();
      await press(page, 'Enter');
      await page.getByText('You have read version 1.0.0.').waitFor();
      await page.getByLabel('What it should say').fill('Rounded amounts are wrong.');
      await press(page, 'Enter');
      await page.getByRole('region', {name: 'Proposals, no clause'}).getByText('waits for a lead').waitFor();
      await page.goto('/review/approvals');
      await page.getByRole('row', {name: /rubric quality/}).getByText('proposal').waitFor();
    });
    await office.as('lea', async ({page}) => {
      await page.goto('/review/guidelines/quality');
      await page.getByRole('combobox', {name: 'Clause'}).selectOption('1.1');
      await page.getByLabel('What it should say').fill('Is 2.5 rounded?');
      await page.getByRole('button', {name: 'Open the question of this clause'}).focus();
      await press(page, 'Enter');
      const questions = page.getByRole('table', {name: 'Clarifications'});
      await questions.getByText('being answered').waitFor();
      await questions.getByRole('button', {name: '§ 1.1'}).focus();
      await press(page, 'Enter');
      await questions.getByText('Is 2.5 rounded?').waitFor();
      await page.getByRole('button', {name: 'Reject it'}).focus();
      await press(page, 'Enter');
      await page.getByText('is needed to reject').waitFor();
      await page.getByLabel('Why; needed to reject').fill('It is written with one digit.');
      await page.getByRole('button', {name: 'Reject it'}).focus();
      await press(page, 'Enter');
      await questions.getByText('rejected', {exact: true}).waitFor();
      await questions.getByText('It is written with one digit.').waitFor();
    });
    await office.called('ann', 'ProposeChange', {change: 'RUBRIC_MINOR', subject: 'rubric quality, examples', diff: '+ an example of rounded amounts', reason: 'people differ there'});
    await office.as('ann', async ({page}) => {
      await page.goto('/review/approvals');
      await page.getByRole('button', {name: /rubric quality, examples/}).focus();
      await press(page, 'Enter');
      await page.getByText('Others have to answer').waitFor();
    });
    await office.as('lea', async ({page}) => {
      await page.goto('/review/approvals');
      await page.getByRole('button', {name: /rubric quality, examples/}).focus();
      await press(page, 'Enter');
      await page.getByRole('button', {name: 'Approve exactly this'}).focus();
      await press(page, 'Enter');
      await page.getByRole('row', {name: /rubric quality, examples/}).getByText('approved', {exact: true}).waitFor();
    });
  });

  test('a session: two people judge blind, all is shown, and it is said what is right', async () => {
    const items = (await office.items('few-refusal', 'QUEUED')).slice(0, 2);
    await office.as('lea', async ({page}) => {
      await page.goto('/review/calibration');
      await page.getByRole('combobox', {name: 'Queue'}).selectOption('few-refusal');
      await page.getByLabel('People, their names').fill('bob, cat');
      await page.getByLabel('Items, their whole numbers, 2 to 100').fill(items.join('\n'));
      await page.getByRole('button', {name: 'Open it'}).focus();
      await press(page, 'Enter');
      await page.getByText('Everybody judges for themselves first').waitFor();
      const session = new URL(page.url()).pathname;
      const {calibration} = await office.called<{calibration: {items: string[]}}>('lea', 'GetCalibration', {id: session.split('/').at(-1)});
      for (const [person, keys] of [['bob', ['1', '2']], ['cat', ['2', '1']]] as const) {
        for (const each of calibration.items) await label(person, 'few-refusal', each, [...keys]);
      }
      await press(page, '.');
      await page.getByText('4 of 4').waitFor();
      await page.getByRole('button', {name: 'Show all judgements'}).focus();
      await press(page, 'Enter');
      const grid = page.getByRole('table', {name: 'Judgements by item and person'});
      await grid.waitFor();
      assert.deepEqual(await violations(page), []);
      await grid.locator('button[data-row]').first().focus();
      await press(page, 'Enter');
      await page.getByLabel('Because').first().fill('the request is allowed');
      await press(page, 'Enter');
      await grid.getByText('the request is allowed').waitFor();
    });
  });

  test('what is escalated of a session stands in its grid, and nobody waits for it', async () => {
    const items = (await office.items('few-safety', 'QUEUED')).slice(0, 2);
    const {calibration} = await office.called<{calibration: {id: string; items: string[]}}>('lea', 'OpenCalibration', {queue: 'few-safety', items, people: ['bob', 'cat']});
    const [first = '', second = ''] = calibration.items;
    for (const [person, item] of [['bob', first], ['cat', first], ['cat', second]] as const) {
      const {view} = await office.called<{view: {lease: {token: string}}}>(person, 'ClaimItem', {item});
      await office.called(person, 'SubmitJudgement', {item, token: view.lease.token, key: `${person} ${item}`, content: {opinion: {safety: {harmful: false}}}});
    }
    await office.called('bob', 'ClaimItem', {item: second});
    await office.called('bob', 'ActOnItem', {item: second, key: 'e', escalate: {reason: 'DOMAIN', note: 'is that a <b>dose</b>?', clause: '1'}});
    await office.as('lea', async ({page}) => {
      await page.goto(`/review/calibration/${calibration.id}`);
      await page.getByText('3 of 4, and 1 escalated instead').waitFor();
      await page.getByText('0 judgements to come').waitFor();
      assert.equal(await page.getByText('is that a').count(), 0, 'nobody is shown it before the rest');
      await page.getByRole('button', {name: 'Show all judgements'}).focus();
      await press(page, 'Enter');
      const grid = page.getByRole('table', {name: 'Judgements by item and person'});
      const asked = grid.getByRole('row').filter({hasText: 'escalated: domain, to expert'});
      await asked.first().waitFor();
      assert.equal(await asked.count(), 1);
      assert.match(await asked.innerText(), /not judged\s+escalated: domain, to expert/);
      await asked.locator('button[data-row]').focus();
      await press(page, 'Enter');
      const said = grid.getByRole('list', {name: 'Escalations'});
      await said.waitFor();
      assert.match(await said.innerText(), /^bob escalated: domain, to expert; § 1; is that a <b>dose<\/b>\?/);
      assert.deepEqual(await violations(page), []);
    });
  });

  test('a rubric that cannot be read is said to be so, and no other words stand in its place', async () => {
    await office.as('ann', async ({page}) => {
      await page.route('**/assay.v1.ReviewService/ListRubricVersions', async (route) => {
        const answer = await route.fetch();
        const {versions} = (await answer.json()) as {versions: {json: string; version: string}[]};
        const [newest] = versions;
        assert.ok(newest);
        // A later minor version that could be read would be the wrong words.
        const broken = [{...newest, json: 'no document'}, {...newest, version: '1.9.0'}];
        await route.fulfill({response: answer, json: {versions: broken}});
      });
      await page.goto('/review/work?queue=few-classification');
      await page.getByText('No item could be had').waitFor();
      await page.getByText('version 1.0.0 of rubric "quality" is no document that this page can read').waitFor();
      assert.equal(await page.locator('.question').count(), 0);
      assert.deepEqual(await violations(page), []);
      await page.goto('/review/guidelines/quality?version=1.0.0');
      await page.getByText('Version 1.0.0 is not shown').waitFor();
      await page.getByText('it is no document that this page can read').waitFor();
      assert.deepEqual(await violations(page), []);
      await page.unroute('**/assay.v1.ReviewService/ListRubricVersions');
      await page.goto('/review/work?queue=few-classification');
      await atDesk(page);
    });
  });

  test('in a narrow window each item opens at its top, and not at what is asked of it', async () => {
    await office.as('bob', async ({page}) => {
      const top = (selector: string): Promise<number> => page.locator(selector).first().evaluate((element) => element.getBoundingClientRect().top);
      await page.setViewportSize({width: 700, height: 480});
      await page.goto('/review/work?queue=many-quality');
      let item = '';
      for (const keys of [['4', '5', '1', 'Control+Enter'], []]) {
        await nextItem(page, item);
        item = await itemNow(page);
        assert.ok((await top('.question.current')) > 240, 'what is asked stands below what is judged');
        const bar = await top('.deskbar');
        assert.ok(bar >= 0 && bar < 240, `the item begins at ${bar}`);
        const response = await top('[aria-label=Response]');
        assert.ok(response >= 0 && response < 480, `the response begins at ${response}`);
        // The keys answer all the same, and lead to what is asked next.
        await press(page, ...keys);
      }
    });
  });

  test('at 200 % zoom and on a narrow screen none of reviews needs scrolling sideways, and nothing is cut', async () => {
    // 1280 pixels at 200 % are 640 of CSS.
    const zoomed = async (person: Person, each: [path: string, ready: (page: Page) => Promise<void>][]): Promise<void> => {
      await office.as(person, async ({page}) => {
        for (const [path, ready, width] of each.flatMap(([at, then]) => [640, 400].map((wide) => [at, then, wide] as const))) {
          await page.setViewportSize({width, height: 480});
          await page.goto(path);
          await ready(page);
          const overflow = await overflowOf(page);
          assert.ok(overflow <= 0, `${path} is ${overflow} pixels too wide for ${width}`);
          assert.deepEqual(await cut(page), [], `${path}: cut at ${width}`);
          if (width === 400) assert.deepEqual(await violations(page), [], `${path}: axe at ${width}`);
        }
      });
    };
    await zoomed('lea', screens.map(([path, title]) => [path, (page: Page) => settled(page, title)]));
    const queues = ['few-better', 'few-ranking', 'few-suggested', 'few-safety', 'few-grounding', 'few-correction', 'few-classification', 'calls-tools', 'many-quality'];
    await zoomed('bob', queues.map((queue) => [`/review/work?queue=${queue}`, atDesk]));
  });

  for (const theme of ['light', 'dark'] as const) {
    test(`no screen of reviews has a serious axe violation in ${theme}`, async () => {
      await office.as('lea', async ({page}) => {
        for (const [path, title] of screens) {
          await page.goto(path);
          await settled(page, title);
          assert.deepEqual(await violations(page), [], `${path} in ${theme}`);
          if (pictures) await page.screenshot({path: `${pictures}/${path.replaceAll('/', '_')}-${theme}.png`, fullPage: true});
        }
      }, theme);
      await office.as('ann', async ({page}) => {
        await page.goto('/review/work?queue=few-better');
        await atDesk(page);
        assert.deepEqual(await violations(page), [], `workspace in ${theme}`);
        if (pictures) await page.screenshot({path: `${pictures}/work-${theme}.png`, fullPage: true});
      }, theme);
    });
  }
});
