// What a model writes may try to look like something else: text that runs backwards, characters that nobody sees,
// sequences that command a terminal. Text is cut into what is shown as it is and what is shown by its name.

export interface Segment {
  text: string;
  hidden?: {code: string; name: string}; // of one character that would not be seen
}

const names: Record<number, string> = {
  0x00ad: 'soft hyphen',
  0x061c: 'Arabic letter mark',
  0x115f: 'Hangul filler',
  0x1160: 'Hangul filler',
  0x180e: 'Mongolian vowel separator',
  0x200b: 'zero-width space',
  0x200c: 'zero-width non-joiner',
  0x200d: 'zero-width joiner',
  0x200e: 'left-to-right mark',
  0x200f: 'right-to-left mark',
  0x2028: 'line separator',
  0x2029: 'paragraph separator',
  0x202a: 'left-to-right embedding',
  0x202b: 'right-to-left embedding',
  0x202c: 'end of direction',
  0x202d: 'left-to-right override',
  0x202e: 'right-to-left override',
  0x2060: 'word joiner',
  0x2066: 'left-to-right isolate',
  0x2067: 'right-to-left isolate',
  0x2068: 'first strong isolate',
  0x2069: 'end of isolate',
  0x3164: 'Hangul filler',
  0xfeff: 'byte order mark',
  0xffa0: 'Hangul filler',
  0x1b: 'escape',
  0x00: 'null',
  0x08: 'backspace',
  0x0d: 'carriage return',
};

// Control and format characters, separators of lines, fillers, tags (U+E0000 and on) and the variation selectors that
// text is smuggled in. Newline and tab are what they are.
const hidden =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u{e0000}-\u{e01ef}]/gu;

function nameOf(code: number): string {
  if (names[code]) return names[code];
  if (code >= 0xe0020 && code <= 0xe007e) return `tag "${String.fromCodePoint(code - 0xe0000)}"`;
  if (code >= 0xe0100 && code <= 0xe01ef) return 'variation selector';
  return code < 0xa0 ? 'control character' : 'format character';
}

// In a family or a flag the joiner is what makes the picture.
function joinsPictures(text: string, at: number): boolean {
  return /[\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}]$/u.test(text.slice(Math.max(0, at - 2), at)) &&
    /^\p{Extended_Pictographic}/u.test(text.slice(at + 1, at + 3));
}

function isShownAsItIs(text: string, character: string, at: number): boolean {
  if (character === '\n' || character === '\t') return true;
  if (character === '\r') return text[at + 1] === '\n';
  return character === '\u200d' && joinsPictures(text, at);
}

export function segmentsOf(text: string): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    const [character] = match;
    if (isShownAsItIs(text, character, match.index)) continue;
    if (match.index > from) segments.push({text: text.slice(from, match.index)});
    const code = character.codePointAt(0) ?? 0;
    const written = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
    segments.push({text: character, hidden: {code: written, name: nameOf(code)}});
    from = match.index + character.length;
  }
  if (from < text.length) segments.push({text: text.slice(from)});
  return segments;
}

export function hiddenCharactersIn(text: string): number {
  return segmentsOf(text).filter((segment) => segment.hidden).length;
}

// Parts of a long text that a browser lays out one by one, when they come into view: cut after lines.
export function blocksOf(text: string, linesEach = 60, charactersEach = 6000): string[] {
  if (text === '') return [];
  const blocks: string[] = [];
  let begin = 0;
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
    lines += 1;
    if (lines < linesEach && at - begin < charactersEach) continue;
    blocks.push(text.slice(begin, at));
    begin = at + 1;
    lines = 0;
  }
  blocks.push(text.slice(begin));
  return blocks;
}
