// What waits, lane by lane in the order in which it comes: how much, how old, and until when.

import {LeaseRole_Value, ReviewLane_Value, ReviewRole_Value, ReviewState_Value} from '../../../gen/assay/v1/review_pb';
import {workAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {dateOf} from '../../api/read.ts';
import {useCall} from '../../api/use.ts';
import {count} from '../../model/format.ts';
import {lanesOf} from '../../model/lanes.ts';
import {readFilled} from '../../model/paging.ts';
import {WordBadge, type Tone} from '../../ui/badge.tsx';
import {Age, Section} from '../../ui/layout.tsx';
import {Table} from '../../ui/table.tsx';
import {Due} from './due.tsx';

const most = 500;
const everyMs = 30_000;
const states = [ReviewState_Value.QUEUED, ReviewState_Value.PARTIAL, ReviewState_Value.LEASED, ReviewState_Value.ADJUDICATION, ReviewState_Value.REWORK, ReviewState_Value.AUDIT];

// In which role an item is to be had, and who may have it so.
const needed: Partial<Record<LeaseRole_Value, ReviewRole_Value>> = {
  [LeaseRole_Value.LABEL]: ReviewRole_Value.REVIEWER, [LeaseRole_Value.REWORK]: ReviewRole_Value.REVIEWER,
  [LeaseRole_Value.ADJUDICATE]: ReviewRole_Value.ADJUDICATOR, [LeaseRole_Value.AUDIT]: ReviewRole_Value.AUDITOR,
};

async function readLanes(queues: string[], roles: readonly ReviewRole_Value[], signal: AbortSignal) {
  const {items, nextPageToken} = await readFilled((pageToken) => reviews.listItems({states, pageSize: 250, pageToken}, {signal, timeoutMs: patience}), '', most, 4);
  const mine = items.filter(({queue, offers}) => queues.includes(queue) && roles.includes(needed[offers] ?? ReviewRole_Value.UNSPECIFIED));
  const waiting = mine.map(({lane, enteredAt, dueAt}) => ({lane: ReviewLane_Value[lane] ?? '', enteredAt: dateOf(enteredAt)?.getTime() ?? 0, dueAt: dateOf(dueAt)?.getTime()}));
  return {lanes: lanesOf(waiting), areMore: nextPageToken !== ''};
}

const toneOf = (lane: string): Tone => (lane === 'INCIDENT' ? 'fail' : lane === 'GATE_BLOCKING' ? 'unsure' : 'idle');

export function Lanes({queues, roles}: {queues: string[]; roles: readonly ReviewRole_Value[]}) {
  const {value} = useCall(queues.length === 0 ? '' : `lanes ${queues.join(' ')}`, (signal) => readLanes(queues, roles, signal), everyMs);
  if (!value || value.lanes.length === 0) return null;
  return (
    <Section title="Lanes" says={`In the order in which they come${value.areMore ? `; of the newest ${count(most)} items` : ''}. Some may be for others.`}>
      <Table
        caption="What waits, by lane"
        rows={value.lanes}
        keyOf={({lane}) => lane}
        columns={[
          {title: 'Lane', cell: ({lane}) => <WordBadge word={lane.toLowerCase().replaceAll('_', ' ')} tone={toneOf(lane)} />},
          {title: 'Items', isNumber: true, cell: ({items}) => count(items)},
          {title: 'Oldest', cell: ({oldestAt}) => <Age of={new Date(oldestAt)} />},
          {title: 'First due', cell: ({dueAt}) => <Due at={dueAt === undefined ? undefined : new Date(dueAt)} />},
          {title: 'Begin', cell: ({lane}) => (lane === value.lanes[0]?.lane ? <a href={workAt()}>with this lane</a> : <span class="soft">after those above</span>)},
        ]}
      />
    </Section>
  );
}
