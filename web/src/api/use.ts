// What a screen shows of the API: loaded, loading, or failed, and again when it is asked for.

import {useCallback, useEffect, useRef, useState} from 'preact/hooks';
import {isCancelled, problemOf, type Problem} from './errors.ts';

export interface Loaded<T> {
  value?: T | undefined; // the last that came, also while it is read again
  problem?: Problem | undefined; // why there is no newer one
  isLoading: boolean;
  reload: () => void;
}

// Screens are read again by a key; whoever is shown listens.
const reloaders = new Set<() => void>();
export function reloadAll(): void {
  for (const reload of reloaders) reload();
}

interface Kept<T> {
  key: string;
  value?: T;
  problem?: Problem;
  isLoading: boolean;
}

// Calls again when `key` changes, and every `everyMs` while the page is seen. A key of '' asks for nothing.
export function useCall<T>(key: string, call: (signal: AbortSignal) => Promise<T>, everyMs?: number): Loaded<T> {
  const [kept, setKept] = useState<Kept<T>>({key, isLoading: key !== ''});
  const [turn, setTurn] = useState(0);
  const latest = useRef(call);
  latest.current = call;
  const reload = useCallback(() => setTurn((before) => before + 1), []);

  useEffect(() => {
    if (key === '') return;
    const abort = new AbortController();
    setKept((before) => (before.key === key ? {...before, isLoading: true} : {key, isLoading: true}));
    latest.current(abort.signal).then(
      (value) => {
        if (!abort.signal.aborted) setKept({key, value, isLoading: false});
      },
      (cause: unknown) => {
        if (abort.signal.aborted || isCancelled(cause)) return;
        setKept((before) => ({...before, key, problem: problemOf(cause), isLoading: false}));
      },
    );
    return () => abort.abort();
  }, [key, turn]);

  useEffect(() => {
    reloaders.add(reload);
    return () => void reloaders.delete(reload);
  }, [reload]);

  useEffect(() => {
    if (!everyMs) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload]);

  const isOfKey = kept.key === key;
  return {
    value: isOfKey ? kept.value : undefined,
    problem: isOfKey ? kept.problem : undefined,
    isLoading: isOfKey ? kept.isLoading : key !== '',
    reload,
  };
}

const firstPause = 500;
const longestPause = 10_000;

// Follows a stream until it ends by itself; a broken one is opened again.
export function useStream<T>(key: string, open: (signal: AbortSignal) => AsyncIterable<T>): Loaded<T> {
  const [kept, setKept] = useState<Kept<T>>({key, isLoading: true});
  const [turn, setTurn] = useState(0);
  const latest = useRef(open);
  latest.current = open;
  const reload = useCallback(() => setTurn((before) => before + 1), []);

  useEffect(() => {
    const abort = new AbortController();
    let pause = firstPause;
    let timer: ReturnType<typeof setTimeout> | undefined;
    setKept((before) => (before.key === key ? {...before, isLoading: true} : {key, isLoading: true}));
    const follow = async (): Promise<void> => {
      try {
        for await (const value of latest.current(abort.signal)) {
          if (abort.signal.aborted) return;
          pause = firstPause;
          setKept({key, value, isLoading: false});
        }
      } catch (cause) {
        if (abort.signal.aborted) return;
        const problem = problemOf(cause);
        setKept((before) => ({...before, key, problem, isLoading: false}));
        if (!problem.isWorthAnotherTry) return;
        timer = setTimeout(() => void follow(), pause);
        pause = Math.min(longestPause, pause * 2);
      }
    };
    void follow();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, turn]);

  useEffect(() => {
    reloaders.add(reload);
    return () => void reloaders.delete(reload);
  }, [reload]);

  const isOfKey = kept.key === key;
  return {
    value: isOfKey ? kept.value : undefined,
    problem: isOfKey ? kept.problem : undefined,
    isLoading: isOfKey ? kept.isLoading : true,
    reload,
  };
}

export interface Action {
  run: () => void;
  isBusy: boolean;
  problem?: Problem | undefined;
}

// Something that a person starts: one at a time.
export function useAction(work: () => Promise<void>): Action {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const run = (): void => {
    if (isBusy) return;
    setBusy(true);
    setProblem(undefined);
    work()
      .catch((cause: unknown) => setProblem(problemOf(cause)))
      .finally(() => setBusy(false));
  };
  return {run, isBusy, problem};
}
