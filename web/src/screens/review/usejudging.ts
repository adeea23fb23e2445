// What a person says of an item while they say it: kept in this browser at every change, in the daemon a little later,
// and taken back change by change.

import {useCallback, useEffect, useLayoutEffect, useRef, useState} from 'preact/hooks';
import {keepDraft, readDraft, removeDraft} from '../../api/drafts.ts';
import {reviews} from '../../api/client.ts';
import type {Times} from '../../api/review.ts';
import {draftOf, judgingFrom, newer, nextRevision, type Kept} from '../../model/draft.ts';
import type {Judging} from '../../model/judging.ts';

export type Saved = 'nothing' | 'here' | 'saved' | 'nowhere';

const saveAfterMs = 1500;
const idleAfterMs = 60_000;
const mostSteps = 200;

interface Options {
  person: string;
  item: string;
  start: Judging; // where there is no draft
  stored: Kept | undefined; // the daemon's
  isRevision: boolean; // the daemon keeps no draft of it
}

export interface Judged {
  judging: Judging;
  change: (next: (before: Judging) => Judging) => void;
  undo: () => boolean; // false: there is nothing to take back
  saved: Saved;
  savedAt: Date | undefined;
  key: string; // of the submission
  keepSent: (text: string) => void; // before it is sent; '' once it is answered
  forget: () => void; // once it is in
  times: () => Times;
}

export function useJudging({person, item, start, stored, isRevision}: Options): Judged {
  const [first] = useState(() => {
    const local = readDraft(person, item);
    const kept = newer(stored, local);
    const isSame = local !== undefined && kept?.revision === local.revision;
    return {
      judging: (kept && judgingFrom(kept.text)) || start,
      revision: kept?.revision ?? 0,
      key: local?.key || crypto.randomUUID(),
      sent: isSame ? local.sent : '',
    };
  });
  const [judging, setJudging] = useState(first.judging);
  const [saved, setSaved] = useState<Saved>('nothing');
  const [savedAt, setSavedAt] = useState<Date>();
  const steps = useRef<Judging[]>([]);
  const now = useRef({judging: first.judging, revision: first.revision, sent: first.sent, isDirty: false, isForgotten: false});
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const keepHere = useCallback((): boolean => {
    if (now.current.isForgotten) return true; // it is in, and its key with it
    const {judging: said, revision, sent} = now.current;
    return keepDraft(person, item, {revision, text: draftOf(said), key: first.key, sent});
  }, [person, item, first.key]);

  const saveThere = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    if (!now.current.isDirty || now.current.isForgotten || isRevision) return;
    now.current.isDirty = false;
    const {revision} = now.current;
    try {
      await reviews.saveDraft({item, revision: BigInt(revision), text: draftOf(now.current.judging)}, {timeoutMs: 10_000});
      if (now.current.revision === revision && !now.current.isForgotten) {
        setSaved('saved');
        setSavedAt(new Date());
      }
    } catch {
      // It is kept here, and the next change saves it there.
      now.current.isDirty = true;
      if (!now.current.isForgotten) timer.current = setTimeout(() => void saveThere(), 4 * saveAfterMs);
    }
  }, [item, isRevision]);

  const put = useCallback(
    (next: Judging): void => {
      now.current = {...now.current, judging: next, revision: nextRevision(now.current.revision, Date.now()), isDirty: true};
      setJudging(next);
      setSaved(keepHere() ? 'here' : 'nowhere');
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void saveThere(), saveAfterMs);
    },
    [keepHere, saveThere],
  );

  const change = useCallback(
    (next: (before: Judging) => Judging): void => {
      const after = next(now.current.judging);
      if (after === now.current.judging) return;
      steps.current = [...steps.current.slice(-mostSteps), now.current.judging];
      put(after);
    },
    [put],
  );

  const undo = useCallback((): boolean => {
    const before = steps.current.pop();
    if (!before) return false;
    put(before);
    return true;
  }, [put]);

  useEffect(() => {
    const save = (): void => {
      if (document.visibilityState === 'hidden') void saveThere();
    };
    document.addEventListener('visibilitychange', save);
    return () => {
      document.removeEventListener('visibilitychange', save);
      void saveThere();
    };
  }, [saveThere]);

  const times = useTimes();
  return {
    judging, change, undo, saved, savedAt, key: first.key, times,
    keepSent: (text) => {
      now.current.sent = text;
      keepHere();
    },
    forget: () => {
      now.current.isForgotten = true;
      clearTimeout(timer.current);
      removeDraft(person, item);
    },
  };
}

// Time with somebody at it, and without.
function useTimes(): () => Times {
  const spent = useRef({firstInput: undefined as Date | undefined, active: 0, idle: 0, last: performance.now()});
  const pass = useCallback((isInput: boolean): void => {
    const at = performance.now();
    const gap = at - spent.current.last;
    if (gap < idleAfterMs) spent.current.active += gap;
    else spent.current.idle += gap;
    spent.current.last = at;
    if (isInput) spent.current.firstInput ??= new Date();
  }, []);
  useLayoutEffect(() => {
    const onInput = (): void => pass(true);
    // Before those who keep a key to themselves.
    window.addEventListener('keydown', onInput, {capture: true});
    window.addEventListener('pointerdown', onInput, {capture: true});
    return () => {
      window.removeEventListener('keydown', onInput, {capture: true});
      window.removeEventListener('pointerdown', onInput, {capture: true});
    };
  }, [pass]);
  return useCallback(() => {
    pass(false);
    return {firstInput: spent.current.firstInput, activeMs: spent.current.active, idleMs: spent.current.idle};
  }, [pass]);
}
