// The questions of an item with their options: picked by digit, by their own key, or by pointing at them.

import {useLayoutEffect, useRef} from 'preact/hooks';
import {answerTo, isOpen, type Judging, type Option, type Question} from '../../model/judging.ts';
import {Said} from '../../ui/text.tsx';

interface Props {
  questions: Question[];
  judging: Judging;
  suggested?: ReadonlyMap<string, readonly string[]> | undefined; // values by questions
  current: number;
  isBusy: boolean;
  onPick: (question: Question, at: number, value: string) => void;
  onGo: (at: number) => void;
  onClause: (clause: string) => void;
}

export function Questions({questions, judging, suggested, current, ...rest}: Props) {
  return (
    <ol class="questions">
      {questions.map((question, at) => (
        <One key={question.id} {...{question, at, judging, ...rest}} suggested={suggested?.get(question.id) ?? []} isCurrent={at === current} />
      ))}
    </ol>
  );
}

interface OneProps extends Omit<Props, 'questions' | 'current' | 'suggested'> {
  suggested: readonly string[];
  question: Question;
  at: number;
  isCurrent: boolean;
}

const wide = 15; // characters: longer titles stand below each other

function One({question, at, judging, suggested, isCurrent, isBusy, onPick, onGo, onClause}: OneProps) {
  const group = useRef<HTMLDivElement>(null);
  const chosen = answerTo(judging, question.id);
  useLayoutEffect(() => {
    if (!isCurrent) return;
    // What a person types in keeps the focus; everything else leads to what is asked now.
    const holder = document.activeElement;
    if (holder instanceof HTMLTextAreaElement || holder instanceof HTMLInputElement) return;
    if (!group.current?.contains(holder)) group.current?.focus({preventScroll: true});
    group.current?.scrollIntoView({block: 'nearest'});
  }, [isCurrent]);
  const isTall = question.options.some(({title}) => title.length > wide);
  const role = question.isSeveral ? 'checkbox' : 'radio';
  return (
    <li class={`question${isCurrent ? ' current' : ''}${isOpen(question, judging) ? ' open' : ''}`}>
      <div
        ref={group}
        role={question.isSeveral ? 'group' : 'radiogroup'}
        aria-label={question.title}
        {...(question.isSeveral ? {} : {'aria-required': question.isRequired})}
        tabIndex={-1}
        // Who goes to an option goes to its question; the group itself has the focus because it is asked already.
        onFocusCapture={(event) => event.target !== event.currentTarget && onGo(at)}
      >
        <div class="row">
          <h3>
            <Said text={question.title} />
          </h3>
          {question.clause && (
            <button type="button" class="disclosure small" onClick={() => onClause(question.clause)}>
              § {question.clause}
            </button>
          )}
          {!question.isRequired && <span class="soft small">may be left open</span>}
        </div>
        {question.meaning && (
          <p class="soft small">
            <Said text={question.meaning} />
          </p>
        )}
        <div class={`options${isTall ? ' tall' : ''}`}>
          {question.options.map((option) => (
            <button
              key={option.value}
              type="button"
              class={`option${suggested.includes(option.value) ? ' suggested' : ''}`}
              role={role}
              aria-checked={chosen.includes(option.value)}
              disabled={isBusy}
              title={option.says || undefined}
              onClick={() => onPick(question, at, option.value)}
            >
              <KeysOf option={option} />
              <Said text={withoutDigit(option)} />
              {suggested.includes(option.value) && (
                <>
                  <span aria-hidden="true">◇</span>
                  <span class="unseen">, suggested</span>
                </>
              )}
            </button>
          ))}
        </div>
        {isCurrent && <Says question={question} chosen={chosen} />}
      </div>
    </li>
  );
}

// "1 harm" under its digit 1 says that once.
const withoutDigit = ({digit, title}: Option): string => (digit !== '' && title.startsWith(`${digit} `) ? title.slice(digit.length + 1) : title);

function KeysOf({option: {digit, keys, title}}: {option: Option}) {
  const shown = [digit === title ? '' : digit, ...keys].filter((each) => each !== '');
  return (
    <>
      {shown.map((each) => (
        <kbd key={each} aria-hidden="true">
          {each}
        </kbd>
      ))}
    </>
  );
}

// What the scores and labels look like, of the question that is asked now.
function Says({question, chosen}: {question: Question; chosen: readonly string[]}) {
  const said = question.options.filter(({says}) => says !== '');
  if (said.length === 0) return null;
  return (
    <dl class="anchors small">
      {said.map((option) => (
        <div key={option.value} class={chosen.includes(option.value) ? 'chosen' : ''}>
          <dt>
            <Said text={withoutDigit(option)} />
          </dt>
          <dd class="soft">
            <Said text={option.says} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
