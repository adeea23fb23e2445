// What a model writes may try to look like something else: text that runs backwards, characters that nobody sees,
// sequences that command a terminal. Text is cut into what is shown as it is and what is shown by its name.

export interface Segment {
  text: string;
  hidden?: Hidden;
}

// Of one character that would not be seen; of many in a row, where only the first are named one by one.
export interface Hidden {
  code: string;
  name: string;
  count: number;
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
// text is smuggled in. Newline and tab are what they are. Marks beyond eight on one letter, of which no writing has so
// many, are drawn over the lines above until nothing there can be read.
const hidden =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\u{e0000}-\u{e01ef}]|(?<=\p{M}{8})(?:(?![\u{e0000}-\u{e01ef}])\p{M})+/gu;

// So many in a row are named one by one, which is enough to read what was smuggled; a row of thousands would hang a page.
const mostNamedInARow = 64;

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

function hiddenOf(found: string): Hidden {
  const code = found.codePointAt(0) ?? 0;
  if (/^\p{M}/u.test(found) && code < 0xe0000) {
    const marks = [...found].length;
    return {code: `${marks.toLocaleString('en')} more marks`, name: 'stacked on one letter', count: marks};
  }
  const written = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return {code: written, name: nameOf(code), count: 1};
}

export function segmentsOf(text: string): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  let inARow = 0;
  for (const match of text.matchAll(hidden)) {
    const [found] = match;
    if (isShownAsItIs(text, found, match.index)) continue;
    inARow = match.index > from ? 0 : inARow + 1;
    if (match.index > from) segments.push({text: text.slice(from, match.index)});
    from = match.index + found.length;
    const last = segments.at(-1);
    if (inARow > mostNamedInARow && last?.hidden) {
      last.text += found;
      last.hidden.count += 1;
    } else {
      segments.push({text: found, hidden: hiddenOf(found)});
    }
  }
  if (from < text.length) segments.push({text: text.slice(from)});
  for (const {hidden: of} of segments) {
    if (!of || of.count === 1 || !of.code.startsWith('U+')) continue;
    of.code = `${of.count.toLocaleString('en')} more`;
    of.name = 'characters that would not be seen';
  }
  return segments;
}

export function hiddenCharactersIn(text: string): number {
  return segmentsOf(text).reduce((sum, {hidden: of}) => sum + (of?.count ?? 0), 0);
}

// Where there can be no elements: in the title of the window, in lists to choose from.
export function inWords(text: string): string {
  return segmentsOf(text)
    .map((segment) => (segment.hidden ? `[${segment.hidden.code}]` : segment.text))
    .join('');
}
