// The keyboard of the whole page: what model/keys.ts makes of a key is done here.

import {useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
import {reloadAll} from '../api/use.ts';
import {bindings, meaningOf, type Focus, type Keys, type Pending} from '../model/keys.ts';

const offKey = 'assay.keys';

export function areKeysOn(): boolean {
  try {
    return localStorage.getItem(offKey) !== 'off';
  } catch {
    return true;
  }
}

function setKeysOn(on: boolean): void {
  try {
    localStorage.setItem(offKey, on ? 'on' : 'off');
  } catch {
    // Without storage it lasts until the page is loaded again.
  }
}

function focusNow(): Focus {
  const element = document.activeElement;
  const isField = element instanceof HTMLInputElement && element.type !== 'checkbox' && element.type !== 'radio';
  const isText = isField || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;
  return {
    isText: isText || (element instanceof HTMLElement && element.isContentEditable),
    isControl: element instanceof HTMLAnchorElement || element instanceof HTMLButtonElement,
    isDialogOpen: document.querySelector('dialog[open]') !== null,
  };
}

// The row with the focus and those around it; of the first list when none has it.
function moveRow(step: 1 | -1): void {
  const focused = document.activeElement?.closest('tbody');
  const rows = [...(focused ?? document).querySelectorAll<HTMLElement>('[data-row]')];
  if (rows.length === 0) return;
  const row = document.activeElement?.closest('tr')?.querySelector<HTMLElement>('[data-row]');
  const at = row ? rows.indexOf(row) : -1;
  const next = at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step));
  rows[next]?.focus();
  rows[next]?.scrollIntoView({block: 'nearest'});
}

function press(selector: string): void {
  const found = [...document.querySelectorAll<HTMLElement>(selector)].at(-1);
  if (found instanceof HTMLButtonElement ? !found.disabled : found) found?.click();
}

interface Doing {
  go: (address: string) => void;
  help: () => void;
  theme: () => void;
}

function act(keys: Keys, {go, help, theme}: Doing): void {
  const actions: Record<Keys, () => void> = {
    'g g': () => go('/gates'),
    'g r': () => go('/runs'),
    'g w': () => go('/review'),
    'g m': () => go('/models'),
    'g c': () => go('/catalog'),
    'g u': () => press('[data-up]'),
    j: () => moveRow(1),
    k: () => moveRow(-1),
    n: () => press('[data-key="n"]'),
    p: () => press('[data-key="p"]'),
    d: () => press('[data-key="d"]'),
    x: () => document.activeElement?.closest('tr')?.querySelector<HTMLElement>('button[data-row]')?.click(),
    Enter: () => (document.querySelector('[data-key="Enter"]') ? press('[data-key="Enter"]') : moveRow(1)),
    '/': () => document.querySelector<HTMLElement>('[data-filter]')?.focus(),
    '.': reloadAll,
    t: theme,
    Esc: () => (document.activeElement as HTMLElement | null)?.blur(),
    '?': help,
  };
  actions[keys]();
}

export function useKeyboard(doing: Doing): void {
  const latest = useRef(doing);
  latest.current = doing;
  useLayoutEffect(() => {
    let pending: Pending | undefined;
    const onKey = (event: KeyboardEvent) => {
      const focus = focusNow();
      const meaning = meaningOf(event, focus, pending, performance.now());
      if (event.key !== 'Shift') pending = meaning.pending;
      if (!meaning.keys) return;
      // Dialogs close themselves.
      if (meaning.keys === 'Esc' && focus.isDialogOpen) return;
      if (!areKeysOn() && meaning.keys !== '?' && meaning.keys !== 'Esc') return;
      event.preventDefault();
      act(meaning.keys, latest.current);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

const groups = ['Go to', 'In lists', 'Everywhere'] as const;

// Opened anew whenever `opened` rises. Whether it is open, only the dialog itself knows: a state beside it would lag
// behind, and undo a key that is pressed at once after it was closed.
export interface KeyGroup {
  title: string;
  keys: [keys: string, does: string][];
}

// `here`: keys of the screen that is shown, before those of the whole page.
export function KeyMap({opened, here}: {opened: number; here: () => KeyGroup | undefined}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [areOn, setOn] = useState(areKeysOn);
  useLayoutEffect(() => {
    if (opened > 0 && !dialog.current?.open) dialog.current?.showModal();
  }, [opened]);
  // Of the screen under the dialog when that was opened.
  const own = useMemo(() => (opened > 0 ? here() : undefined), [opened]);
  const toggle = () => {
    setKeysOn(!areOn);
    setOn(!areOn);
  };
  return (
    <dialog ref={dialog} aria-labelledby="keys-title">
      {opened > 0 && (
        <div class="section">
          <header>
            <h2 id="keys-title">Keys</h2>
            <button type="button" class="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </header>
          <div class="keys">
            {own && (
              <section class="stack own" aria-label={own.title}>
                <h3>{own.title}</h3>
                <Listed of={own.keys} />
              </section>
            )}
            {groups.map((group) => (
              <section key={group} class="stack" aria-label={group}>
                <h3>{group}</h3>
                <Listed of={bindings.filter((binding) => binding.group === group).map(({keys, does}): [string, string] => [keys, does])} />
              </section>
            ))}
          </div>
          <label class="row">
            <input type="checkbox" checked={areOn} onChange={toggle} /> Keys are on; off, only <kbd>?</kbd> and <kbd>Esc</kbd> do
            something.
          </label>
        </div>
      )}
    </dialog>
  );
}

function Listed({of}: {of: [keys: string, does: string][]}) {
  return (
    <dl>
      {of.map(([keys, does]) => (
        <>
          <dt>
            {keys.split(' ').map((key) => (
              <>
                <kbd>{key}</kbd>{' '}
              </>
            ))}
          </dt>
          <dd>{does}</dd>
        </>
      ))}
    </dl>
  );
}
