// The token of this tab: pasted once, kept until the tab is closed, never in an address.

const key = 'assay.token';

export interface Session {
  isAsked: boolean; // assayd wants a token
  wasRefused: boolean; // the one that was given is not known
  hasToken: boolean;
}

function read(): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

let current = read();
let session: Session = {isAsked: false, wasRefused: false, hasToken: current !== ''};
const listeners = new Set<(session: Session) => void>();

function change(next: Session): void {
  session = next;
  for (const listener of listeners) listener(session);
}

export const token = (): string => current;
export const sessionNow = (): Session => session;

export function subscribe(listener: (session: Session) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function demandToken(wasRefused: boolean): void {
  if (session.isAsked && session.wasRefused === wasRefused) return;
  change({...session, isAsked: true, wasRefused});
}

function keep(value: string): void {
  current = value;
  try {
    if (value) sessionStorage.setItem(key, value);
    else sessionStorage.removeItem(key);
  } catch {
    // Without storage it lasts until the page is loaded again.
  }
}

export function acceptToken(value: string): void {
  keep(value.trim());
  change({isAsked: false, wasRefused: false, hasToken: current !== ''});
}

export function forgetToken(): void {
  keep('');
  change({isAsked: true, wasRefused: false, hasToken: false});
}
