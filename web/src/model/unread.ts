// Versions of a guideline that somebody has not read yet.

export interface Unread {
  rubric: string;
  version: string;
}

// As assayd refuses an item under another major version than one has read.
export function unreadIn(message: string): Unread | undefined {
  const found = /^read rubric "([^"]+)" (\d+\.\d+\.\d+) first/.exec(message);
  return found ? {rubric: found[1] ?? '', version: found[2] ?? ''} : undefined;
}

const partsOf = (version: string): number[] => version.split('.').map(Number);

// Above what was read, and of its major version: words and examples, which come between nobody and an item.
export function isMinorNews(version: string, read: string): boolean {
  if (version === '' || read === '') return false;
  const [is, was] = [partsOf(version), partsOf(read)];
  if (is[0] !== was[0]) return false;
  const at = is.findIndex((part, index) => part !== was[index]);
  return at >= 0 && (is[at] ?? 0) > (was[at] ?? 0);
}
