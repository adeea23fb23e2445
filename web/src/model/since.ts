// What has become of the evidence of a verdict after it: an item is told by its history, which those see who lead its
// queue, and others once it is done.

import type {ReviewItemView} from '../../gen/assay/v1/review_pb';

type Seen = Pick<ReviewItemView, 'history' | 'decisions' | 'item'>;

export interface Happened {
  item: string;
  caseId: string;
  at: Date;
  what: string;
  note: string;
}

// In words; what is not here changes nothing that a verdict rests on.
const words: Record<string, string> = {
  decision_made: 'decided',
  item_reopened: 'reopened',
  judgement_voided: 'a judgement was taken out',
  audit_made: 'audited',
  quarantine_opened: 'withheld',
  quarantine_closed: 'given free or redacted',
  rubric_advanced: 'judged by another guideline',
  severe_flagged: 'harm was flagged',
  escalation_resolved: 'ruled on',
  item_cancelled: 'taken out',
};

interface Stamp {
  seconds: bigint;
  nanos: number;
}
const timeOf = (stamp: Stamp | undefined): number => (stamp ? Number(stamp.seconds) * 1000 + stamp.nanos / 1e6 : NaN);

// Newest first.
export function happenedSince(views: readonly Seen[], verdict: Stamp): Happened[] {
  const since = timeOf(verdict);
  const all = views.flatMap(({item, history}) =>
    history
      .filter(({what, at}) => what in words && timeOf(at) > since)
      .map(({what, at, note}) => ({item: item?.id ?? '', caseId: item?.caseId ?? '', at: new Date(timeOf(at)), what: words[what] ?? what, note})),
  );
  return all.sort((a, b) => b.at.getTime() - a.at.getTime());
}

// Whether people had settled it when the verdict was given; undefined where that is not shown.
export function wasSettled({history}: Pick<Seen, 'history'>, verdict: Stamp): boolean | undefined {
  if (history.length === 0) return undefined;
  const at = timeOf(verdict);
  let settled = false;
  for (const {what, at: when} of history) {
    if (timeOf(when) > at) break;
    if (what === 'decision_made') settled = true;
    if (what === 'item_reopened' || what === 'adjudication_opened' || what === 'item_cancelled') settled = false;
  }
  return settled;
}
