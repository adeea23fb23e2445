// Keys as people press them, turned into what they mean. Pure: what has the focus is told.

export interface Binding {
  keys: string; // "g r", "j", "?"
  does: string;
  group: 'Go to' | 'In lists' | 'Everywhere';
}

export const bindings = [
  {keys: 'g g', does: 'Gates', group: 'Go to'},
  {keys: 'g r', does: 'Runs', group: 'Go to'},
  {keys: 'g w', does: 'Review: my work', group: 'Go to'},
  {keys: 'g m', does: 'Models', group: 'Go to'},
  {keys: 'g c', does: 'Catalog', group: 'Go to'},
  {keys: 'g u', does: 'One level up', group: 'Go to'},
  {keys: 'j', does: 'Next row', group: 'In lists'},
  {keys: 'k', does: 'Row before', group: 'In lists'},
  {keys: 'Enter', does: 'Open the row', group: 'In lists'},
  {keys: 'n', does: 'Next page', group: 'In lists'},
  {keys: 'p', does: 'Page before', group: 'In lists'},
  {keys: '/', does: 'Filter', group: 'In lists'},
  {keys: 'x', does: 'Details of the row', group: 'In lists'},
  {keys: 'd', does: 'Differences, in a case', group: 'Everywhere'},
  {keys: '.', does: 'Read it again', group: 'Everywhere'},
  {keys: 't', does: 'Light, dark, system', group: 'Everywhere'},
  {keys: 'Esc', does: 'Leave, close', group: 'Everywhere'},
  {keys: '?', does: 'These keys', group: 'Everywhere'},
] as const satisfies readonly Binding[];

export type Keys = (typeof bindings)[number]['keys'];

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean; // an input method is at work
  repeat: boolean;
}

export interface Focus {
  isText: boolean; // a field that takes letters
  isControl: boolean; // a button, a link, a list to choose from
  isDialogOpen: boolean;
}

// A first key waits so long for the second.
export const sequenceMilliseconds = 1500;

export interface Pending {
  first: string;
  at: number;
}

export interface Meaning {
  keys?: Keys;
  pending?: Pending; // wait for another key
}

const names: Record<string, string> = {Escape: 'Esc'};
const moves = new Set(['j', 'k', 'n', 'p']);

function bindingOf(keys: string): Keys | undefined {
  return bindings.find((binding) => binding.keys === keys)?.keys;
}

export function meaningOf(pressed: Pressed, focus: Focus, pending: Pending | undefined, now: number): Meaning {
  const key = names[pressed.key] ?? pressed.key;
  if (pressed.isComposing || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return {};
  if (key === 'Esc') return {keys: 'Esc'};
  if (focus.isText || focus.isDialogOpen) return {};
  if (pressed.repeat && !moves.has(key)) return {};
  // What has the focus opens by itself.
  if (key === 'Enter') return focus.isControl ? {} : {keys: 'Enter'};
  if (pending && now - pending.at < sequenceMilliseconds) {
    const both = bindingOf(`${pending.first} ${key}`);
    return both ? {keys: both} : {};
  }
  const single = bindingOf(key);
  if (single) return {keys: single};
  return bindings.some((binding) => binding.keys.startsWith(`${key} `)) ? {pending: {first: key, at: now}} : {};
}
