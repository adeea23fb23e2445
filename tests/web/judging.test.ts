import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  answerTo, choose, gapIn, nextQuestion, nothingYet, questionsOf, ranksOf, refusalSays, suggestedWords, takeOver, toggleError,
  type ItemKind, type Judging, type Question, type WorkspaceItem,
} from '../../web/src/model/judging.ts';
import {draftOf, isEmpty, judgingFrom, newer, nextRevision} from '../../web/src/model/draft.ts';
import {rubricFrom, type Rubric} from '../../web/src/model/rubric.ts';

const json = JSON.stringify({
  kind: 'Rubric', name: 'support', version: '1.2.0', guideline: '# G\n## 1 Amounts\nTo the cent.',
  criteria: [
    {name: 'correct', title: 'Is it correct?', scale: {from: 1, to: 5, pass: 4, anchors: {'1': 'wrong', '5': 'right'}}, clause: '1', not_applicable: true},
    {name: '__proto__', labels: [{name: 'friendly'}, {name: 'rude', meaning: 'blames'}]},
    {name: 'topics', labels: [{name: 'bill'}, {name: 'fee'}], several: true, required: false},
    {name: 'zero', scale: {from: 0, to: 3}, required: false, not_applicable: true},
  ],
  taxonomy: [{name: 'leak', severity: 1}, {name: 'made_up', parent: 'leak'}],
  severities: [{level: 1, name: 'harm'}, {level: 2, name: 'damage'}],
});
const rubric = rubricFrom(json) as Rubric;
const item = (kind: ItemKind, more: Partial<WorkspaceItem> = {}): WorkspaceItem => ({kind, responses: ['r2', 'r1'], claims: [], calls: [], ...more});
const at = (questions: Question[], id: string): Question => questions.find((each) => each.id === id) ?? assert.fail(id);

// The option that a digit picks.
function press(questions: Question[], judging: Judging, index: number, digit: string): Judging {
  const question = questions[index] ?? assert.fail(String(index));
  const option = question.options.find((each) => each.digit === digit) ?? assert.fail(`${question.title}: no ${digit}`);
  return choose(judging, question, option.value);
}

test('a rubric is read with what it leaves out', () => {
  assert.equal(rubric.criteria[0]?.scale?.anchors.get('5'), 'right');
  assert.deepEqual(rubric.criteria.map(({required}) => required), [true, true, false, false]);
  assert.equal(rubric.taxonomy[1]?.parent, 'leak');
  for (const text of ['', '[]', 'null', '3']) assert.equal(rubricFrom(text), undefined, text);
});

test('a score is its own digit, and 0 is "does not apply" only where it is no score', () => {
  const questions = questionsOf(item('RUBRIC'), rubric);
  const digits = (id: string): string[] => at(questions, id).options.map(({digit, value}) => `${digit}=${value}`);
  assert.deepEqual(digits('criterion:correct'), ['1=1', '2=2', '3=3', '4=4', '5=5', '0=n/a']);
  assert.deepEqual(digits('criterion:__proto__'), ['1=friendly', '2=rude']);
  assert.deepEqual(digits('criterion:zero'), ['0=0', '1=1', '2=2', '3=3', '=n/a']);
});

test('every kind is answered with digits alone, and then nothing is open', () => {
  const claims = [{id: 'c1', text: 'a'}, {id: 'c2', text: 'b'}];
  const calls = [{id: 't1', tool: 'search'}];
  const rows: [ItemKind, string[], Partial<WorkspaceItem>][] = [
    ['RUBRIC', ['4', '1'], {}],
    ['CLASSIFICATION', ['1'], {}],
    ['PAIRWISE', ['2'], {}],
    ['RANKING', ['2', '1'], {}],
    ['SAFETY', ['1'], {}],
    ['REFUSAL', ['1', '2'], {}],
    ['GROUNDING', ['1', '3'], {claims}],
    ['TOOL_USE', ['1', '1', '2', '1'], {calls}],
    ['CORRECTION', ['1'], {}],
  ];
  for (const [kind, digits, more] of rows) {
    const questions = questionsOf(item(kind, more), rubric);
    let judging = nothingYet;
    let current = 0;
    for (const digit of digits) {
      assert.ok(gapIn(questions, judging), kind);
      judging = press(questions, judging, current, digit);
      current = nextQuestion(questions, judging, current);
    }
    assert.equal(gapIn(questions, judging), undefined, kind);
  }
});

test('a classification asks only what has labels', () => {
  assert.deepEqual(questionsOf(item('CLASSIFICATION'), rubric).map(({id}) => id), ['criterion:__proto__', 'criterion:topics', 'severity']);
});

test('harm needs a severity, and "not grave" is none', () => {
  const questions = questionsOf(item('SAFETY'), rubric);
  let judging = press(questions, nothingYet, 0, '2');
  assert.deepEqual(gapIn(questions, judging), {at: 1, says: 'How grave is it?'});
  assert.deepEqual(gapIn(questions, press(questions, judging, 1, '0')), {at: 1, says: 'harm has a severity'});
  judging = press(questions, judging, 1, '2');
  assert.equal(gapIn(questions, judging), undefined);
});

test('a correction that changes something needs a text', () => {
  const questions = questionsOf(item('CORRECTION'), rubric);
  const judging = press(questions, nothingYet, 0, '2');
  assert.deepEqual(gapIn(questions, judging), {at: -1, says: 'the corrected answer'});
  assert.equal(gapIn(questions, {...judging, expected: 'x'}), undefined);
});

test('several labels are switched one by one; "does not apply" stands alone', () => {
  const several: Question = {...at(questionsOf(item('RUBRIC'), rubric), 'criterion:topics')};
  let judging = choose(choose(nothingYet, several, 'bill'), several, 'fee');
  assert.deepEqual(answerTo(judging, several.id), ['bill', 'fee']);
  judging = choose(judging, several, 'bill');
  assert.deepEqual(answerTo(judging, several.id), ['fee']);
  judging = choose(judging, several, 'n/a');
  assert.deepEqual(answerTo(judging, several.id), ['n/a']);
  assert.deepEqual(answerTo(choose(judging, several, 'fee'), several.id), ['fee']);
});

test('ranks have no gaps, and the same twice is a tie', () => {
  const ranking = item('RANKING', {responses: ['x', 'y', 'z']});
  const questions = questionsOf(ranking, rubric);
  let judging = press(questions, nothingYet, 0, '3');
  judging = press(questions, judging, 1, '1');
  judging = press(questions, judging, 2, '3');
  assert.deepEqual(ranksOf(ranking.responses, judging), [['y'], ['x', 'z']]);
});

test('a false and a missed refusal follow from two facts', () => {
  const of = (allowed: string, refused: string): string =>
    refusalSays({...nothingYet, answers: new Map([['allowed', [allowed]], ['refused', [refused]]])});
  assert.deepEqual([of('yes', 'yes'), of('yes', 'no'), of('no', 'yes'), of('no', 'no')], ['A false refusal.', 'Rightly answered.', 'Rightly refused.', 'A missed refusal.']);
  assert.equal(refusalSays(nothingYet), '');
});

test('a draft comes back as it was, with any names', () => {
  const questions = questionsOf(item('RUBRIC'), rubric);
  let judging = choose(nothingYet, at(questions, 'criterion:__proto__'), 'rude');
  judging = {...toggleError(judging, 'leak'), rationale: 'שלום \u0000 "x"', clauses: ['1'], isAmbiguous: true, proposal: 'p', isSevere: true, expected: 'e'};
  assert.deepEqual(judgingFrom(draftOf(judging)), judging);
  assert.ok(isEmpty(nothingYet) && !isEmpty(judging));
  for (const text of ['', '{', '[]', '{}', '{"v":2,"answers":[]}', '{"v":1}']) assert.equal(judgingFrom(text), undefined, text);
  assert.deepEqual(judgingFrom('{"v":1,"answers":[["a",["b"]],["c"],3,["d",[1]]],"errors":[1]}'), {...nothingYet, answers: new Map([['a', ['b']]])});
});

test('the newer of two drafts counts, and a revision always rises', () => {
  assert.equal(newer({revision: 2, text: 'b'}, {revision: 1, text: 'a'})?.text, 'b');
  assert.equal(newer(undefined, {revision: 1, text: 'a'})?.text, 'a');
  assert.equal(nextRevision(5000, 4000), 5001);
  assert.equal(nextRevision(5000, 6000), 6000);
});

test('of a pair the better one by each criterion may be named, and need not be', () => {
  const questions = questionsOf(item('PAIRWISE'), rubric);
  assert.deepEqual(questions.map(({id, isRequired}) => [id, isRequired]), [
    ['better', true], ['better:correct', false], ['better:__proto__', false], ['better:topics', false], ['better:zero', false],
  ]);
  const judged = choose(nothingYet, at(questions, 'better'), 'A:2');
  assert.equal(gapIn(questions, judged), undefined, 'one key is enough');
  assert.equal(nextQuestion(questions, judged, 0), 1, 'and the next one may be named');
});

test('what is suggested is taken over whole, and leaves alone what it does not say', () => {
  const questions = questionsOf(item('PAIRWISE'), rubric);
  const own = {...choose(choose(nothingYet, at(questions, 'better'), 'A:2'), at(questions, 'better:correct'), 'A'), rationale: 'mine', errors: ['leak']};
  const suggested = {answers: new Map([['better', ['B:2']]]), errors: [], by: 'judge@1'};
  const after = takeOver(own, suggested);
  assert.deepEqual([answerTo(after, 'better'), answerTo(after, 'better:correct'), after.rationale, after.errors], [['B:2'], ['A'], 'mine', ['leak']]);
  assert.deepEqual(answerTo(own, 'better'), ['A:2'], 'what was is not changed');
  assert.equal(suggestedWords(suggested, questions), 'B is clearly better');
  assert.equal(suggestedWords({answers: new Map([['criterion:correct', ['4']]]), errors: ['leak'], by: ''}, questionsOf(item('RUBRIC'), rubric)), 'Is it correct? 4; leak');
});
