// The keys of the workspace. Every one can be changed; none can take the place of another, of a digit, or of what a key
// means on every screen.

import type {Pressed} from './keys.ts';

export interface PressedHere extends Pressed {
  code: string;
  shiftKey: boolean;
  isAltGraph: boolean;
}

export const reviewActions = [
  {action: 'submit', keys: 'Ctrl+Enter', does: 'Submit, and the next item', isFinal: true},
  {action: 'stay', keys: 'Shift+Enter', does: 'Submit, and stay with the item', isFinal: true},
  {action: 'next', keys: 'j', does: 'Next question', isFinal: false},
  {action: 'before', keys: 'k', does: 'Question before', isFinal: false},
  {action: 'rationale', keys: 'r', does: 'Write why', isFinal: false},
  {action: 'errors', keys: 'x', does: 'What is wrong: search the classes of errors', isFinal: false},
  {action: 'unclear', keys: 'u', does: 'The guideline does not say: flag it, or take that back', isFinal: false},
  {action: 'propose', keys: 'w', does: 'Write what the guideline should say', isFinal: false},
  {action: 'guideline', keys: 'i', does: 'Guideline beside the item, or not', isFinal: false},
  {action: 'full', keys: 'G', does: 'The whole guideline, in a tab of its own', isFinal: false},
  {action: 'search', keys: '/', does: 'Search the guideline and precedents', isFinal: false},
  {action: 'context', keys: 'c', does: 'Prompt and sources, or not', isFinal: false},
  {action: 'rendered', keys: 'm', does: 'Responses as text, or with their Markdown drawn', isFinal: false},
  {action: 'left', keys: '[', does: 'Go to the first response', isFinal: false},
  {action: 'right', keys: ']', does: 'Go to the second response', isFinal: false},
  {action: 'escalate', keys: 'e', does: 'Escalate it\u2026', isFinal: false},
  {action: 'skip', keys: 's', does: 'Pass it over\u2026', isFinal: false},
  {action: 'private', keys: 'f', does: 'It shows personal data or a secret\u2026', isFinal: false},
  {action: 'severe', keys: '!', does: 'Harm of severity 1\u2026', isFinal: false},
  {action: 'accept', keys: 'v', does: 'Answer as it is suggested', isFinal: false},
  {action: 'undo', keys: 'z', does: 'Take back the last change, or the last submission', isFinal: false},
] as const;

export type ReviewAction = (typeof reviewActions)[number]['action'];
export type KeyMapping = ReadonlyMap<ReviewAction, string>;

export const usualMapping: KeyMapping = new Map(reviewActions.map(({action, keys}) => [action, keys]));

// Of the whole page, and of options.
const taken = new Map<string, string>([
  ['g', 'goes to other screens'],
  ['t', 'changes the theme'],
  ['.', 'reads again'],
  ['?', 'shows the keys'],
  ['Esc', 'leaves and closes'],
  ['Tab', 'goes through the page'],
  ['Enter', 'opens what has the focus'],
  ['Space', 'presses what has the focus'],
  ...['a', 'b', '=', '-'].map((key): [string, string] => [key, 'judges a pair']),
  ...['y', 'n', 'p'].map((key): [string, string] => [key, 'judges a claim']),
]);

const names: Record<string, string> = {Escape: 'Esc', ' ': 'Space'};

// How a key is written; '' for what is no key by itself.
export function keyNameOf(pressed: PressedHere): string {
  const key = names[pressed.key] ?? pressed.key;
  if (['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'Dead', 'Unidentified'].includes(key)) return '';
  // What AltGr writes is a letter like others.
  const isChord = !pressed.isAltGraph && (pressed.ctrlKey || pressed.metaKey || pressed.altKey);
  const modifiers = [
    isChord && (pressed.ctrlKey || pressed.metaKey) ? 'Ctrl' : '',
    isChord && pressed.altKey ? 'Alt' : '',
    pressed.shiftKey && key.length > 1 ? 'Shift' : '',
  ];
  return [...modifiers.filter((each) => each !== ''), isChord && key.length === 1 ? key.toLowerCase() : key].join('+');
}

// By where the key is, so that it is the same on the number pad, whatever its lock, and where digits need Shift.
export function digitOf(pressed: PressedHere): string {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return '';
  const pad = /^Numpad(\d)$/.exec(pressed.code);
  if (pad?.[1]) return pad[1];
  if (/^\d$/.test(pressed.key)) return pressed.key;
  const row = /^Digit(\d)$/.exec(pressed.code);
  return row?.[1] && !pressed.shiftKey && !/^[\x20-\x7e]$/.test(pressed.key) ? row[1] : '';
}

export type Rebound = {mapping: KeyMapping} | {problem: string};

export function rebind(mapping: KeyMapping, action: ReviewAction, keys: string): Rebound {
  const of = reviewActions.find((each) => each.action === action);
  if (keys === '') return {problem: 'that is no key by itself'};
  if (/^\d$/.test(keys)) return {problem: `${keys} picks an option`};
  const meaning = taken.get(keys);
  if (meaning) return {problem: `${keys} ${meaning}`};
  if (of?.isFinal && !/^((Ctrl|Alt)\+|Shift\+Enter$)/.test(keys)) return {problem: 'what is final takes Ctrl or Alt with another key, or Shift+Enter'};
  if (!of?.isFinal && /^(Ctrl|Alt)\+/.test(keys)) return {problem: 'browsers have chords of their own'};
  const other = [...mapping].find(([each, bound]) => bound === keys && each !== action);
  if (other) {
    const does = reviewActions.find((each) => each.action === other[0])?.does ?? other[0];
    return {problem: `${keys} has a meaning already: ${does}`};
  }
  return {mapping: new Map(mapping).set(action, keys)};
}

// What was stored, as far as it still holds: a key that has been taken meanwhile falls back to the usual one.
export function mappingFrom(stored: string): KeyMapping {
  let parsed: unknown;
  try {
    parsed = JSON.parse(stored);
  } catch {
    return usualMapping;
  }
  if (!Array.isArray(parsed)) return usualMapping;
  let mapping = usualMapping;
  for (const pair of parsed) {
    if (!Array.isArray(pair) || typeof pair[1] !== 'string') continue;
    const of = reviewActions.find(({action}) => action === pair[0]);
    const next = of && rebind(mapping, of.action, pair[1]);
    if (next && 'mapping' in next) mapping = next.mapping;
  }
  return mapping;
}

export interface Here {
  isText: boolean;
  isControl: boolean;
  isDialogOpen: boolean;
  areKeysOn: boolean; // off: chords only
  optionKeys: ReadonlyMap<string, string>; // by key, of the question that is asked
}

export type Meant = {action: ReviewAction} | {digit: string} | {value: string} | undefined;

export function meantBy(pressed: PressedHere, here: Here, mapping: KeyMapping): Meant {
  if (pressed.isComposing || pressed.repeat || here.isDialogOpen) return undefined;
  const keys = keyNameOf(pressed);
  const chord = reviewActions.find(({action, isFinal}) => isFinal && mapping.get(action) === keys);
  // In a field Shift+Enter begins a line, on a button it presses that.
  const isPlain = keys.startsWith('Shift+');
  if (chord && !(isPlain && (here.isText || here.isControl))) return {action: chord.action};
  if (here.isText || !here.areKeysOn) return undefined;
  const value = here.optionKeys.get(keys);
  if (value !== undefined) return {value};
  const digit = digitOf(pressed);
  if (digit !== '') return {digit};
  if (keys === 'ArrowDown') return {action: 'next'};
  if (keys === 'ArrowUp') return {action: 'before'};
  const found = reviewActions.find(({action, isFinal}) => !isFinal && mapping.get(action) === keys);
  return found && {action: found.action};
}

// What the keys of the workspace do, for people: digits and arrows with those that can be changed.
export function keysInWords(mapping: KeyMapping): [keys: string, does: string][] {
  const of = (action: ReviewAction): string => mapping.get(action) ?? '';
  const bound = reviewActions.filter(({action}) => action !== 'before').map(({action, does}): [string, string] => {
    if (action === 'next') return [`${of('next')} ${of('before')} \u2193 \u2191`, 'Next question, question before'];
    return [of(action), does];
  });
  const [submit = ['', ''], ...others] = bound;
  return [
    ['1 \u2026 9 0', 'Pick an option of the question that is asked'],
    submit as [string, string],
    ...others,
    ['a b = -', 'Of a pair: A, B, as good, both bad'],
    ['y p n', 'Of a claim: supported, partly, unsupported'],
    ['p n', 'Item before, next one of this session'],
  ];
}
