// Lists of which a page may be empty although more follow: what is asked for may stand far behind.

export interface Page<Item> {
  items: Item[];
  nextPageToken: string;
}

export const mostCalls = 20;

// Goes on until there is enough, or nothing follows; at most so many calls, after which a token is left.
export async function readFilled<Item>(read: (token: string) => Promise<Page<Item>>, token: string, enough: number, most = mostCalls): Promise<Page<Item>> {
  const items: Item[] = [];
  let next = token;
  for (let call = 0; call < most; call += 1) {
    const page = await read(next);
    items.push(...page.items);
    next = page.nextPageToken;
    if (next === '' || items.length >= enough) break;
  }
  return {items, nextPageToken: next};
}
