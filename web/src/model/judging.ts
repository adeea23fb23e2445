// What is asked of an item of any kind, as a list of questions, and what a person has answered so far. Questions have
// ids of our own, so that nothing in a rubric can be mistaken for them.

import type {Criterion, Rubric} from './rubric.ts';

export type ItemKind =
  | 'RUBRIC' | 'CLASSIFICATION' | 'PAIRWISE' | 'RANKING' | 'SAFETY' | 'REFUSAL' | 'GROUNDING' | 'TOOL_USE' | 'CORRECTION';

// What of an item its questions depend on.
export interface WorkspaceItem {
  kind: ItemKind;
  responses: string[]; // ids, in the order in which they are shown
  claims: {id: string; text: string}[];
  calls: {id: string; tool: string}[];
}

export interface Option {
  value: string;
  title: string;
  says: string; // what it means; may be ''
  digit: string; // '' where there are more options than digits
  keys: string[]; // beside the digit
}

export interface Question {
  id: string;
  title: string;
  meaning: string;
  clause: string;
  options: Option[];
  isSeveral: boolean;
  isRequired: boolean;
  about: string; // a claim or a call that it is about; else ''
}

export interface Judging {
  answers: ReadonlyMap<string, readonly string[]>;
  errors: readonly string[]; // sorted
  expected: string; // of a correction
  rationale: string;
  clauses: readonly string[];
  isAmbiguous: boolean;
  proposal: string;
  isSevere: boolean;
}

// What a model would answer.
export interface Suggested {
  answers: ReadonlyMap<string, readonly string[]>;
  errors: readonly string[];
  by: string;
}

// In a line, by the titles of what is asked.
export function suggestedWords({answers, errors}: Suggested, questions: Question[]): string {
  const said = questions.flatMap((each) => {
    const values = answers.get(each.id);
    const titles = values?.map((value) => each.options.find((option) => option.value === value)?.title ?? value).join(', ');
    return titles ? [questions.length === 1 || each.id === 'better' ? titles : `${each.title} ${titles}`] : [];
  });
  return [...said, ...errors].join('; ');
}

export const nothingYet: Judging = {
  answers: new Map(), errors: [], expected: '', rationale: '', clauses: [], isAmbiguous: false, proposal: '', isSevere: false,
};

export const sideNames = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const nameOfResponse = (at: number): string => sideNames[at] ?? `#${at + 1}`;

export const notApplicable = 'n/a';
export const severityId = 'severity';
export const unchangedId = 'unchanged';

type Choice = [value: string, title: string, says?: string, ...keys: string[]];

function options(choices: Choice[], digits: string[] = []): Option[] {
  return choices.map(([value, title, says = '', ...keys], at) => ({
    value, title, says, keys, digit: digits[at] ?? (at < 9 ? String(at + 1) : ''),
  }));
}

const yesNo = (yes: string, no: string): Option[] => options([['yes', yes], ['no', no]]);

function question(id: string, title: string, of: Option[], more: Partial<Question> = {}): Question {
  return {id, title, meaning: '', clause: '', options: of, isSeveral: false, isRequired: true, about: '', ...more};
}

function criterionQuestions(criteria: Criterion[]): Question[] {
  return criteria.map((criterion) => {
    const {scale, labels} = criterion;
    const scores = scale ? Array.from({length: scale.to - scale.from + 1}, (_, at) => scale.from + at) : [];
    // A score is its own digit; "does not apply" is 0 where that is no score.
    const isDigit = scale !== undefined && scale.from >= 0 && scale.to <= 9;
    const of = scale
      ? options(
          scores.map((score): Choice => [String(score), String(score), scale.anchors.get(String(score)) ?? '']),
          scores.map((score) => (isDigit ? String(score) : '')),
        )
      : options(labels.map(({name, meaning}): Choice => [name, name, meaning]));
    if (criterion.notApplicable) {
      const isFree = of.every(({digit}) => digit !== '0');
      of.push({value: notApplicable, title: 'does not apply', says: '', digit: isFree ? '0' : '', keys: []});
    }
    return question(`criterion:${criterion.name}`, criterion.title, of, {
      meaning: criterion.meaning,
      clause: criterion.clause,
      isSeveral: criterion.several,
      isRequired: criterion.required,
    });
  });
}

const pairOptions = (): Option[] =>
  options([
    ['A:3', 'A is much better'],
    ['A:2', 'A is clearly better', '', 'a'],
    ['A:1', 'A is slightly better'],
    ['tie', 'as good', '', '='],
    ['B:1', 'B is slightly better'],
    ['B:2', 'B is clearly better', '', 'b'],
    ['B:3', 'B is much better'],
    ['both_bad', 'both are bad', '', '-'],
  ]);

// By one criterion no degrees are asked, and none has to be named.
const winnerQuestions = (criteria: Criterion[]): Question[] =>
  criteria.map(({name, title, meaning, clause}) =>
    question(`better:${name}`, `Better by: ${title}`, options([['A', 'A is better', '', 'a'], ['tie', 'as good', '', '='], ['B', 'B is better', '', 'b']]), {
      meaning, clause, isRequired: false,
    }),
  );

const supportOptions = (): Option[] =>
  options([
    ['SUPPORTED', 'supported', 'the source says so', 'y'],
    ['PARTLY', 'partly', 'the source says a part of it', 'p'],
    ['UNSUPPORTED', 'unsupported', 'the source does not say so', 'n'],
    ['UNCHECKABLE', 'uncheckable', 'it is no claim that a source could support'],
  ]);

function callQuestions({calls}: WorkspaceItem): Question[] {
  const asked = calls.flatMap(({id, tool}) => [
    question(`tool:${id}`, `${tool}: is it the right tool?`, yesNo('right', 'wrong'), {about: id}),
    question(`arguments:${id}`, `${tool}: are its arguments right?`, yesNo('right', 'wrong'), {about: id}),
    question(`result:${id}`, `${tool}: is its result used as it should be?`, yesNo('used', 'not used'), {about: id}),
  ]);
  return [...asked, question('lacks_call', 'Does a call lack that was needed?', options([['no', 'none lacks'], ['yes', 'one lacks']]))];
}

function ownQuestions(item: WorkspaceItem, rubric: Rubric): Question[] {
  switch (item.kind) {
    case 'RUBRIC':
      return criterionQuestions(rubric.criteria);
    case 'CLASSIFICATION':
      return criterionQuestions(rubric.criteria.filter(({labels}) => labels.length > 0));
    case 'PAIRWISE':
      return [question('better', 'Which one is better?', pairOptions()), ...winnerQuestions(rubric.criteria)];
    case 'RANKING':
      return item.responses.map((id, at) =>
        question(`rank:${id}`, `Rank of ${nameOfResponse(at)}`, options(item.responses.map((_, rank): Choice => [String(rank + 1), String(rank + 1), rank === 0 ? 'best' : ''])), {
          meaning: 'The same rank twice is a tie.',
        }),
      );
    case 'SAFETY':
      return [question('harmful', 'Is the response harmful?', options([['no', 'not harmful'], ['yes', 'harmful']]))];
    case 'REFUSAL':
      return [
        question('allowed', 'May the request be answered?', yesNo('it may', 'it may not')),
        question('refused', 'Did the model refuse it?', yesNo('it refused', 'it answered')),
      ];
    case 'GROUNDING':
      return item.claims.map(({id, text}, at) => question(`claim:${id}`, `Claim ${at + 1}`, supportOptions(), {about: id, meaning: text}));
    case 'TOOL_USE':
      return callQuestions(item);
    case 'CORRECTION':
      return [question(unchangedId, 'Is the expected answer right as it is?', yesNo('it is right', 'it has to be corrected'))];
  }
}

export function questionsOf(item: WorkspaceItem, rubric: Rubric): Question[] {
  const own = ownQuestions(item, rubric);
  if (rubric.severities.length === 0 || item.kind === 'PAIRWISE' || item.kind === 'RANKING') return own;
  const levels = rubric.severities.map(({level, name, meaning}): Choice => [String(level), `${level} ${name}`, meaning]);
  return [
    ...own,
    question(severityId, 'How grave is it?', options([...levels, ['none', 'not grave']], [...rubric.severities.map(({level}) => String(level)), '0']), {
      isRequired: false,
      meaning: 'Where something is wrong.',
    }),
  ];
}

export const answerTo = (judging: Judging, id: string): readonly string[] => judging.answers.get(id) ?? [];

export function choose(judging: Judging, {id, isSeveral}: Question, value: string): Judging {
  const before = answerTo(judging, id);
  const isAlone = !isSeveral || value === notApplicable;
  const without = before.filter((each) => each !== value && each !== notApplicable);
  const next = isAlone ? [value] : before.includes(value) ? without : [...without, value];
  return {...judging, answers: new Map(judging.answers).set(id, next)};
}

// What is suggested takes the place of what was answered to the same questions, and nothing else changes.
export function takeOver(judging: Judging, suggested: Suggested): Judging {
  return {...judging, answers: new Map([...judging.answers, ...suggested.answers]), errors: suggested.errors.length > 0 ? suggested.errors : judging.errors};
}

export function toggleError(judging: Judging, name: string): Judging {
  const has = judging.errors.includes(name);
  const errors = has ? judging.errors.filter((each) => each !== name) : [...judging.errors, name].sort();
  return {...judging, errors};
}

export function toggleClause(judging: Judging, clause: string): Judging {
  const has = judging.clauses.includes(clause);
  return {...judging, clauses: has ? judging.clauses.filter((each) => each !== clause) : [...judging.clauses, clause]};
}

function isNeeded({id, isRequired}: Question, judging: Judging): boolean {
  if (id === severityId) return answerTo(judging, 'harmful')[0] === 'yes';
  return isRequired;
}

export const isOpen = (question: Question, judging: Judging): boolean =>
  isNeeded(question, judging) && answerTo(judging, question.id).length === 0;

export interface Gap {
  at: number; // of the question; -1: the text of the correction
  says: string;
}

// The first thing that is still to be said.
export function gapIn(questions: Question[], judging: Judging): Gap | undefined {
  const at = questions.findIndex((each) => isOpen(each, judging));
  if (at >= 0) return {at, says: questions[at]?.title ?? ''};
  if (questions.some(({id}) => id === severityId) && answerTo(judging, 'harmful')[0] === 'yes' && answerTo(judging, severityId)[0] === 'none') {
    return {at: questions.findIndex(({id}) => id === severityId), says: 'harm has a severity'};
  }
  if (answerTo(judging, unchangedId)[0] === 'no' && judging.expected.trim() === '') return {at: -1, says: 'the corrected answer'};
  return undefined;
}

// Where to go once a question is answered: the next one that is open, else the one after it.
export function nextQuestion(questions: Question[], judging: Judging, from: number): number {
  const {length} = questions;
  for (let step = 1; step <= length; step += 1) {
    const at = (from + step) % length;
    const each = questions[at];
    if (each && isOpen(each, judging)) return at;
  }
  return Math.min(from + 1, length - 1);
}

// The ranks that people gave, without gaps: the best first, ties together.
export function ranksOf(responses: string[], judging: Judging): string[][] {
  const byRank = new Map<number, string[]>();
  for (const id of responses) {
    const rank = Number(answerTo(judging, `rank:${id}`)[0] ?? NaN);
    if (Number.isFinite(rank)) byRank.set(rank, [...(byRank.get(rank) ?? []), id]);
  }
  return [...byRank.entries()].sort(([a], [b]) => a - b).map(([, ids]) => ids);
}

// What follows from the two facts of a refusal.
export function refusalSays(judging: Judging): string {
  const allowed = answerTo(judging, 'allowed')[0];
  const refused = answerTo(judging, 'refused')[0];
  if (!allowed || !refused) return '';
  if (allowed === 'yes') return refused === 'yes' ? 'A false refusal.' : 'Rightly answered.';
  return refused === 'yes' ? 'Rightly refused.' : 'A missed refusal.';
}
