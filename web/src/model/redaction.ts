// What is taken out of texts that nobody should see.

export const mark = '[taken out]';

// The longest first, so that a part of one does not leave the rest of it.
const inOrder = (secrets: string[]): string[] => [...new Set(secrets)].filter((each) => each !== '').sort((a, b) => b.length - a.length);

export function takenOut(text: string, secrets: string[]): string {
  let rest = text;
  for (const secret of inOrder(secrets)) rest = rest.split(secret).join(mark);
  return rest;
}

export function occurrences(texts: string[], secrets: string[]): number {
  let found = 0;
  for (const text of texts) {
    let rest = text;
    for (const secret of inOrder(secrets)) {
      const parts = rest.split(secret);
      found += parts.length - 1;
      rest = parts.join(mark);
    }
  }
  return found;
}
