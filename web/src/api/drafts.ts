// What a person has typed and not submitted, kept in this browser at once. The daemon keeps it too, a little later.

import type {Kept} from '../model/draft.ts';

export interface LocalDraft extends Kept {
  key: string; // under which it is submitted, also when it is sent again
  sent: string; // the submission that nobody has answered yet; '' none
}

const prefix = 'assay.draft.';
const placeOf = (person: string, item: string): string => `${prefix}${person}.${item}`;

export function readDraft(person: string, item: string): LocalDraft | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(placeOf(person, item)) ?? 'null');
    if (typeof kept !== 'object' || kept === null) return undefined;
    const {revision, text, key, sent} = kept as Record<string, unknown>;
    if (typeof revision !== 'number' || typeof text !== 'string' || typeof key !== 'string') return undefined;
    return {revision, text, key, sent: typeof sent === 'string' ? sent : ''};
  } catch {
    return undefined;
  }
}

// False where the browser keeps nothing: then only the daemon does.
export function keepDraft(person: string, item: string, draft: LocalDraft): boolean {
  try {
    localStorage.setItem(placeOf(person, item), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function removeDraft(person: string, item: string): void {
  try {
    localStorage.removeItem(placeOf(person, item));
  } catch {
    // Nothing was kept.
  }
}

// Items of the person with something that was sent and not answered.
export function unanswered(person: string): string[] {
  try {
    const own = `${prefix}${person}.`;
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(own) && readDraft(person, name.slice(own.length))?.sent)
      .map((name) => name.slice(own.length));
  } catch {
    return [];
  }
}
