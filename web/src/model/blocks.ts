// A long text in parts that a browser lays out one by one, when they come into view; and how much of it is laid out at
// all before somebody asks for more, so that no text can hang the page.

import {segmentsOf} from './hostile.ts';
import type {Piece} from './worddiff.ts';

export interface Block {
  pieces: Piece[];
  endsLine: boolean; // else it was cut in the middle of one
}

const linesEach = 60;
const charactersEach = 6000;

// Not between the two halves of a character.
function cutBefore(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff && at > 1 ? at - 1 : at;
}

// What of `text` from `from` on still belongs into a block with room for so many lines and characters.
function endOfPart(text: string, from: number, lines: number, characters: number): {to: number; lines: number; isFull: boolean} {
  let used = 0;
  let at = from;
  for (;;) {
    const end = text.indexOf('\n', at);
    if ((end === -1 ? text.length : end) - from > 2 * characters) {
      return {to: cutBefore(text, from + characters), lines: used, isFull: true};
    }
    if (end === -1) return {to: text.length, lines: used, isFull: false};
    used += 1;
    if (used >= lines || end + 1 - from >= characters) return {to: end + 1, lines: used, isFull: true};
    at = end + 1;
  }
}

// All pieces, in their order. A newline that ends a block is no longer in its pieces.
export function blocksOf(pieces: Piece[], mostLines = linesEach, mostCharacters = charactersEach): Block[] {
  const blocks: Block[] = [];
  let block: Piece[] = [];
  let lines = mostLines;
  let characters = mostCharacters;
  const close = (): void => {
    const last = block.at(-1);
    const endsLine = last?.text.endsWith('\n') ?? false;
    if (last && endsLine) last.text = last.text.slice(0, -1);
    blocks.push({pieces: block.filter((piece) => piece.text !== ''), endsLine});
    block = [];
    lines = mostLines;
    characters = mostCharacters;
  };
  for (const {kind, text} of pieces) {
    for (let from = 0; from < text.length;) {
      const part = endOfPart(text, from, lines, characters);
      block.push({kind, text: text.slice(from, part.to)});
      lines -= part.lines;
      characters = Math.max(1, characters - (part.to - from));
      from = part.to;
      if (part.isFull || block.length >= 400) close();
    }
  }
  if (block.length > 0 || blocks.at(-1)?.endsLine) close();
  return blocks;
}

const charactersAtOnce = 400_000;
const elementsAtOnce = 1000;

// The block behind the last that is shown with the one at `from`, if nothing before it is: as many as can be laid out
// without a pause, and one at least.
export function endOfPortion(blocks: Block[], from: number): number {
  let characters = 0;
  let elements = 0;
  let at = from;
  while (at < blocks.length) {
    for (const {text} of blocks[at]?.pieces ?? []) {
      characters += text.length;
      elements += segmentsOf(text).length;
    }
    if (at > from && (characters > charactersAtOnce || elements > elementsAtOnce)) break;
    at += 1;
  }
  return at;
}

export function charactersIn(blocks: Block[]): number {
  return blocks.reduce((sum, {pieces, endsLine}) => pieces.reduce((inner, {text}) => inner + text.length, sum + (endsLine ? 1 : 0)), 0);
}
