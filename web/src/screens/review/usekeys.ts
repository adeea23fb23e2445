// The keyboard of the workspace, before that of the whole page.

import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import {mappingFrom, meantBy, usualMapping, type KeyMapping, type Meant} from '../../model/reviewkeys.ts';
import {areKeysOn} from '../../ui/keyboard.tsx';

const place = 'assay.review.keys';

export function readMapping(): KeyMapping {
  try {
    return mappingFrom(localStorage.getItem(place) ?? '');
  } catch {
    return usualMapping;
  }
}

export function keepMapping(mapping: KeyMapping): void {
  try {
    localStorage.setItem(place, JSON.stringify([...mapping]));
  } catch {
    // Without storage it lasts until the page is loaded again.
  }
}

export function isTyping(): boolean {
  const element = document.activeElement;
  const isField = element instanceof HTMLInputElement && element.type !== 'checkbox' && element.type !== 'radio';
  return isField || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement || (element instanceof HTMLElement && element.isContentEditable);
}

interface Options {
  optionKeys: ReadonlyMap<string, string>;
  onMeant: (meant: NonNullable<Meant>) => void;
  onLeave: () => void; // Esc
}

// What is answered here, the rest of the page does not hear.
export function useKeys(options: Options): KeyMapping {
  const [mapping] = useState(readMapping);
  const latest = useRef(options);
  latest.current = options;
  // At once with what is drawn: a key that comes before the next picture is for what is there already.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // An input method says so by itself or, in some browsers, by this code.
      if (event.isComposing || event.keyCode === 229) return;
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) {
        latest.current.onLeave();
        return;
      }
      const pressed = {
        key: event.key, code: event.code, ctrlKey: event.ctrlKey, metaKey: event.metaKey, altKey: event.altKey, shiftKey: event.shiftKey,
        isAltGraph: event.getModifierState('AltGraph'), isComposing: false, repeat: event.repeat,
      };
      const meant = meantBy(pressed, {
        isText: isTyping(),
        isControl: document.activeElement instanceof HTMLButtonElement,
        isDialogOpen: document.querySelector('dialog[open]') !== null,
        areKeysOn: areKeysOn(),
        optionKeys: latest.current.optionKeys,
      }, mapping);
      if (!meant) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      latest.current.onMeant(meant);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [mapping]);
  return mapping;
}
