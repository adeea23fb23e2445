// The keys of the workspace, and changing them.

import {useLayoutEffect, useState} from 'preact/hooks';
import {reviewAt} from '../../api/addresses.ts';
import {keyNameOf, keysInWords, rebind, reviewActions, usualMapping, type KeyMapping, type ReviewAction} from '../../model/reviewkeys.ts';
import type {KeyGroup} from '../../ui/keyboard.tsx';
import {Note} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {ReviewScreen} from './frame.tsx';
import {keepMapping, readMapping} from './usekeys.ts';

export function ReviewKeysScreen() {
  const [mapping, setMapping] = useState<KeyMapping>(readMapping);
  const [asked, setAsked] = useState<ReviewAction>();
  const [problem, setProblem] = useState('');
  const keep = (next: KeyMapping) => {
    setMapping(next);
    keepMapping(next);
  };
  useLayoutEffect(() => {
    if (!asked) return;
    const onKey = (event: KeyboardEvent) => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (event.key === 'Escape') return setAsked(undefined);
      const keys = keyNameOf({
        key: event.key, code: event.code, ctrlKey: event.ctrlKey, metaKey: event.metaKey, altKey: event.altKey, shiftKey: event.shiftKey,
        isAltGraph: event.getModifierState('AltGraph'), isComposing: event.isComposing, repeat: event.repeat,
      });
      if (keys === '') return;
      const next = rebind(mapping, asked, keys);
      setAsked(undefined);
      if ('problem' in next) return setProblem(next.problem);
      setProblem('');
      keep(next.mapping);
    };
    document.addEventListener('keydown', onKey, {capture: true});
    return () => document.removeEventListener('keydown', onKey, {capture: true});
  }, [asked, mapping]);
  return (
    <ReviewScreen
      title="Keys of the workspace"
      path={[{title: 'My work', at: reviewAt}]}
      actions={
        <button type="button" class="button" onClick={() => keep(usualMapping)}>
          As they were
        </button>
      }
    >
      <p class="lead">
        Digits pick an option of the question that is asked, in the row above the letters or on the number pad. <kbd>↑</kbd> and <kbd>↓</kbd> go through
        the questions. While you type only the chord means something, and <kbd>Esc</kbd> leaves the field.
      </p>
      {problem && (
        <Note tone="fail" title="The key was not taken">
          <p role="alert">{problem}</p>
        </Note>
      )}
      <Table
        caption="Keys of the workspace"
        rows={[...reviewActions]}
        keyOf={(each) => each.action}
        columns={[
          {title: 'Does', isPlain: true, cell: (each) => each.does},
          {title: 'Key', cell: (each) => <kbd>{mapping.get(each.action)}</kbd>},
          {
            title: 'Change',
            cell: (each) => (
              <button type="button" class="button" aria-pressed={asked === each.action} onClick={() => setAsked(each.action)}>
                {asked === each.action ? 'Press a key, or Esc' : 'Another key'}
                <span class="unseen"> for: {each.does}</span>
              </button>
            ),
          },
        ]}
      />
    </ReviewScreen>
  );
}

// Where an item is judged its keys come first.
export function workspaceKeys(): KeyGroup | undefined {
  if (document.querySelector('.desk') === null) return undefined;
  return {title: 'In the workspace', keys: keysInWords(readMapping())};
}
