// The lease of an item: renewed while somebody works on it, and told when it is about to end.

import {useEffect, useRef, useState} from 'preact/hooks';
import type {ReviewLease} from '../../../gen/assay/v1/review_pb';
import {patience, reviews} from '../../api/client.ts';
import {problemOf, type Problem} from '../../api/errors.ts';
import {dateOf} from '../../api/read.ts';

const lookEveryMs = 5000;
const attentiveMs = 5 * 60_000;
export const warnBeforeMs = 2 * 60_000;

export interface Held {
  token: bigint;
  expiresAt: Date | undefined;
  problem: Problem | undefined; // why it could not be renewed
}

export function useLease(item: string, lease: ReviewLease | undefined): Held {
  const [held, setHeld] = useState<Held>({token: lease?.token ?? 0n, expiresAt: dateOf(lease?.expiresAt), problem: undefined});
  const latest = useRef(held);
  latest.current = held;
  const [role, granted] = [lease?.role ?? 0, dateOf(lease?.grantedAt)?.getTime() ?? 0];
  const term = (dateOf(lease?.expiresAt)?.getTime() ?? 0) - granted;

  useEffect(() => {
    if (!lease) return;
    let lastInput = Date.now();
    let isAsking = false;
    const renew = async (): Promise<void> => {
      if (isAsking) return;
      isAsking = true;
      try {
        const {view} = await reviews.claimItem({item, role}, {timeoutMs: patience});
        if (view?.lease) setHeld({token: view.lease.token, expiresAt: dateOf(view.lease.expiresAt), problem: undefined});
      } catch (cause) {
        setHeld((before) => ({...before, problem: problemOf(cause)}));
      } finally {
        isAsking = false;
      }
    };
    if (lease.isPrefetch) void renew(); // it was kept for a while only, and is worked on now
    const leftNow = (): number => (latest.current.expiresAt?.getTime() ?? 0) - Date.now();
    const onInput = (): void => {
      const wasAway = Date.now() - lastInput > attentiveMs;
      lastInput = Date.now();
      if (wasAway || leftNow() < warnBeforeMs) void renew();
    };
    const timer = setInterval(() => {
      const isAttentive = document.visibilityState === 'visible' && Date.now() - lastInput < attentiveMs;
      const left = leftNow();
      if (isAttentive && left < 0.75 * term && left > -term) void renew();
    }, lookEveryMs);
    // Before those who keep a key to themselves.
    window.addEventListener('keydown', onInput, {capture: true});
    window.addEventListener('pointerdown', onInput, {capture: true});
    return () => {
      clearInterval(timer);
      window.removeEventListener('keydown', onInput, {capture: true});
      window.removeEventListener('pointerdown', onInput, {capture: true});
    };
  }, [item, role, term, lease !== undefined]);

  return held;
}
