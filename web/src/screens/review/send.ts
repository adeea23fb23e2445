// How what a person says is sent, by what they do with the item; and what became of it.

import {Code, ConnectError} from '@connectrpc/connect';
import type {MessageInitShape} from '@bufbuild/protobuf';
import {
  EscalationOutcome_Value,
  ReviewCause_Value,
  type JudgementContentSchema,
  type ReviewItemView,
} from '../../../gen/assay/v1/review_pb';
import {patience, reviews} from '../../api/client.ts';
import {problemOf, type Problem} from '../../api/errors.ts';

type Content = MessageInitShape<typeof JudgementContentSchema>;

// revise: a judgement of one's own; rule: on an escalation.
export type Mode =
  | {does: 'label'}
  | {does: 'adjudicate'}
  | {does: 'audit'}
  | {does: 'revise'; judgement: string}
  | {does: 'rule'};

export interface Verdict {
  passes: boolean;
  defect: string;
  cause: string; // '' of one that passes
  severity: number | undefined;
  action: string;
}

export interface Sending {
  mode: Mode;
  item: string;
  token: bigint;
  key: string;
  content: Content;
  cause: string; // of adjudications and rulings
  verdict: Verdict | undefined; // of audits; undefined: the auditor's own judgement, before the decision is shown
  ruling: string;
  asExtra: boolean;
}

export interface Sent {
  view: ReviewItemView | undefined;
  judgement: string;
  revisableUntil: Date | undefined;
}

const dateOf = (at: {seconds: bigint; nanos: number} | undefined) => (at ? new Date(Number(at.seconds) * 1000 + at.nanos / 1e6) : undefined);

const causeOf = (word: string): ReviewCause_Value => ReviewCause_Value[word as keyof typeof ReviewCause_Value] ?? ReviewCause_Value.UNSPECIFIED;

export async function send({mode, item, token, key, content, cause, verdict, ruling, asExtra}: Sending): Promise<Sent> {
  const options = {timeoutMs: patience};
  const causeValue = causeOf(cause);
  switch (mode.does) {
    case 'label': {
      const {view, judgement, revisableUntil} = await reviews.submitJudgement({item, token, key, content, asExtra}, options);
      return {view, judgement, revisableUntil: dateOf(revisableUntil)};
    }
    case 'adjudicate': {
      const {view, judgement, revisableUntil} = await reviews.adjudicate({item, token, key, content, cause: causeValue}, options);
      return {view, judgement, revisableUntil: dateOf(revisableUntil)};
    }
    case 'revise': {
      const {view, judgement, revisableUntil} = await reviews.reviseJudgement({item, judgement: mode.judgement, key, content}, options);
      return {view, judgement, revisableUntil: dateOf(revisableUntil)};
    }
    case 'audit': {
      // First what the auditor says themselves; the decision comes with the answer.
      if (!verdict) {
        const {view} = await reviews.submitJudgement({item, token, key, content}, options);
        return {view, judgement: '', revisableUntil: undefined};
      }
      const {view} = await reviews.submitAudit({item, token, key, ...auditOf(verdict)}, options);
      return {view, judgement: '', revisableUntil: undefined};
    }
    case 'rule': {
      const value = {outcome: EscalationOutcome_Value.DECIDE, ruling, content, cause: causeValue};
      const {view} = await reviews.actOnItem({item, key, action: {case: 'resolve', value}}, options);
      return {view, judgement: '', revisableUntil: undefined};
    }
  }
}

function auditOf({passes, defect, cause, severity, action}: Verdict) {
  return {passes, defect, action, cause: causeOf(cause), ...(severity !== undefined ? {severity} : {})};
}

// missing: the daemon wants more of it; late: somebody else has the place, it can be kept as an extra; unanswered: nobody
// knows whether it came through, it is sent again with the same key.
export type Refusal = 'missing' | 'late' | 'unanswered' | 'other';

export interface Refused {
  kind: Refusal;
  problem: Problem;
}

export function refusedBy(cause: unknown): Refused {
  const {code} = ConnectError.from(cause);
  const problem = problemOf(cause);
  if (code === Code.InvalidArgument) return {kind: 'missing', problem};
  if (code === Code.Aborted) return {kind: 'late', problem};
  // The daemon says in its own words that a lease has ended; a call that timed out has none.
  if (code === Code.DeadlineExceeded) return {kind: /as an extra/.test(problem.message) ? 'late' : 'unanswered', problem};
  if (problem.isWorthAnotherTry) return {kind: 'unanswered', problem};
  return {kind: 'other', problem};
}
