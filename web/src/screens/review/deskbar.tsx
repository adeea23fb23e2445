// What a person should know about the item and the time while they judge it.

import type {ReviewItemView} from '../../../gen/assay/v1/review_pb';
import {ReviewLane_Value} from '../../../gen/assay/v1/review_pb';
import {reviewAt} from '../../api/addresses.ts';
import {dateOf} from '../../api/read.ts';
import {wordOf} from '../../api/review.ts';
import {moment, shortId, span} from '../../model/format.ts';
import type {Rubric} from '../../model/rubric.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Said} from '../../ui/text.tsx';
import {Due, useNow} from './due.tsx';
import type {Mode} from './send.ts';
import type {Judged} from './usejudging.ts';
import {warnBeforeMs, type Held} from './uselease.ts';

const roles: Record<Mode['does'], string> = {label: 'judge it', adjudicate: 'decide between others', audit: 'look at a decision', revise: 'revise your judgement', rule: 'rule on it'};

interface Props {
  view: ReviewItemView;
  rubric: Rubric;
  said: Judged;
  held: Held;
  mode: Mode;
}

export function DeskBar({view, rubric, said, held, mode}: Props) {
  const {item} = view;
  const due = dateOf(item?.dueAt);
  return (
    <div class="deskbar row small">
      <a class="queue" href={reviewAt}>
        <span class="unseen">My work, </span>
        <Said text={item?.queue ?? ''} />
      </a>
      <span class="mono soft" title={item?.id}>
        {shortId(item?.id ?? '')}
      </span>
      <WordBadge word={roles[mode.does]} tone="waits" />
      {item && item.lane !== ReviewLane_Value.NORMAL && <WordBadge word={wordOf(ReviewLane_Value, item.lane)} tone="unsure" />}
      {view.hasSevereFlag && <WordBadge word="severity 1" tone="fail" />}
      <span class="soft">
        <Said text={`${rubric.name} ${rubric.version}`} />
      </span>
      {due && (
        <span class="soft">
          due <Due at={due} />
        </span>
      )}
      <SaveState said={said} />
      {held.expiresAt && <Clock held={held} />}
    </div>
  );
}

function SaveState({said: {saved, savedAt}}: {said: Judged}) {
  const says = {
    nothing: '',
    here: 'kept in this browser',
    saved: `saved ${savedAt ? moment(savedAt).slice(11, 19) : ''}`,
    nowhere: 'this browser keeps nothing: submit soon',
  };
  return <span class={saved === 'nowhere' ? 'late' : 'soft'}>{says[saved]}</span>;
}

function Clock({held: {expiresAt, problem}}: {held: Held}) {
  const now = useNow(1000);
  const left = (expiresAt?.getTime() ?? 0) - now.getTime();
  if (left <= 0) {
    return (
      <span class="late" role="status">
        the lease has ended; any key takes it again while the place is free{problem ? `: ${problem.message}` : ''}
      </span>
    );
  }
  if (left < warnBeforeMs) return <span class="late" role="status">{`yours for ${Math.ceil(left / 60_000)} more min: any key keeps it`}</span>;
  return <span class="soft">yours for {span(Math.ceil(left / 60_000) * 60).replace(/ 0 s$/, '')}</span>;
}
