// A judgement that is not submitted yet, as a text that outlives the page.

import {nothingYet, type Judging} from './judging.ts';

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === 'string');
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function draftOf(judging: Judging): string {
  return JSON.stringify({v: 1, ...judging, answers: [...judging.answers]});
}

// Undefined for what is no draft of this page.
export function judgingFrom(draft: string): Judging | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(draft);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const fields = parsed as Record<string, unknown>;
  if (fields['v'] !== 1 || !Array.isArray(fields['answers'])) return undefined;
  const answers = fields['answers'].filter(
    (each): each is [string, string[]] => Array.isArray(each) && each.length === 2 && typeof each[0] === 'string' && isTexts(each[1]),
  );
  return {
    answers: new Map(answers),
    errors: isTexts(fields['errors']) ? fields['errors'] : [],
    expected: textOf(fields['expected']),
    rationale: textOf(fields['rationale']),
    clauses: isTexts(fields['clauses']) ? fields['clauses'] : [],
    isAmbiguous: fields['isAmbiguous'] === true,
    proposal: textOf(fields['proposal']),
    isSevere: fields['isSevere'] === true,
  };
}

export const isEmpty = (judging: Judging): boolean => draftOf(judging) === draftOf(nothingYet);

// Rises with each save, also across tabs and machines whose clocks are about right.
export const nextRevision = (last: number, now: number): number => Math.max(last + 1, now);

export interface Kept {
  revision: number;
  text: string;
}

export function newer(a: Kept | undefined, b: Kept | undefined): Kept | undefined {
  if (!a || !b) return a ?? b;
  return b.revision > a.revision ? b : a;
}
