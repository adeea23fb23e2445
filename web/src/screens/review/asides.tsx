// What is done with an item instead of judging it: a reason by digit, a few words, and the same chord as ever.

import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import {EscalationReason_Value} from '../../../gen/assay/v1/review_pb';
import {reviews, patience} from '../../api/client.ts';
import {useKept} from '../../api/kept.ts';
import {useAction} from '../../api/use.ts';
import {Failed} from '../../ui/notes.tsx';
import type {Question} from '../../model/judging.ts';
import {isTyping} from './usekeys.ts';

export type AsideKind = 'escalate' | 'skip' | 'private' | 'severe';

interface Reason {
  title: string;
  reason?: EscalationReason_Value;
}

const escalations: Reason[] = [
  {title: 'the guideline does not say', reason: EscalationReason_Value.AMBIGUITY},
  {title: 'what the policy means', reason: EscalationReason_Value.POLICY},
  {title: 'it needs knowledge of the domain', reason: EscalationReason_Value.DOMAIN},
  {title: 'what the evaluation means', reason: EscalationReason_Value.MEANING},
  {title: 'the item or a tool is broken', reason: EscalationReason_Value.BROKEN},
  {title: 'priorities, workload, thresholds', reason: EscalationReason_Value.DISPUTE},
];
const skips: Reason[] = ['I do not know the language well enough', 'I do not know the subject', 'I would rather not see this', 'it cannot be judged as it is shown'].map((title) => ({title}));

const asides: Record<AsideKind, {title: string; says: string; reasons: Reason[]; noteIsNeeded: boolean; does: string}> = {
  escalate: {title: 'Escalate it', says: 'It goes to who may rule on it, and comes back with an answer.', reasons: escalations, noteIsNeeded: false, does: 'Escalate'},
  skip: {title: 'Pass it over', says: 'It is not offered to you again. Others may take it.', reasons: skips, noteIsNeeded: false, does: 'Pass it over'},
  private: {title: 'It shows personal data or a secret', says: 'From now on nobody is shown it but those who protect data.', reasons: [], noteIsNeeded: true, does: 'Withhold it'},
  severe: {title: 'Harm of severity 1', says: 'It goes before everything else, and holds the release until somebody has decided.', reasons: [], noteIsNeeded: true, does: 'Flag it'},
};

const isLetter = ({key, ctrlKey, metaKey, altKey}: KeyboardEvent): boolean => [...key].length === 1 && !ctrlKey && !metaKey && !altKey && key !== ' ';

interface Props {
  kind: AsideKind;
  item: string;
  person: string;
  token: bigint;
  about: Question | undefined;
  onClose: () => void;
  onDone: (says: string, isLeft: boolean) => void; // isLeft: it is no longer this person's
}

export function Aside({kind, item, person, token, about, onClose, onDone}: Props) {
  const of = asides[kind];
  const kept = useKept(person, `aside.${kind}.${item}`, {chosen: '0', note: ''});
  const chosen = Number(kept.now.chosen);
  const {note} = kept.now;
  const setChosen = (at: number) => kept.change({chosen: String(at)});
  const [key] = useState(() => crypto.randomUUID());
  const place = useRef<HTMLElement>(null);
  const goTo = (what: string): void => place.current?.querySelector<HTMLElement>(what)?.focus();
  // With what is drawn, not a picture later: the next key may be there before that.
  useLayoutEffect(() => goTo('.option, textarea'), []);
  const action = useAction(async () => {
    const options = {timeoutMs: patience};
    const reason = of.reasons[chosen]?.title ?? '';
    if (kind === 'escalate') {
      const value = {reason: of.reasons[chosen]?.reason ?? EscalationReason_Value.AMBIGUITY, note, clause: about?.clause ?? ''};
      await reviews.actOnItem({item, key, action: {case: 'escalate', value}}, options);
    } else if (kind === 'skip') {
      const value = {token, isSkip: true, reason: note ? `${reason}: ${note}` : reason};
      await reviews.actOnItem({item, key, action: {case: 'giveBack', value}}, options);
    } else {
      await reviews.actOnItem({item, key, action: {case: kind === 'private' ? 'quarantine' : 'flagSevere', value: {reason: note}}}, options);
    }
    kept.forget();
    onDone(`${of.does}: done.`, kind !== 'severe');
  });
  const isReady = !of.noteIsNeeded || note.trim() !== '';
  // Of the whole page, wherever its focus is: neither the questions nor the rest of it hear a key while this is asked.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.isComposing || event.keyCode === 229 || document.querySelector('dialog[open]')) return;
      event.stopImmediatePropagation();
      if (event.key === 'Escape') {
        event.preventDefault();
        // Out of the field first, as everywhere.
        if (isTyping()) (document.activeElement as HTMLElement).blur();
        else onClose();
      } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        if (isReady && !event.repeat) action.run();
      } else if (!isTyping()) {
        const digit = Number(/(?:Digit|Numpad)(\d)/.exec(event.code)?.[1] ?? NaN);
        if (digit >= 1 && digit <= of.reasons.length) {
          event.preventDefault();
          setChosen(digit - 1);
        } else if (of.noteIsNeeded && isLetter(event)) {
          // It arrives where it is written from here on.
          goTo('textarea');
        }
      }
    };
    document.addEventListener('keydown', onKey, {capture: true});
    return () => document.removeEventListener('keydown', onKey, {capture: true});
  });
  return (
    <section ref={place} class="aside card section" aria-label={of.title}>
      <header>
        <h2>{of.title}</h2>
        <span class="soft small">{of.says}</span>
      </header>
      {of.reasons.length > 0 && (
        <div class="options tall" role="radiogroup" aria-label="Reason">
          {of.reasons.map(({title}, at) => (
            <button
              key={title}
              type="button"
              class="option"
              role="radio"
              aria-checked={at === chosen}
              onClick={() => setChosen(at)}
            >
              <kbd aria-hidden="true">{at + 1}</kbd> {title}
            </button>
          ))}
        </div>
      )}
      <label class="field">
        <span class="soft small">{of.noteIsNeeded ? 'What it is, in a few words' : 'More, if you like'}</span>
        <textarea rows={2} dir="auto" value={note} maxLength={4000} onInput={(event) => kept.change({note: event.currentTarget.value})} />
      </label>
      <div class="row">
        <button type="button" class="button main-action" disabled={!isReady || action.isBusy} onClick={action.run}>
          {of.does} <kbd aria-hidden="true">Ctrl+Enter</kbd>
        </button>
        <button type="button" class="button" onClick={onClose}>
          Back to the item <kbd aria-hidden="true">Esc</kbd>
        </button>
      </div>
      {action.problem && <Failed what="It was not done" problem={action.problem} again={action.run} />}
    </section>
  );
}
