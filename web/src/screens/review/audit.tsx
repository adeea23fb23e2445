// What an auditor says of a decision, once they have judged for themselves.

import {useLayoutEffect, useState} from 'preact/hooks';
import {answerTo, choose, isOpen, nextQuestion, type Judging, type Question} from '../../model/judging.ts';
import {digitOf} from '../../model/reviewkeys.ts';
import type {Rubric} from '../../model/rubric.ts';
import {Questions} from './asked.tsx';
import type {Verdict} from './send.ts';

const causes = ['AMBIGUOUS', 'MISSING', 'MISREAD', 'SLIP', 'SUBJECTIVE', 'OTHER'] as const;
const causeSays: Record<(typeof causes)[number], string> = {
  AMBIGUOUS: 'the guideline can be read in two ways', MISSING: 'the guideline lacks the case', MISREAD: 'guideline or item was misread',
  SLIP: 'a slip of the hand', SUBJECTIVE: 'people may differ here', OTHER: 'something else',
};

// What adjudications and audits that fail are asked alike.
export const causeAsked = (title: string): Question => ({
  id: 'cause', title, meaning: '', clause: '', isSeveral: false, isRequired: true, about: '',
  options: causes.map((cause, at) => ({value: cause, title: causeSays[cause], says: '', digit: String(at + 1), keys: []})),
});

function questionsFor(rubric: Rubric, judging: Judging): Question[] {
  const plain = {meaning: '', clause: '', isSeveral: false, isRequired: true, about: ''};
  const digit = (at: number): string => (at < 9 ? String(at + 1) : '');
  const right: Question = {
    ...plain, id: 'passes', title: 'Is the decision right?',
    options: [{value: 'yes', title: 'it is right', says: '', digit: '1', keys: []}, {value: 'no', title: 'it is wrong', says: '', digit: '2', keys: []}],
  };
  if (answerTo(judging, 'passes')[0] !== 'no') return [right];
  const classes = [...rubric.taxonomy.map(({name, meaning}) => ({name, meaning})), {name: 'other', meaning: 'something else'}];
  const defect: Question = {
    ...plain, id: 'defect', title: 'What is wrong with it?',
    options: classes.map(({name, meaning}, at) => ({value: name, title: name, says: meaning, digit: digit(at), keys: []})),
  };
  const severity: Question = {
    ...plain, id: 'severity', title: 'How grave is that?', isRequired: false,
    options: rubric.severities.map(({level, name, meaning}) => ({value: String(level), title: `${level} ${name}`, says: meaning, digit: String(level), keys: []})),
  };
  const cause = causeAsked('Why is it wrong?');
  return rubric.severities.length > 0 ? [right, defect, cause, severity] : [right, defect, cause];
}

// Undefined while something is missing.
export function verdictOf(judging: Judging | undefined): Verdict | undefined {
  const passes = judging && answerTo(judging, 'passes')[0];
  if (!judging || !passes) return undefined;
  if (passes === 'yes') return {passes: true, defect: '', cause: '', severity: undefined, action: ''};
  const defect = answerTo(judging, 'defect')[0];
  const severity = answerTo(judging, 'severity')[0];
  const cause = answerTo(judging, 'cause')[0];
  return defect && cause ? {passes: false, defect, cause, severity: severity ? Number(severity) : undefined, action: judging.rationale} : undefined;
}

interface Props {
  judging: Judging;
  rubric: Rubric;
  onChange: (next: Judging) => void;
  isBusy: boolean;
}

export function AuditVerdict({judging, rubric, onChange, isBusy}: Props) {
  const [at, setAt] = useState(0);
  const questions = questionsFor(rubric, judging);
  const pick = (question: Question, index: number, value: string) => {
    const next = choose(judging, question, value);
    onChange(next);
    const asked = questionsFor(rubric, next);
    setAt(asked.some((each) => isOpen(each, next)) ? nextQuestion(asked, next, index) : Math.min(index + 1, asked.length - 1));
  };
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || event.repeat || event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement) return;
      const digit = digitOf(pressedOf(event));
      const question = questions[at];
      const option = digit === '' ? undefined : question?.options.find((each) => each.digit === digit);
      if (question && option) pick(question, at, option.value);
    };
    document.addEventListener('keydown', onKey, {capture: true});
    return () => document.removeEventListener('keydown', onKey, {capture: true});
  });
  return (
    <div class="section">
      <Questions {...{questions, judging, isBusy}} current={at} onPick={pick} onGo={setAt} onClause={() => undefined} />
      {answerTo(judging, 'passes')[0] === 'no' && (
        <label class="field">
          <span>What is to be done about it</span>
          <textarea rows={2} dir="auto" maxLength={4000} value={judging.rationale} onInput={({currentTarget: {value}}) => onChange({...judging, rationale: value})} />
        </label>
      )}
    </div>
  );
}

const pressedOf = (event: KeyboardEvent) => ({
  key: event.key, code: event.code, ctrlKey: event.ctrlKey, metaKey: event.metaKey, altKey: event.altKey, shiftKey: event.shiftKey,
  isAltGraph: event.getModifierState('AltGraph'), isComposing: event.isComposing, repeat: event.repeat,
});
