// People at work in the workspace: a real assayd, real browsers, and the keyboard alone.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {chromiumPath, hasChromium, settled, violations} from './browser.ts';
import {hostile} from './documents.ts';
import {atDesk, itemNow, nextItem, Office, press, typeAhead} from './office.ts';
import {tokenOf, type Person} from './people.ts';

describe('workspace', {skip: hasChromium ? false : `${chromiumPath} is not installed (scripts/setup installs it)`}, () => {
  let office: Office;

  before(async () => {
    office = await Office.open();
  });
  after(() => office?.close());

  test('fifty items are judged by key alone: three digits and one chord each', async () => {
    await office.as('ann', async ({page}) => {
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
      const work = await office.called<{judged_today: string}>('ann', 'GetMyWork');
      assert.equal(work.judged_today, '50');
      const view = await office.view('ann', [...seen][0] ?? '');
      assert.deepEqual((view.judgements[0]?.content.opinion['criteria'] as {criteria: object[]}).criteria.map((each) => Object.values(each).slice(0, 2)), [['correctness', []], ['helpfulness', []], ['tone', ['friendly']]]);
    });
  });

  const answers: [queue: string, keys: string[], opinion: (opinion: Record<string, any>) => unknown, expected: unknown][] = [
    ['few-better', ['a'], (opinion) => [opinion['pairwise'].choice, opinion['pairwise'].strength], ['WINNER', 2]],
    ['few-ranking', ['2', '1', '2'], (opinion) => opinion['ranking'].ranks.map(({responses}: {responses: string[]}) => responses.length), [1, 2]],
    ['few-classification', ['1'], (opinion) => opinion['criteria'].criteria, [{criterion: 'tone', labels: ['friendly'], not_applicable: false}]],
    ['few-safety', ['1'], (opinion) => opinion['safety'].harmful, false],
    ['few-refusal', ['1', '2'], (opinion) => [opinion['refusal'].allowed, opinion['refusal'].refused], [true, false]],
    ['few-grounding', ['y', 'y'], (opinion) => opinion['grounding'].claims.map((claim: {support: string}) => claim.support), ['SUPPORTED', 'SUPPORTED']],
    ['few-correction', ['1'], (opinion) => opinion['correction'].unchanged, true],
  ];
  for (const [queue, keys, read, expected] of answers) {
    test(`${queue} is answered with ${keys.join(' ')} and one chord`, async () => {
      await office.as('bob', async ({page}) => {
        await page.goto(`/review/work?queue=${queue}`);
        await atDesk(page);
        const item = await itemNow(page);
        if (queue === 'few-better' || queue === 'few-grounding') assert.deepEqual(await violations(page), [], queue);
        await press(page, ...keys, 'Control+Enter');
        await nextItem(page, item);
        const {judgements} = await office.view('bob', item);
        assert.deepEqual(read(judgements[0]?.content.opinion as Record<string, any>), expected);
      });
    });
  }

  test('three responses are ranked by their places, and the ranks are of what was shown there', async () => {
    await office.as('cat', async ({page}) => {
      await page.goto('/review/work?queue=few-ranking');
      await atDesk(page);
      const item = await itemNow(page);
      const names = ['Response A', 'Response B', 'Response C'];
      const texts = await Promise.all(names.map((name) => page.getByRole('region', {name, exact: true}).last().textContent()));
      assert.deepEqual(await violations(page), []);
      await press(page, '3', '1', '2', 'Control+Enter');
      await nextItem(page, item);
      const {content} = (await office.called<{view: {content: {responses: {id: string; text: string}[]}}}>('ivy', 'GetItem', {id: item})).view;
      const shown = new Map(content.responses.map(({id, text}) => [id, text]));
      const {judgements} = await office.view('cat', item);
      const ranked = (judgements[0]?.content.opinion['ranking'].ranks as {responses: string[]}[]).map(({responses}) => responses.map((id) => shown.get(id)));
      assert.deepEqual(ranked, [[texts[1]], [texts[2]], [texts[0]]]);
    });
  });

  test('each call of a tool is judged by itself, and the one that is asked about is marked', async () => {
    await office.as('cat', async ({page}) => {
      await page.goto('/review/work?queue=calls-tools');
      await atDesk(page);
      const item = await itemNow(page);
      assert.match(await page.locator('.call.asked').innerText(), /look_up/);
      await press(page, '1', '1', '2');
      assert.match(await page.locator('.call.asked').innerText(), /track/);
      assert.deepEqual(await violations(page), []);
      await press(page, '1', '2', '1', '2', 'r');
      await page.keyboard.type('The parcel is of another order.');
      await press(page, 'Control+Enter');
      await nextItem(page, item);
      const {calls, lacks_call: lacks} = (await office.view('cat', item)).judgements[0]?.content.opinion['tool_use'] as {calls: Record<string, unknown>[]; lacks_call: boolean};
      assert.deepEqual(calls.map((call) => [call['right_tool'], call['right_arguments'], call['result_used']]), [[true, true, false], [true, false, true]]);
      assert.equal(lacks, true);
    });
  });

  test('what still lacks is named and gone to; a rationale that is needed is asked for, and nothing is lost by it', async () => {
    await office.as('bob', async ({page}) => {
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
      const {judgements} = await office.view('bob', item);
      assert.equal(judgements[0]?.content.rationale, 'It is wrong: 11 is not 12.');
    });
  });

  test('what is typed outlives a reload, a restart of the daemon and the loss of the token', async () => {
    await office.as('cat', async ({page}) => {
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
      await office.stack.restart();
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
      await office.as('cat', async ({page: other}) => {
        await other.goto('/review/work?queue=few-safety');
        await atDesk(other);
        assert.equal(await other.getByLabel('Why').inputValue(), 'half a thought');
      });
    });
  });

  test('two people race on one queue, and no item is judged twice', async () => {
    const work = (person: Person) =>
      new Promise<string[]>((resolve, reject) => {
        void office.as(person, async ({page}) => {
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
    await office.as('bob', async ({page}) => {
      await page.goto('/review/work?queue=many-quality');
      await atDesk(page);
      const item = await itemNow(page);
      // It comes through, and the answer does not.
      let turns = 0;
      await page.route('**/assay.v1.ReviewService/SubmitJudgement', async (route) => {
        turns += 1;
        if (turns > 1) return route.continue();
        await route.fetch();
        await office.stack.kill();
        await route.abort('connectionreset');
      });
      await press(page, '4', '4', '1', 'Control+Enter');
      await page.getByText('No answer yet; it is sent again, and counts once').waitFor();
      await office.stack.restart();
      await nextItem(page, item);
      const {judgements} = await office.view('bob', item);
      assert.equal(judgements.filter(({is_mine: isMine}) => isMine).length, 1);
      assert.ok(turns >= 2, String(turns));
    });
  });

  test('a page that was closed before the answer came sends it again with the same key', async () => {
    await office.as('bob', async ({page}) => {
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
      const {judgements} = await office.view('bob', item);
      assert.equal(judgements.length, 1);
      assert.equal(await page.evaluate((id) => Object.keys(localStorage).filter((name) => name.includes(id)).length, item), 0, 'nothing is left of it');
    });
  });

  test('a submission is taken back within its time, and both revisions are kept', async () => {
    await office.as('ann', async ({page}) => {
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
      const {judgements} = await office.view('ann', item);
      assert.deepEqual(judgements.map(({is_superseded: isSuperseded}) => isSuperseded), [true, false]);
    });
  });

  test('what a model wrote never runs, loads or leads away in the workspace', async () => {
    const seen = new Set<string>();
    await office.as('cat', async ({page}) => {
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
    await office.as('cat', async ({page}) => {
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
    await office.as('ann', async ({page}) => {
      await page.goto('/review/work?queue=few-grounding');
      await atDesk(page);
      const item = await itemNow(page);
      await press(page, 'u');
      assert.equal(await page.getByRole('button', {name: 'The guideline does not say'}).getAttribute('aria-pressed'), 'true');
      await press(page, 'e', '2', 'Control+Enter');
      const next = await nextItem(page, item);
      assert.equal((await office.view('pat', item)).item.state, 'ESCALATED');
      await press(page, 's', '3', 'Control+Enter');
      await nextItem(page, next);
      assert.equal((await office.view('lea', next)).item.state, 'QUEUED');
    });
  });

  test('what is typed before the page has drawn arrives in the note, and nothing else is done by it', async () => {
    await office.as('ann', async ({page}) => {
      await page.goto('/review/work?queue=few-grounding');
      await atDesk(page);
      const item = await itemNow(page);
      // Nearly every letter of it is a key of the workspace or of the page.
      await typeAhead(page, '!', ...'gets x, skips e, frees u');
      assert.equal(await page.getByLabel('What it is, in a few words').inputValue(), 'gets x, skips e, frees u');
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      // Out of the field first, then back to the item.
      await typeAhead(page, ...'si', 'Escape');
      assert.equal(await page.getByLabel('What it is, in a few words').inputValue(), 'gets x, skips e, frees usi');
      await press(page, 'Escape');
      await atDesk(page);
      assert.equal(await itemNow(page), item);
      await typeAhead(page, 'r', ...'because it is so', 'Escape', 'x', ...'made', 'Escape');
      assert.equal(await page.getByLabel('Why').inputValue(), 'because it is so');
      assert.equal(await page.getByLabel('Search the classes of errors; Enter takes the first').inputValue(), 'made');
    });
  });

  test('while it is asked why, the chord and the digits are of that wherever the focus is', async () => {
    await office.as('ann', async ({page}) => {
      await page.goto('/review/work?queue=few-safety');
      await atDesk(page);
      const item = await itemNow(page);
      await press(page, '1', 'e');
      await page.getByRole('radio', {name: 'the guideline does not say'}).waitFor();
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      await press(page, '2', 'Control+Enter');
      await nextItem(page, item);
      const {escalations, judgements} = (await office.called<{view: {escalations: {reason: string}[]; judgements: object[]}}>('lea', 'GetItem', {id: item})).view;
      assert.deepEqual(escalations.map(({reason}) => reason), ['POLICY']);
      assert.deepEqual(judgements, []);
    });
  });

  test('what is typed while a search is sent stays', async () => {
    await office.as('lea', async ({page}) => {
      await page.addInitScript(() => {
        const replace = history.replaceState.bind(history);
        history.replaceState = (...all) => {
          replace(...all);
          const field = document.querySelector<HTMLInputElement>('[data-filter][type=search]');
          if (field?.value !== 'com') return;
          field.value = 'comma';
          field.dispatchEvent(new Event('input', {bubbles: true}));
        };
      });
      await page.goto('/review/items');
      await settled(page, 'Items');
      await page.getByLabel('Words of rulings and rationales').focus();
      await page.keyboard.type('com');
      await page.waitForURL('**/review/items?text=comma');
      assert.equal(await page.getByLabel('Words of rulings and rationales').inputValue(), 'comma');
    });
  });

  test('keys are changed by pressing them, and a collision is refused with its reason', async () => {
    await office.as('ann', async ({page}) => {
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
    await office.as('ann', async ({page}) => {
      await page.goto('/review/work?queue=idle-quality');
      await page.getByRole('heading', {name: 'Nothing to review here now'}).waitFor();
      assert.deepEqual(await violations(page), []);
    });
    await office.as('vic', async ({page}) => {
      await page.goto('/review');
      await settled(page, 'My work');
      await page.getByText('You can look at queues, and review nothing').waitFor();
    });
  });
});
