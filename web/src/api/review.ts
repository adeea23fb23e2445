// Review items between their messages and what the page works with.

import {create, fromJson, toJson, type JsonValue, type MessageInitShape} from '@bufbuild/protobuf';
import {
  ClaimSupport_Value,
  JudgementContentSchema,
  LeaseRole_Value,
  OpinionSchema,
  PairChoice_Value,
  ReviewItemKind_Value,
  SubmitJudgementRequestSchema,
  type JudgementContent,
  type Opinion,
  type ReviewItemView,
  type SubmitJudgementRequest,
} from '../../gen/assay/v1/review_pb';
import {
  answerTo,
  notApplicable,
  nothingYet,
  ranksOf,
  severityId,
  unchangedId,
  type ItemKind,
  type Judging,
  type Suggested,
  type WorkspaceItem,
} from '../model/judging.ts';
import {listedVersion, rubricFrom, type Rubric} from '../model/rubric.ts';
import {patience, reviews} from './client.ts';
import {Lacking} from './errors.ts';

export const kindWord = (value: ReviewItemKind_Value): ItemKind => (ReviewItemKind_Value[value] ?? 'RUBRIC') as ItemKind;

// An enum's word as people read it.
export const wordOf = (names: Record<number, string>, value: number): string =>
  value === 0 ? '' : (names[value] ?? '').toLowerCase().replaceAll('_', ' ');

export function itemOf({item, content}: ReviewItemView): WorkspaceItem {
  const responses = content?.responses ?? [];
  return {
    kind: kindWord(item?.kind ?? 0),
    responses: responses.map(({id}) => id),
    claims: content?.claims.map(({id, text}) => ({id, text})) ?? [],
    calls: responses.flatMap(({calls}) => calls.map(({id, tool}) => ({id, tool}))),
  };
}

type AnswersInit = NonNullable<MessageInitShape<typeof OpinionSchema>['answers']>;

function criteriaOf(judging: Judging): AnswersInit {
  const criteria = [...judging.answers].filter(([id, values]) => id.startsWith('criterion:') && values.length > 0);
  return {
    case: 'criteria',
    value: {
      criteria: criteria.map(([id, values]) => {
        const criterion = id.slice('criterion:'.length);
        if (values[0] === notApplicable) return {criterion, notApplicable: true};
        return {criterion, labels: [...values]};
      }),
    },
  };
}

// Which of a criterion's values are scores, only the rubric knows.
function scored(answers: AnswersInit, rubric: Rubric): AnswersInit {
  if (answers?.case !== 'criteria') return answers;
  const criteria = answers.value.criteria?.map((each) => {
    const isScore = rubric.criteria.find(({name}) => name === each.criterion)?.scale !== undefined;
    return isScore && each.labels?.[0] !== undefined ? {criterion: each.criterion ?? '', score: Number(each.labels[0])} : each;
  });
  return {case: 'criteria', value: {criteria: criteria ?? []}};
}

function answersOf(item: WorkspaceItem, judging: Judging, rubric: Rubric): AnswersInit {
  const said = (id: string): string => answerTo(judging, id)[0] ?? '';
  switch (item.kind) {
    case 'RUBRIC':
    case 'CLASSIFICATION':
      return scored(criteriaOf(judging), rubric);
    case 'PAIRWISE': {
      const [side = '', strength] = said('better').split(':');
      const winnerOf = (of: string): string => (of === 'tie' ? '' : (item.responses[of === 'A' ? 0 : 1] ?? ''));
      const named = rubric.criteria.map(({name}) => ({criterion: name, side: said(`better:${name}`)})).filter((each) => each.side !== '');
      const criteria = named.map(({criterion, side: of}) => ({criterion, winner: winnerOf(of)}));
      if (strength === undefined) {
        return {case: 'pairwise', value: {choice: side === 'tie' ? PairChoice_Value.TIE : PairChoice_Value.BOTH_BAD, criteria}};
      }
      return {case: 'pairwise', value: {choice: PairChoice_Value.WINNER, winner: winnerOf(side), strength: Number(strength), criteria}};
    }
    case 'RANKING':
      return {case: 'ranking', value: {ranks: ranksOf(item.responses, judging).map((responses) => ({responses}))}};
    case 'SAFETY':
      return {case: 'safety', value: {harmful: said('harmful') === 'yes'}};
    case 'REFUSAL':
      return {case: 'refusal', value: {allowed: said('allowed') === 'yes', refused: said('refused') === 'yes'}};
    case 'GROUNDING': {
      const support = (id: string) => ClaimSupport_Value[said(`claim:${id}`) as keyof typeof ClaimSupport_Value];
      return {case: 'grounding', value: {claims: item.claims.map(({id}) => ({claim: id, support: support(id)}))}};
    }
    case 'TOOL_USE': {
      const is = (of: string, id: string): boolean => said(`${of}:${id}`) === 'yes';
      const calls = item.calls.map(({id}) => ({call: id, rightTool: is('tool', id), rightArguments: is('arguments', id), resultUsed: is('result', id)}));
      return {case: 'toolUse', value: {calls, lacksCall: said('lacks_call') === 'yes'}};
    }
    case 'CORRECTION': {
      const unchanged = said(unchangedId) === 'yes';
      return {case: 'correction', value: {unchanged, expected: unchanged ? '' : judging.expected}};
    }
  }
}

export interface Times {
  firstInput: Date | undefined;
  activeMs: number;
  idleMs: number;
}

const duration = (ms: number) => ({seconds: BigInt(Math.floor(ms / 1000)), nanos: Math.floor(ms % 1000) * 1_000_000});
const timestamp = (at: Date) => ({seconds: BigInt(Math.floor(at.getTime() / 1000)), nanos: (at.getTime() % 1000) * 1_000_000});

export function contentOf(item: WorkspaceItem, judging: Judging, rubric: Rubric, times: Times): MessageInitShape<typeof JudgementContentSchema> {
  const severity = answerTo(judging, severityId)[0];
  return {
    opinion: {
      answers: answersOf(item, judging, rubric),
      errors: [...judging.errors],
      ...(severity !== undefined && severity !== 'none' ? {severity: Number(severity)} : {}),
    },
    rationale: judging.rationale,
    clauses: [...judging.clauses],
    isAmbiguous: judging.isAmbiguous,
    proposal: judging.proposal,
    isSevere: judging.isSevere,
    ...(times.firstInput ? {firstInputAt: timestamp(times.firstInput)} : {}),
    active: duration(times.activeMs),
    idle: duration(times.idleMs),
    rubricVersion: rubric.version,
  };
}

// The answers of an opinion, by the ids of questions; responses as they stand in `item`.
export function answersIn(opinion: Opinion | undefined, item: WorkspaceItem): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const {answers} = opinion ?? {};
  const yes = (is: boolean): string[] => [is ? 'yes' : 'no'];
  switch (answers?.case) {
    case 'criteria':
      for (const {criterion, score, labels, notApplicable: isNone} of answers.value.criteria) {
        found.set(`criterion:${criterion}`, isNone ? [notApplicable] : score !== undefined ? [String(score)] : [...labels]);
      }
      break;
    case 'pairwise': {
      const {choice, winner, strength, criteria} = answers.value;
      const sideOf = (response: string): string => (item.responses.indexOf(response) === 1 ? 'B' : 'A');
      found.set('better', [choice === PairChoice_Value.WINNER ? `${sideOf(winner)}:${strength}` : choice === PairChoice_Value.TIE ? 'tie' : 'both_bad']);
      for (const each of criteria) found.set(`better:${each.criterion}`, [each.winner === '' ? 'tie' : sideOf(each.winner)]);
      break;
    }
    case 'ranking': {
      let rank = 1;
      for (const {responses} of answers.value.ranks) {
        for (const id of responses) found.set(`rank:${id}`, [String(rank)]);
        rank += responses.length;
      }
      break;
    }
    case 'safety':
      found.set('harmful', yes(answers.value.harmful));
      break;
    case 'refusal':
      found.set('allowed', yes(answers.value.allowed)).set('refused', yes(answers.value.refused));
      break;
    case 'grounding':
      for (const {claim, support} of answers.value.claims) found.set(`claim:${claim}`, [ClaimSupport_Value[support] ?? '']);
      break;
    case 'toolUse':
      for (const {call, rightTool, rightArguments, resultUsed} of answers.value.calls) {
        found.set(`tool:${call}`, yes(rightTool)).set(`arguments:${call}`, yes(rightArguments)).set(`result:${call}`, yes(resultUsed));
      }
      found.set('lacks_call', yes(answers.value.lacksCall));
      break;
    case 'correction':
      found.set(unchangedId, yes(answers.value.unchanged));
      break;
    default:
  }
  if (opinion?.severity !== undefined) found.set(severityId, [String(opinion.severity)]);
  return found;
}

export function suggestedIn({suggestion}: ReviewItemView, item: WorkspaceItem): Suggested | undefined {
  if (!suggestion?.opinion) return undefined;
  return {answers: answersIn(suggestion.opinion, item), errors: suggestion.opinion.errors, by: suggestion.by};
}

export function judgingOf(content: JudgementContent, item: WorkspaceItem): Judging {
  const {opinion, rationale, clauses, isAmbiguous, proposal, isSevere} = content;
  const expected = opinion?.answers.case === 'correction' ? opinion.answers.value.expected : '';
  return {...nothingYet, answers: answersIn(opinion, item), errors: opinion?.errors ?? [], expected, rationale, clauses, isAmbiguous, proposal, isSevere};
}

// An opinion in a line, for lists where its item is not shown.
export function opinionInWords(opinion: Opinion | undefined): string {
  if (!opinion) return 'not judged';
  const of: WorkspaceItem = {kind: 'RUBRIC', responses: [], claims: [], calls: []};
  const {answers} = opinion;
  if (answers.case === 'pairwise') {
    // Sides mean nothing where they are not shown.
    const {choice, winner, criteria} = answers.value;
    const whole = winner ? `better: ${winner}` : choice === PairChoice_Value.TIE ? 'as good' : 'both bad';
    return [whole, ...criteria.map((each) => `${each.criterion}: ${each.winner || 'as good'}`), ...opinion.errors].join('; ');
  }
  const said = [...answersIn(opinion, of)].map(([id, values]) => {
    const name = id.replace(/^(criterion|claim|rank|tool|arguments|result):/, '');
    return `${name}: ${values.join(', ').toLowerCase()}`;
  });
  return [...said, ...opinion.errors].join('; ') || 'nothing';
}

// A submission as a text that outlives the page, so that it can be sent again with the same key.
export const submissionText = (request: MessageInitShape<typeof SubmitJudgementRequestSchema>): string =>
  JSON.stringify(toJson(SubmitJudgementRequestSchema, create(SubmitJudgementRequestSchema, request)));

export function submissionFrom(text: string): SubmitJudgementRequest | undefined {
  try {
    return fromJson(SubmitJudgementRequestSchema, JSON.parse(text) as JsonValue, {ignoreUnknownFields: true});
  } catch {
    return undefined;
  }
}

// Versions never change once they were in service. By name and version as they are asked for.
const rubrics = new Map<string, Rubric>();

// Fails where the version cannot be read: by other words nobody may judge.
export async function readRubric(name: string, version: string, signal?: AbortSignal): Promise<Rubric> {
  const kept = rubrics.get(`${name}@${version}`);
  if (kept) return kept;
  const {versions} = await reviews.listRubricVersions({rubric: name}, {...(signal ? {signal} : {}), timeoutMs: patience});
  const listed = listedVersion(versions, version);
  if (!listed) throw new Lacking(`rubric "${name}" has no version ${version}, nor another of its major version`);
  const rubric = rubricFrom(listed.json);
  if (!rubric) throw new Lacking(`version ${listed.version} of rubric "${name}" is no document that this page can read`);
  const found = {...rubric, version: listed.version};
  rubrics.set(`${name}@${listed.version}`, found);
  return found;
}

export const roleWord = (role: LeaseRole_Value | undefined): 'label' | 'rework' | 'adjudicate' | 'audit' =>
  ((LeaseRole_Value[role ?? 1] ?? 'LABEL').toLowerCase()) as 'label' | 'rework' | 'adjudicate' | 'audit';
