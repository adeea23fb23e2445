// What audits show, and what became of what they found.

const z = 1.6448536269514722; // one-sided, 95 %

// Wilson's lower bound of a share.
export function lowerBound(passed: number, of: number): number {
  if (of === 0) return 0;
  const share = passed / of;
  const centre = share + (z * z) / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return Math.max(0, (centre - spread) / (1 + (z * z) / of));
}

const most = 100_000;

// How many audits in all show, with 95 %, that `target` of them pass when so many fail; undefined beyond all reason.
export function auditsNeeded(target: number, failures: number): number | undefined {
  for (let of = Math.max(1, failures); of <= most; of += 1) if (lowerBound(of - failures, of) >= target) return of;
  return undefined;
}

export const targets = [0.9, 0.95] as const;

export interface PlanLine {
  target: number;
  isShown: boolean; // it is shown already
  needed: number | undefined; // audits in all, should no other fail
}

export const planOf = (passed: number, of: number): PlanLine[] =>
  targets.map((target) => ({target, isShown: of > 0 && lowerBound(passed, of) >= target, needed: auditsNeeded(target, of - passed)}));

export interface Found {
  at: number; // milliseconds
  passes: boolean;
}

export type Corrected = 'corrected' | 'to be audited again' | 'to be judged again' | 'taken out' | 'held up';

// What became of a failed audit, from the audits of its item and the item's state.
export function correctedBy(failed: Found, audits: readonly Found[], state: string): Corrected {
  if (state === 'CANCELLED') return 'taken out';
  if (audits.some((each) => each.passes && each.at > failed.at)) return 'corrected';
  if (state === 'AUDIT' || state === 'DECIDED') return 'to be audited again';
  if (state === 'ESCALATED' || state === 'BLOCKED' || state === 'QUARANTINED') return 'held up';
  return state === 'DONE' ? 'corrected' : 'to be judged again';
}

interface Told {
  what: string;
  note: string;
}

// Why an item is to be audited, of its history; '' where that is not shown.
export function whyDrawn(history: readonly Told[]): string {
  const last = history.findLast(({what, note}) => what === 'audit_ordered' || (what === 'decision_made' && note !== ''));
  if (!last) return '';
  return last.what === 'audit_ordered' ? `ordered: ${last.note}` : last.note;
}
