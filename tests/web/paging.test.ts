import assert from 'node:assert/strict';
import {test} from 'node:test';
import {readFilled} from '../../web/src/model/paging.ts';

// Page n has as many items as stand there, and a token for the next one.
function listOf(pages: number[]) {
  const asked: string[] = [];
  const read = async (token: string) => {
    asked.push(token);
    const at = Number(token || '0');
    return {items: Array.from({length: pages[at] ?? 0}, (_, item) => `${at}.${item}`), nextPageToken: at + 1 < pages.length ? String(at + 1) : ''};
  };
  return {read, asked};
}

for (const [what, pages, from, enough, most, items, next, calls] of [
  ['one full page is enough', [2, 2], '', 2, 9, ['0.0', '0.1'], '1', 1],
  ['empty pages are passed', [0, 0, 1, 5], '', 1, 9, ['2.0'], '3', 3],
  ['it ends with the last page', [0, 0, 0], '', 1, 9, [], '', 3],
  ['it goes on from a token', [5, 0, 1], '1', 1, 9, ['2.0'], '', 2],
  ['after so many calls the token is left', [0, 0, 0, 1], '', 1, 2, [], '2', 2],
  ['what was found is kept', [1, 1, 1], '', 2, 9, ['0.0', '1.0'], '2', 2],
] as const) {
  test(what, async () => {
    const {read, asked} = listOf([...pages]);
    assert.deepEqual(await readFilled(read, from, enough, most), {items, nextPageToken: next});
    assert.equal(asked.length, calls);
  });
}
