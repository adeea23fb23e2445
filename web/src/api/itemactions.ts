// An action on an item as the daemon takes it.

import type {MessageInitShape} from '@bufbuild/protobuf';
import {ReviewCause_Value, ReviewLane_Value, type ActOnItemRequestSchema} from '../../gen/assay/v1/review_pb';
import type {ItemActionName} from '../model/itemactions.ts';

export interface ActionFields {
  reason: string;
  cause: string; // of reopening
  judgement: string; // that is void
  lane: string;
  dueIn: string; // seconds; '' as it is
  clarification: string;
  version: string;
  approval: string;
  alsoDone: string; // "yes"
}

export const noFields: ActionFields = {reason: '', cause: 'OTHER', judgement: '', lane: 'INCIDENT', dueIn: '', clarification: '', version: '', approval: '', alsoDone: ''};

export const causes: [string, string][] = [
  ['OTHER', 'something else'], ['MISREAD', 'guideline or item was misread'], ['SLIP', 'a slip of the hand'], ['AMBIGUOUS', 'the guideline can be read in two ways'],
  ['MISSING', 'the guideline lacks the case'], ['GUIDELINE_CHANGE', 'the guideline has changed'],
];
export const lanes: [string, string][] = [['INCIDENT', 'incident: before everything'], ['GATE_BLOCKING', 'gate blocking'], ['NORMAL', 'normal']];
export const dues: [string, string][] = [['', 'as it is'], ['3600', 'in an hour'], ['14400', 'in 4 hours'], ['86400', 'in a day'], ['259200', 'in 3 days']];

export function actionFrom(name: ItemActionName, fields: ActionFields, now: Date): NonNullable<MessageInitShape<typeof ActOnItemRequestSchema>['action']> {
  const {reason, judgement, clarification} = fields;
  switch (name) {
    case 'order_audit':
      return {case: 'orderAudit', value: {reason}};
    case 'reopen':
      return {case: 'reopen', value: {reason, cause: ReviewCause_Value[fields.cause as keyof typeof ReviewCause_Value]}};
    case 'void_judgement':
      return {case: 'voidJudgement', value: {judgement, reason}};
    case 'change_lane': {
      const seconds = Math.floor(now.getTime() / 1000) + Number(fields.dueIn);
      return {case: 'changeLane', value: {lane: ReviewLane_Value[fields.lane as keyof typeof ReviewLane_Value], reason, ...(fields.dueIn ? {dueAt: {seconds: BigInt(seconds), nanos: 0}} : {})}};
    }
    case 'await_guideline':
      return {case: 'awaitGuideline', value: {clarification}};
    case 'guideline_arrived':
      return {case: 'guidelineArrived', value: {clarification}};
    case 'advance_rubric':
      return {case: 'advanceRubric', value: {version: fields.version, approval: fields.approval, alsoDone: fields.alsoDone === 'yes'}};
    case 'flag_severe':
      return {case: 'flagSevere', value: {reason}};
    case 'quarantine':
      return {case: 'quarantine', value: {reason}};
    case 'cancel':
      return {case: 'cancel', value: {reason}};
  }
}
