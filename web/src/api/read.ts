// Values of messages as the page uses them.

import type {Timestamp, Duration} from '@bufbuild/protobuf/wkt';
import {
  RuleRole_Value,
  RunState_Value,
  TrialStatus_Value,
  VerdictState_Value,
  type ModelRef,
  type RuleOutcome,
  type RulePart,
  type Verdict,
} from '../../gen/assay/v1/types_pb';
import {passingSide, thresholdIn} from '../model/interval.ts';
import {unitOf, type Unit} from '../model/format.ts';

export type VerdictWord = 'PENDING' | 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'ERROR' | 'NONE';
export type RunWord = 'PENDING' | 'RUNNING' | 'COMPLETE' | 'ERROR' | 'CANCELLED' | 'PAUSED' | 'STOPPED' | 'NONE';
export type TrialWord = 'SCORED' | 'UNSCORED' | 'ERROR' | 'SKIPPED' | 'AWAITING_HUMAN' | 'NONE';

const word = <T extends string>(names: Record<number, string>, value: number): T =>
  (value === 0 ? 'NONE' : (names[value] ?? 'NONE')) as T;

export const verdictWord = (value: VerdictState_Value): VerdictWord => word(VerdictState_Value, value);
export const runWord = (value: RunState_Value): RunWord => word(RunState_Value, value);
export const trialWord = (value: TrialStatus_Value): TrialWord => word(TrialStatus_Value, value);

export function isFinal(state: RunWord): boolean {
  return state === 'COMPLETE' || state === 'ERROR' || state === 'CANCELLED' || state === 'STOPPED';
}

export function dateOf(time: Timestamp | undefined): Date | undefined {
  return time ? new Date(Number(time.seconds) * 1000 + time.nanos / 1e6) : undefined;
}

export function secondsOf(duration: Duration | undefined): number | undefined {
  return duration ? Number(duration.seconds) + duration.nanos / 1e9 : undefined;
}

export function modelName(model: ModelRef | undefined): string {
  if (!model) return '';
  return model.version ? `${model.name}@${model.version}` : model.name;
}

export const isBlocking = (rule: RuleOutcome): boolean => rule.role !== RuleRole_Value.ADVISORY;

// The part whose state the rule has, else its only one.
export function decidingPart(rule: RuleOutcome): RulePart | undefined {
  return rule.decidingPart !== undefined ? rule.parts[rule.decidingPart] : rule.parts[0];
}

export function unitOfRule(rule: RuleOutcome): Unit {
  const values = rule.parts.flatMap((part) => [part.estimate?.value, part.estimate?.lower, part.estimate?.upper]);
  return unitOf(rule.source, [...values, rule.threshold]);
}

export const thresholdOf = (rule: RuleOutcome): number | undefined => thresholdIn(rule.asks, rule.threshold);
export const sideOfRule = (rule: RuleOutcome): 'above' | 'below' | 'none' => passingSide(rule.asks);

// As gates/slice_value.h: the cases without the field, and a field that says just that.
export const shownSliceValue = (value: string): string => (value === '' ? '(none)' : /^"*\(none\)"*$/.test(value) ? `"${value}"` : value);

export function partName(part: RulePart): string {
  if (part.slice) return `${part.slice} = ${shownSliceValue(part.sliceValue)}`;
  return part.suite || 'whole run';
}

// The decision, for a pipeline; the state where the list does not give it.
export function decisionOf(verdict: Verdict): VerdictWord {
  return verdictWord(verdict.decision || verdict.state);
}

export function isWaived(verdict: Verdict): boolean {
  return verdict.decision === VerdictState_Value.PASS && verdict.state !== VerdictState_Value.PASS;
}
