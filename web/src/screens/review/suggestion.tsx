// What a model would say, for people to keep or to change: beside the questions, and never chosen yet.

import {useLayoutEffect, useRef} from 'preact/hooks';
import type {ReviewItemView, SuggestionUse} from '../../../gen/assay/v1/review_pb';
import {SuggestionShow_Value} from '../../../gen/assay/v1/review_pb';
import {answersIn, itemOf, suggestedIn} from '../../api/review.ts';
import {questionsOf, suggestedWords, type Question, type Suggested} from '../../model/judging.ts';
import type {Rubric} from '../../model/rubric.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Said} from '../../ui/text.tsx';

interface Props {
  of: Suggested;
  questions: Question[];
  keys: string; // that takes it over
  isBusy: boolean;
  onTake: () => void;
}

export function Suggestion({of, questions, keys, isBusy, onTake}: Props) {
  return (
    <section class="suggestion stack" aria-label="Suggestion">
      <p class="row">
        <WordBadge word="◇ suggestion" />
        <span class="soft small">
          by <Said text={of.by} />, not chosen: it may be wrong
        </span>
      </p>
      <p>
        <Said text={suggestedWords(of, questions)} />
      </p>
      <p class="row">
        <button type="button" class="button" disabled={isBusy} onClick={onTake}>
          Answer so <kbd aria-hidden="true">{keys}</kbd>
        </button>
      </p>
    </section>
  );
}

interface AfterProps {
  view: ReviewItemView;
  rubric: Rubric;
  onKeep: () => void;
  onChange: () => void;
}

// Shown once somebody has answered otherwise, while they may still change it.
export function SuggestedOtherwise({view, rubric, onKeep, onChange}: AfterProps) {
  const keep = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => keep.current?.focus(), []);
  const item = itemOf(view);
  const questions = questionsOf(item, rubric);
  const suggested = suggestedIn(view, item);
  const own = view.judgements.filter(({isMine, isSuperseded}) => isMine && !isSuperseded).at(-1)?.content?.opinion;
  if (!suggested) return null;
  return (
    <section class="suggestion section" aria-label="Suggestion">
      <h2>A model would have answered otherwise</h2>
      <p>
        You: <Said text={suggestedWords({answers: answersIn(own, item), errors: own?.errors ?? [], by: ''}, questions)} />
      </p>
      <p>
        <Said text={suggested.by} />: <Said text={suggestedWords(suggested, questions)} />
      </p>
      <p class="row">
        <button ref={keep} type="button" class="button main-action" onClick={onKeep}>
          Mine stands, next item
        </button>
        <button type="button" class="button" onClick={onChange}>
          Look at it again…
        </button>
      </p>
    </section>
  );
}

// Whether the newest judgement of the person says something else than the suggestion that they are shown now.
export function differsFromSuggestion(view: ReviewItemView | undefined, judgement: string): boolean {
  const use = view?.judgements.find(({id}) => id === judgement)?.content?.suggestion;
  return view?.suggestion !== undefined && use?.show === SuggestionShow_Value.AFTER_ANSWER && !use.matches;
}

export function useInWords(use: SuggestionUse | undefined): string[] {
  if (!use) return [];
  const same = use.matches ? 'says the same' : 'says something else';
  if (use.isControl) return [`was not shown what ${use.by} suggests, and ${same}`];
  if (use.show === SuggestionShow_Value.BEFORE) return [`was shown what ${use.by} suggests, and ${use.matches ? 'kept it' : 'changed it'}`];
  const isChanged = use.firstMatches === false && use.matches;
  return [isChanged ? `changed their answer to what ${use.by} suggests, which they were shown after it` : `was shown afterwards what ${use.by} suggests, and ${same}`];
}
