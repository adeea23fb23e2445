// The items that this person has submitted in this tab, in their order: what "before" and "next" go through.

const prefix = 'assay.session.';
const most = 200;

export function sessionItems(person: string): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(prefix + person) ?? '[]');
    return Array.isArray(kept) ? kept.filter((each): each is string => typeof each === 'string') : [];
  } catch {
    return [];
  }
}

// The last one is what was submitted last, also when it was before.
export function noteItem(person: string, item: string): void {
  try {
    const items = [...sessionItems(person).filter((each) => each !== item), item].slice(-most);
    sessionStorage.setItem(prefix + person, JSON.stringify(items));
  } catch {
    // Then there is no way back by key.
  }
}
