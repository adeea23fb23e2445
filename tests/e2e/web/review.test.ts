// People at work in review queues: a real assayd, real browsers, and the keyboard alone.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import type {Browser, Page} from 'playwright-core';
import {chromiumPath, hasChromium, launch, settled, violations, watch, type Watched} from './browser.ts';
import {hostile} from './documents.ts';
import {kinds, runAll, tokenOf, tokens, untilEntered, writeReviews, type Person} from './people.ts';
import {startStack, type Stack} from './stack.ts';

const pictures = process.env['ASSAY_PICTURES'];

interface Judgement {
  id: string;
  is_mine: boolean;
  is_superseded: boolean;
  content: {rationale: string; opinion: Record<string, unknown>};
}
interface View {
  item: {id: string; state: string};
  judgements: Judgement[];
}

const itemNow = (page: Page): Promise<string> => page.evaluate(() => document.querySelector('.deskbar .mono')?.getAttribute('title') ?? '');
const atDesk = (page: Page): Promise<void> => page.locator('.question.current').waitFor();

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

// The next item, another than the one before, or the words for none.
async function nextItem(page: Page, before: string): Promise<string> {
  await page.waitForFunction((last) => {
    const now = document.querySelector('.deskbar .mono')?.getAttribute('title');
    return (now && now !== last && document.querySelector('.question.current')) || document.querySelector('.nothing');
  }, before).catch(async (cause: unknown) => {
    throw new Error(`${String(cause)}: ${await page.locator('main').innerText()}`);
  });
  return itemNow(page);
}

describe('reviews', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let browser: Browser;
  let stack: Stack;

  before(async () => {
    browser = await launch();
    stack = await startStack({documents: writeReviews, tokens});
    await runAll(stack);
    await untilEntered(stack, {
      'many-quality': 60, 'race-quality': 24, 'hostile-quality': Object.keys(hostile).length, 'few-doubled': 6, 'few-better': 6, 'few-ranking': 6, 'few-audited': 6,
      ...Object.fromEntries(kinds.map((kind) => [`few-${kind}`, 6])),
    });
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  const called = <T>(person: Person, method: string, request: object = {}): Promise<T> => stack.call<T>(`ReviewService/${method}`, request, tokenOf(person));
  const viewOf = async (person: Person, id: string): Promise<View> => (await called<{view: View}>(person, 'GetItem', {id})).view;

  async function as(person: Person, work: (watched: Watched) => Promise<void>, theme: 'light' | 'dark' = 'light'): Promise<void> {
    const watched = await watch(browser, {base: stack.base, token: tokenOf(person), theme});
    try {
      await work(watched);
      watched.assertQuiet();
    } finally {
      await watched.close();
    }
  }

  test('fifty items are judged by key alone: three digits and one chord each', async () => {
    await as('ann', async ({page}) => {
      await page.addInitScript(() => {
        (globalThis as unknown as {pointed: number}).pointed = 0;
        for (const kind of ['pointerdown', 'mousedown', 'click']) {
          addEventListener(kind, (event) => { if ((event as MouseEvent).detail > 0 || kind !== 'click') (globalThis as unknown as {pointed: number}).pointed += 1; }, true);
        }
      });
      await page.goto('/review');
      await settled(page, 'My work');
      await page.goto('/review/work?queue=many-quality');
      const began = Date.now();
      await atDesk(page);
      const first = Date.now() - began;
      const seen = new Set<string>();
      const waits: number[] = [];
      let item = await itemNow(page);
      for (let at = 0; at < 50; at += 1) {
        seen.add(item);
        await press(page, '4', '5', '1');
        const sent = Date.now();
        await press(page, 'Control+Enter');
        item = await nextItem(page, item);
        waits.push(Date.now() - sent);
      }
      assert.equal(seen.size, 50);
      assert.equal(await page.evaluate(() => (globalThis as unknown as {pointed: number}).pointed), 0, 'nothing was pointed at');
      const median = waits.sort((a, b) => a - b)[25] ?? 0;
      console.log(`first item ${first} ms after the page, next item ${median} ms in the median, ${waits[47]} ms in 95 of 100`);
      assert.ok(median < 400, `the next item takes ${median} ms in the median`);
      const work = await called<{judged_today: string}>('ann', 'GetMyWork');
      assert.equal(work.judged_today, '50');
      const view = await viewOf('ann', [...seen][0] ?? '');
      assert.deepEqual((view.judgements[0]?.content.opinion['criteria'] as {criteria: object[]}).criteria.map((each) => Object.values(each).slice(0, 2)), [['correctness', []], ['helpfulness', []], ['tone', ['friendly']]]);
    });
  });

  const answers: [queue: string, keys: string[], opinion: (opinion: Record<string, any>) => unknown, expected: unknown][] = [
    ['few-better', ['a'], (opinion) => [opinion['pairwise'].choice, opinion['pairwise'].strength], ['WINNER', 2]],
    ['few-ranking', ['1', '2', '2'], (opinion) => opinion['ranking'].ranks.map(({responses}: {responses: string[]}) => responses.length), [1, 2]],
    ['few-classification', ['1'], (opinion) => opinion['criteria'].criteria, [{criterion: 'tone', labels: ['friendly'], not_applicable: false}]],
    ['few-safety', ['1'], (opinion) => opinion['safety'].harmful, false],
    ['few-refusal', ['1', '2'], (opinion) => [opinion['refusal'].allowed, opinion['refusal'].refused], [true, false]],
    ['few-grounding', ['y', 'y'], (opinion) => opinion['grounding'].claims.map((claim: {support: string}) => claim.support), ['SUPPORTED', 'SUPPORTED']],
    ['few-correction', ['1'], (opinion) => opinion['correction'].unchanged, true],
  ];
  for (const [queue, keys, read, expected] of answers) {
    test(`${queue} is answered with ${keys.join(' ')} and one chord`, async () => {
      await as('bob', async ({page}) => {
        await page.goto(`/review/work?queue=${queue}`);
        await atDesk(page);
        const item = await itemNow(page);
        if (queue === 'few-better' || queue === 'few-grounding') assert.deepEqual(await violations(page), [], queue);
        await press(page, ...keys, 'Control+Enter');
        await nextItem(page, item);
        const {judgements} = await viewOf('bob', item);
        assert.deepEqual(read(judgements[0]?.content.opinion as Record<string, any>), expected);
      });
    });
  }

  test('what still lacks is named and gone to; a rationale that is needed is asked for, and nothing is lost by it', async () => {
    await as('bob', async ({page}) => {
      await page.goto('/review/work?queue=few-doubled');
      await atDesk(page);
      const item = await itemNow(page);
      await press(page, '1', 'Control+Enter');
      await page.getByText('Still missing: Does it help?').waitFor();
      assert.equal(await page.locator('.question.current h3').textContent(), 'Does it help?');
      await press(page, '2', '3', 'Control+Enter');
      await page.getByText(/needs a rationale/).waitFor();
      await page.waitForFunction(() => document.activeElement?.getAttribute('data-part') === 'rationale');
      await page.keyboard.type('It is wrong: 11 is not 12.');
      await press(page, 'Control+Enter');
      await nextItem(page, item);
      const {judgements} = await viewOf('bob', item);
      assert.equal(judgements[0]?.content.rationale, 'It is wrong: 11 is not 12.');
    });
  });

  test('what is typed outlives a reload, a restart of the daemon and the loss of the token', async () => {
    await as('cat', async ({page}) => {
      await page.goto('/review/work?queue=few-safety');
      await atDesk(page);
      const item = await itemNow(page);
      await press(page, '2', 'r');
      await page.keyboard.type('half a thought');
      await page.reload();
      await atDesk(page);
      const why = page.getByLabel('Why');
      const isKept = async () => {
        assert.equal(await itemNow(page), item);
        assert.equal(await why.inputValue(), 'half a thought');
        assert.equal(await page.getByRole('radio', {name: 'harmful', exact: true}).getAttribute('aria-checked'), 'true');
      };
      await isKept();
      await stack.restart();
      await page.reload();
      await atDesk(page);
      await isKept();
      await page.getByRole('button', {name: 'Forget the token'}).click();
      await settled(page, 'Who is there?');
      await page.locator('input[type=password]').fill(tokenOf('cat'));
      await press(page, 'Enter');
      await atDesk(page);
      await isKept();
      // The daemon has it as well: another browser shows it.
      await page.getByText(/^saved /).waitFor({timeout: 8000}).catch(async () => {
        await press(page, 'u');
        await page.getByText(/^saved /).waitFor();
      });
      await as('cat', async ({page: other}) => {
        await other.goto('/review/work?queue=few-safety');
        await atDesk(other);
        assert.equal(await other.getByLabel('Why').inputValue(), 'half a thought');
      });
    });
  });

  test('two people race on one queue, and no item is judged twice', async () => {
    const work = (person: Person) =>
      new Promise<string[]>((resolve, reject) => {
        void as(person, async ({page}) => {
          await page.goto('/review/work?queue=race-quality');
          const done: string[] = [];
          for (let item = await nextItem(page, ''); item !== ''; item = await nextItem(page, item)) {
            done.push(item);
            await press(page, '4', '4', '1', 'Control+Enter');
          }
          await page.getByRole('heading', {name: 'Nothing to review here now'}).waitFor();
          resolve(done);
        }).catch(reject);
      });
    const [one, other] = await Promise.all([work('ann'), work('bob')]);
    assert.equal(new Set([...one, ...other]).size, 24);
    assert.equal(one.length + other.length, 24);
    assert.ok(one.length > 0 && other.length > 0, `${one.length} and ${other.length}`);
  });

  test('a daemon that is killed in mid-submission loses nothing and counts nothing twice', async () => {
    await as('bob', async ({page}) => {
      await page.goto('/review/work?queue=many-quality');
      await atDesk(page);
      const item = await itemNow(page);
      // It comes through, and the answer does not.
      let turns = 0;
      await page.route('**/assay.v1.ReviewService/SubmitJudgement', async (route) => {
        turns += 1;
        if (turns > 1) return route.continue();
        await route.fetch();
        await stack.kill();
        await route.abort('connectionreset');
      });
      await press(page, '4', '4', '1', 'Control+Enter');
      await page.getByText('No answer yet; it is sent again, and counts once').waitFor();
      await stack.restart();
      await nextItem(page, item);
      const {judgements} = await viewOf('bob', item);
      assert.equal(judgements.filter(({is_mine: isMine}) => isMine).length, 1);
      assert.ok(turns >= 2, String(turns));
    });
  });

  test('a page that was closed before the answer came sends it again with the same key', async () => {
    await as('bob', async ({page}) => {
      await page.goto('/review/work?queue=many-quality');
      await atDesk(page);
      const item = await itemNow(page);
      let isFirst = true;
      await page.route('**/assay.v1.ReviewService/SubmitJudgement', async (route) => {
        if (!isFirst) return route.continue();
        isFirst = false;
        await route.fetch();
        await route.abort('connectionreset');
      });
      await press(page, '5', '5', '1', 'Control+Enter');
      await page.getByText('No answer yet; it is sent again, and counts once').waitFor();
      await page.reload();
      await nextItem(page, item);
      const {judgements} = await viewOf('bob', item);
      assert.equal(judgements.length, 1);
      assert.equal(await page.evaluate((id) => Object.keys(localStorage).filter((name) => name.includes(id)).length, item), 0, 'nothing is left of it');
    });
  });

  test('a submission is taken back within its time, and both revisions are kept', async () => {
    await as('ann', async ({page}) => {
      await page.goto('/review/work?queue=few-refusal');
      await atDesk(page);
      const item = await itemNow(page);
      await press(page, '1', '2', 'Control+Enter');
      await nextItem(page, item);
      await press(page, 'z');
      await page.waitForURL(`**/review/items/${item}?revise=yes`);
      await atDesk(page);
      assert.equal(await page.getByRole('radio', {name: 'it answered'}).getAttribute('aria-checked'), 'true');
      await press(page, '2', '1', 'Control+Enter');
      await page.getByRole('button', {name: 'Revise your judgement'}).waitFor();
      const {judgements} = await viewOf('ann', item);
      assert.deepEqual(judgements.map(({is_superseded: isSuperseded}) => isSuperseded), [true, false]);
    });
  });

  test('what a model wrote never runs, loads or leads away in the workspace', async () => {
    const seen = new Set<string>();
    await as('cat', async ({page}) => {
      await page.goto('/review/work?queue=hostile-quality');
      for (let item = await nextItem(page, ''); item !== ''; item = await nextItem(page, item)) {
        const answer = page.getByRole('region', {name: 'Response', exact: true});
        const shown = await answer.last().evaluate((region) => region.textContent ?? '');
        seen.add(shown.slice(0, 40));
        assert.equal(await page.locator('main script, main iframe, main img, main svg, main style, main base, main form[action]').count(), 0);
        const foreign = await page.evaluate(() => [...document.links].map((link) => link.href).filter((href) => !href.startsWith(`${location.origin}/`)));
        assert.deepEqual(foreign, []);
        await press(page, '4', '4', '1', 'Control+Enter');
      }
    });
    assert.ok(seen.size >= Object.keys(hostile).length - 1, String(seen.size));
  });

  test('a number pad, an input method and right-to-left text', async () => {
    await as('cat', async ({page}) => {
      await page.goto('/review/work?queue=few-doubled');
      await atDesk(page);
      await press(page, 'Numpad4', 'Numpad5', 'Numpad1');
      const checked = () => page.locator('[aria-checked=true]').allTextContents();
      assert.deepEqual((await checked()).map((each) => each.replace(/^\d(?=\D)/, '')), ['4', '5', 'friendly']);
      await press(page, 'r');
      const why = page.getByLabel('Why');
      // What an input method composes reaches the page as its own events; the chord belongs to it meanwhile.
      await why.evaluate((field) => {
        field.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}));
        field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, bubbles: true, isComposing: true}));
        field.dispatchEvent(new KeyboardEvent('keydown', {key: 'z', bubbles: true, isComposing: true}));
      });
      assert.equal(await page.locator('.desk').getAttribute('aria-busy'), 'false');
      await page.keyboard.insertText('日本語とשלום');
      assert.equal(await why.inputValue(), '日本語とשלום');
      assert.equal(await why.getAttribute('dir'), 'auto');
      assert.deepEqual((await checked()).length, 3);
    });
  });

  test('flagging, escalating and passing over cost a key, a digit and the chord', async () => {
    await as('ann', async ({page}) => {
      await page.goto('/review/work?queue=few-grounding');
      await atDesk(page);
      const item = await itemNow(page);
      await press(page, 'u');
      assert.equal(await page.getByRole('button', {name: 'The guideline does not say'}).getAttribute('aria-pressed'), 'true');
      await press(page, 'e', '2', 'Control+Enter');
      const next = await nextItem(page, item);
      assert.equal((await viewOf('pat', item)).item.state, 'ESCALATED');
      await press(page, 's', '3', 'Control+Enter');
      await nextItem(page, next);
      assert.equal((await viewOf('lea', next)).item.state, 'QUEUED');
    });
  });

  test('keys are changed by pressing them, and a collision is refused with its reason', async () => {
    await as('ann', async ({page}) => {
      await page.goto('/review/keys');
      await settled(page, 'Keys of the workspace');
      const row = page.getByRole('row', {name: /Write why/});
      await row.getByRole('button').focus();
      await press(page, 'Enter', 'e');
      await page.getByText('e has a meaning already: Escalate it\u2026').waitFor();
      await row.getByRole('button').focus();
      await press(page, 'Enter', 'q');
      await row.getByText('q', {exact: true}).waitFor();
      assert.deepEqual(await violations(page), []);
      await page.goto('/review/work?queue=few-correction');
      await atDesk(page);
      await press(page, 'q');
      await page.waitForFunction(() => document.activeElement?.getAttribute('data-part') === 'rationale');
    });
  });

  test('an empty queue says why, and a person without a role that they may not', async () => {
    await as('ann', async ({page}) => {
      await page.goto('/review/work?queue=idle-quality');
      await page.getByRole('heading', {name: 'Nothing to review here now'}).waitFor();
      assert.deepEqual(await violations(page), []);
    });
    await as('vic', async ({page}) => {
      await page.goto('/review');
      await settled(page, 'My work');
      await page.getByText('You can look at queues, and review nothing').waitFor();
    });
  });

  // Two people differ; somebody else decides, having seen both without names.
  async function label(person: Person, queue: string, item: string, keys: string[]): Promise<void> {
    await as(person, async ({page}) => {
      await page.goto(`/review/items/${item}`);
      await page.getByRole('button', {name: /^(Take it|Go on with it)/}).focus();
      await press(page, 'Enter');
      await atDesk(page);
      await press(page, ...keys, 'Control+Enter');
      await page.waitForURL(`**/review/work?queue=${queue}`);
    });
  }

  test('people differ, and an adjudicator decides by key, without names, with the cause', async () => {
    const {items} = await called<{items: {id: string; state: string}[]}>('lea', 'ListItems', {queue: 'few-doubled', states: ['QUEUED'], page_size: 5});
    const item = items[0]?.id ?? '';
    await label('ann', 'few-doubled', item, ['5', '5', '1']);
    await label('pat', 'few-doubled', item, ['3', '3', '2']);
    assert.equal((await viewOf('lea', item)).item.state, 'ADJUDICATION');
    await as('lea', async ({page}) => {
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
    const view = await viewOf('lea', item);
    assert.equal(view.item.state, 'DONE');
  });

  test('an auditor judges blind, sees the decision then, and says what is wrong with it', async () => {
    const {items} = await called<{items: {id: string}[]}>('lea', 'ListItems', {queue: 'few-audited', states: ['QUEUED'], page_size: 5});
    const item = items[0]?.id ?? '';
    await label('ann', 'few-audited', item, ['5', '5', '1']);
    await as('mia', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      const take = page.getByRole('button', {name: 'Take it, to audit'});
      for (const until = Date.now() + 20_000; !(await take.isVisible()) && Date.now() < until;) await press(page, '.');
      await take.focus();
      await press(page, 'Enter');
      await atDesk(page);
      assert.equal(await page.getByRole('region', {name: 'What was said'}).count(), 0, 'blind first');
      await press(page, '2', '2', '3', 'Control+Enter');
      await page.getByText('Is the decision right?').waitFor();
      await page.getByRole('region', {name: 'What was said'}).waitFor();
      await press(page, '2', '1', 'Control+Enter');
      // Their own judgement fails the answer, and says not why: back to it.
      await page.getByText(/needs a rationale/).waitFor();
      await page.waitForFunction(() => document.activeElement?.getAttribute('data-part') === 'rationale');
      await page.keyboard.type('It answers nothing at all.');
      await press(page, 'Control+Enter');
      await page.getByText('Is the decision right?').waitFor();
      await press(page, 'Escape', '2', '1', 'Control+Enter');
      await page.waitForURL('**/review/work?queue=few-audited');
    });
    assert.equal((await viewOf('lea', item)).item.state, 'REWORK');
  });

  test('a ruling lets an escalated item go on, and is found again by its words', async () => {
    const {items} = await called<{items: {id: string}[]}>('lea', 'ListItems', {queue: 'few-correction', states: ['QUEUED'], page_size: 5});
    const item = items[0]?.id ?? '';
    await called('lea', 'ActOnItem', {item, key: 'e1', escalate: {reason: 'AMBIGUITY', note: 'is a comma a change?', clause: '1'}});
    await as('max', async ({page}) => {
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
    assert.equal((await viewOf('lea', item)).item.state, 'QUEUED');
  });

  test('personal data is withheld at once, taken out, and judged anew', async () => {
    const {items} = await called<{items: {id: string}[]}>('lea', 'ListItems', {queue: 'few-safety', states: ['QUEUED'], page_size: 5});
    const item = items.at(-1)?.id ?? '';
    await as('ann', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      await page.getByRole('button', {name: 'Take it, to label'}).focus();
      await press(page, 'Enter');
      await atDesk(page);
      await press(page, 'f');
      await page.keyboard.type('a name stands in it');
      await press(page, 'Control+Enter');
      await page.getByText('Its content is not shown to you').waitFor();
    });
    assert.equal((await viewOf('lea', item)).item.state, 'QUARANTINED');
    await as('pat', async ({page}) => {
      await page.goto(`/review/items/${item}`);
      await page.getByLabel('What is to be taken out, a line each').fill('First');
      await page.getByText(/\d+ places? will read/).waitFor();
      await page.getByLabel('Version of the redaction policy').fill('2026-11');
      await press(page, 'Enter');
      await page.getByText('[taken out] claim').first().waitFor();
    });
    assert.doesNotMatch(JSON.stringify(await viewOf('ann', item)), /First claim/);
  });

  test('what changes while one judges it is refused with nothing lost, and can be kept as an extra', async () => {
    await as('cat', async ({page}) => {
      await page.goto('/review/work?queue=few-classification');
      await atDesk(page);
      const item = await itemNow(page);
      await press(page, '2', 'r');
      await page.keyboard.type('It is cold.');
      await called('pat', 'ActOnItem', {item, key: 'q', quarantine: {reason: 'a name'}});
      await called('pat', 'ActOnItem', {item, key: 'n', end_quarantine: {}});
      const {view} = await called<{view: {content: {responses: object[]; prompt: object[]}}}>('pat', 'GetItem', {id: item});
      await called('pat', 'ActOnItem', {item, key: 'q2', quarantine: {reason: 'a name'}});
      await called('pat', 'ActOnItem', {item, key: 'r', end_quarantine: {content: {prompt: view.content.prompt, responses: view.content.responses.map((each) => ({...each, text: '[taken out]'})), is_redacted: true}, policy: '1'}});
      await press(page, 'Control+Enter');
      await page.getByText('Too late: the place is taken, or the item has changed').waitFor();
      assert.equal(await page.getByLabel('Why').inputValue(), 'It is cold.');
      await page.getByRole('button', {name: 'Keep it as an extra'}).focus();
      await press(page, 'Enter');
      await page.getByText('Submitted.').waitFor();
      const {judgements} = (await called<{view: {judgements: {role: string; content: {rationale: string}}[]}}>('cat', 'GetItem', {id: item})).view;
      assert.deepEqual(judgements.map(({role, content}) => [role, content.rationale]), [['EXTRA', 'It is cold.']]);
    });
  });

  test('a guideline is read, acknowledged and asked about; a change waits for others', async () => {
    await as('ann', async ({page}) => {
      await page.goto('/review/guidelines/quality');
      await settled(page, 'quality');
      assert.equal(await page.locator('.prose script, .prose img, .prose a').count(), 0);
      await page.getByText('<script>alert(1)</script>').first().waitFor();
      await page.getByRole('button', {name: 'I have read version 1.0.0'}).focus();
      await press(page, 'Enter');
      await page.getByText('You have read version 1.0.0.').waitFor();
      await page.getByLabel('What it should say').fill('Rounded amounts are wrong.');
      await press(page, 'Enter');
      await page.waitForURL('**/review/approvals');
      await page.getByRole('row', {name: /rubric quality/}).getByText('proposal').waitFor();
    });
    await as('lea', async ({page}) => {
      await page.goto('/review/guidelines/quality');
      await page.getByRole('combobox', {name: 'Clause'}).selectOption('1.1');
      await page.getByRole('button', {name: 'Open the question of this clause'}).focus();
      await press(page, 'Enter');
      await page.getByRole('table', {name: 'Clarifications'}).getByText('being answered').waitFor();
    });
    await called('ann', 'ProposeChange', {change: 'RUBRIC_MINOR', subject: 'rubric quality, examples', diff: '+ an example of rounded amounts', reason: 'people differ there'});
    await as('ann', async ({page}) => {
      await page.goto('/review/approvals');
      await page.getByRole('button', {name: /rubric quality, examples/}).focus();
      await press(page, 'Enter');
      await page.getByText('Others have to answer').waitFor();
    });
    await as('lea', async ({page}) => {
      await page.goto('/review/approvals');
      await page.getByRole('button', {name: /rubric quality, examples/}).focus();
      await press(page, 'Enter');
      await page.getByRole('button', {name: 'Approve exactly this'}).focus();
      await press(page, 'Enter');
      await page.getByRole('row', {name: /rubric quality, examples/}).getByText('approved', {exact: true}).waitFor();
    });
  });

  test('gold is made of an item that is done, and looks like the others', async () => {
    const {items} = await called<{items: {id: string}[]}>('lea', 'ListItems', {queue: 'few-doubled', states: ['DONE'], page_size: 5});
    const item = items[0]?.id ?? '';
    await as('lea', async ({page}) => {
      await page.goto('/review/gold');
      await page.getByRole('textbox', {name: 'Item', exact: true}).fill(item);
      await page.getByLabel('Why the answer is right').fill('it was adjudicated');
      await press(page, 'Enter');
      await page.getByRole('table', {name: 'Items whose answer is known'}).getByText('few-doubled').waitFor();
    });
  });

  test('a session: two people judge blind, all is shown, and it is said what is right', async () => {
    const {items} = await called<{items: {id: string}[]}>('lea', 'ListItems', {queue: 'few-refusal', page_size: 2});
    await as('lea', async ({page}) => {
      await page.goto('/review/calibration');
      await page.getByRole('combobox', {name: 'Queue'}).selectOption('few-refusal');
      await page.getByLabel('People, their names').fill('bob, cat');
      await page.getByLabel('Items, their whole numbers, 2 to 100').fill(items.map(({id}) => id).join('\n'));
      await page.getByRole('button', {name: 'Open it'}).focus();
      await press(page, 'Enter');
      await page.getByText('Everybody judges for themselves first').waitFor();
      const session = new URL(page.url()).pathname;
      const {calibration} = await called<{calibration: {items: string[]}}>('lea', 'GetCalibration', {id: session.split('/').at(-1)});
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

  for (const theme of ['light', 'dark'] as const) {
    test(`no screen of reviews has a serious axe violation in ${theme}`, async () => {
      await as('lea', async ({page}) => {
        for (const [path, title] of screens) {
          await page.goto(path);
          await settled(page, title);
          assert.deepEqual(await violations(page), [], `${path} in ${theme}`);
          if (pictures) await page.screenshot({path: `${pictures}/${path.replaceAll('/', '_')}-${theme}.png`, fullPage: true});
        }
      }, theme);
      await as('ann', async ({page}) => {
        await page.goto('/review/work?queue=few-better');
        await atDesk(page);
        assert.deepEqual(await violations(page), [], `workspace in ${theme}`);
        if (pictures) await page.screenshot({path: `${pictures}/work-${theme}.png`, fullPage: true});
      }, theme);
    });
  }

  const screens: [string, RegExp][] = [
    ['/review', /^My work$/],
    ['/review/items', /^Items$/],
    ['/review/keys', /^Keys of the workspace$/],
    ['/review/queues', /^Queues$/],
    ['/review/queues/few-doubled', /^few-doubled$/],
    ['/review/escalations', /^Escalations$/],
    ['/review/guidelines', /^Guidelines$/],
    ['/review/guidelines/quality', /^quality$/],
    ['/review/calibration', /^Calibration$/],
    ['/review/gold', /^Gold$/],
    ['/review/approvals', /^Approvals$/],
  ];
});
