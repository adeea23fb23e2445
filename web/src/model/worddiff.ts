// What two answers have in common, word by word.

import {diffLines, diffWordsWithSpace} from 'diff';

export type Kind = 'same' | 'removed' | 'added';
export interface Piece {
  kind: Kind;
  text: string;
}
export interface Difference {
  pieces: Piece[];
  by: 'word' | 'line' | 'none'; // none: they have too little in common to be laid side by side
}

// A comparison of long texts that share nothing takes very long and says nothing.
const mostEdits = 4000;
const mostMilliseconds = 250;

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
  const limits = {maxEditLength: mostEdits, timeout: mostMilliseconds};
  const words = diffWordsWithSpace(before, after, limits);
  if (words) return {pieces: piecesOf(words), by: 'word'};
  const lines = diffLines(before, after, limits);
  if (lines?.some((line) => !line.added && !line.removed)) return {pieces: piecesOf(lines), by: 'line'};
  return {
    pieces: [
      {kind: 'removed', text: before},
      {kind: 'added', text: after},
    ],
    by: 'none',
  };
}

// One side of it: the text as it was, or as it is.
export function sideOf(difference: Difference, side: 'before' | 'after'): Piece[] {
  const other: Kind = side === 'before' ? 'added' : 'removed';
  return difference.pieces.filter((piece) => piece.kind !== other);
}
