// What two answers have in common, word by word.

import {diffLines, diffWordsWithSpace} from 'diff';

export type Kind = 'same' | 'removed' | 'added';
export interface Piece {
  kind: Kind;
  text: string;
}
export interface Difference {
  pieces: Piece[];
  by: 'word' | 'line' | 'none' | 'long'; // none: they have too little in common to be laid side by side; long: not compared
}

// A comparison of long texts that share nothing takes very long and says nothing.
const mostEdits = 4000;
const mostMilliseconds = 250;
// Cutting texts into words is not bounded by the above.
const mostCharacters = 1_000_000;

interface Change {
  value: string;
  added?: boolean;
  removed?: boolean;
}

function piecesOf(changes: Change[]): Piece[] {
  return changes.map((change) => ({
    kind: change.added ? 'added' : change.removed ? 'removed' : 'same',
    text: change.value,
  }));
}

export function differenceOf(before: string, after: string): Difference {
  if (before === after) return {pieces: before === '' ? [] : [{kind: 'same', text: before}], by: 'word'};
  if (before.length + after.length > mostCharacters) return {pieces: apart(before, after), by: 'long'};
  const limits = {maxEditLength: mostEdits, timeout: mostMilliseconds};
  const words = diffWordsWithSpace(before, after, limits);
  if (words) return {pieces: piecesOf(words), by: 'word'};
  const lines = diffLines(before, after, limits);
  if (lines?.some((line) => !line.added && !line.removed)) return {pieces: piecesOf(lines), by: 'line'};
  return {pieces: apart(before, after), by: 'none'};
}

function apart(before: string, after: string): Piece[] {
  return [
    {kind: 'removed', text: before},
    {kind: 'added', text: after},
  ];
}

// One side of it: the text as it was, or as it is.
export function sideOf(difference: Difference, side: 'before' | 'after'): Piece[] {
  const other: Kind = side === 'before' ? 'added' : 'removed';
  return difference.pieces.filter((piece) => piece.kind !== other);
}
