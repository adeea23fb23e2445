// What went wrong, and what to do about it.

import {Code, ConnectError} from '@connectrpc/connect';
import {demandToken, token} from './session.ts';

export interface Problem {
  message: string; // as assayd said it
  advice: string;
  isWorthAnotherTry: boolean;
}

const advice: Partial<Record<Code, string>> = {
  [Code.NotFound]: 'Check the address. It may have been written for another assayd, or another project.',
  [Code.PermissionDenied]: 'Ask somebody who may, or use another token.',
  [Code.Unauthenticated]: 'Paste a token that this assayd knows.',
  [Code.InvalidArgument]: 'Correct what the message names, then send it again.',
  [Code.FailedPrecondition]: 'Something has to change first; the message says what.',
  [Code.AlreadyExists]: 'Choose another name or version.',
  [Code.ResourceExhausted]: 'assayd has much to do right now. Try again in a moment.',
  [Code.DeadlineExceeded]: 'It took longer than this page waits. Try again; if it stays so, look at the load of assayd.',
  [Code.Unavailable]: 'assayd cannot be reached or is stopping. See whether it runs (/readyz says), then try again.',
  [Code.Internal]: 'This is a mistake in assayd. Its log says more.',
  [Code.DataLoss]: 'The store is damaged. The log of assayd says more.',
};

// Thrown where something lacks that the page itself can name.
export class Lacking extends Error {}

const passing = new Set([Code.Unavailable, Code.ResourceExhausted, Code.DeadlineExceeded, Code.Aborted, Code.Unknown]);

// Whoever is refused is asked for a token, whatever they wanted.
export function problemOf(cause: unknown): Problem {
  if (cause instanceof Lacking) return {message: cause.message, advice: '', isWorthAnotherTry: false};
  const error = ConnectError.from(cause);
  if (error.code === Code.Unauthenticated) demandToken(token() !== '');
  // A browser that gets no answer at all says so in words of its own.
  const isUnreachable = error.code === Code.Unknown || error.cause instanceof TypeError;
  const code = isUnreachable ? Code.Unavailable : error.code;
  return {
    message: isUnreachable ? 'no answer from assayd' : error.rawMessage || Code[code],
    advice: advice[code] ?? 'Try again.',
    isWorthAnotherTry: passing.has(code),
  };
}

export function isCancelled(cause: unknown): boolean {
  return ConnectError.from(cause).code === Code.Canceled || (cause instanceof DOMException && cause.name === 'AbortError');
}
