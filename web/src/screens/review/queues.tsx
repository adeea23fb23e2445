// Every queue: how much is open, how old it is, when it will be done, and what holds it up.

import {ReviewState_Value, ReviewItemKind_Value, type QueueStatus} from '../../../gen/assay/v1/review_pb';
import {itemsAt, queueAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {dateOf} from '../../api/read.ts';
import {wordOf} from '../../api/review.ts';
import {useCall} from '../../api/use.ts';
import {count} from '../../model/format.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Age} from '../../ui/layout.tsx';
import {Await, Note, Nothing} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {Due} from './due.tsx';
import {ReviewScreen} from './frame.tsx';
import {Held} from './held.tsx';
import {Program} from './program.tsx';
import {BoardTargets} from './targets.tsx';

export function QueuesScreen() {
  const loaded = useCall('queue board', (signal) => reviews.listQueues({}, {signal, timeoutMs: patience}), 10_000);
  return (
    <ReviewScreen title="Queues">
      <Await of={loaded} what="The queues">
        {({queues}) =>
          queues.length === 0 ? (
            <Nothing title="There is no queue yet">
              <p>A queue says what people review, how many of them, and what is done when they differ. Write one into the catalog folder:</p>
              <pre>{`kind: Queue\nname: my-answers\nitem: rubric\nrubric: my-rubric\nsuites: [my-suite]\nenter: [{every: true, share: 0.1}]`}</pre>
            </Nothing>
          ) : (
            <>
              {queues
                .filter((queue) => queue.heldUpBy !== '')
                .map((queue) => (
                  <Note key={queue.queue} tone="fail" title={`${queue.queue} is held up`}>
                    <p>
                      <Said text={queue.heldUpBy} />
                    </p>
                  </Note>
                ))}
              <Board of={queues} />
              <Held of={queues.flatMap(({queue, held}) => held.map((each) => ({queue, held: each})))} />
              <BoardTargets of={queues} />
            </>
          )
        }
      </Await>
      <Program />
    </ReviewScreen>
  );
}

function Board({of}: {of: QueueStatus[]}) {
  return (
    <Table
      caption="Queues"
      rows={of}
      keyOf={(queue) => queue.queue}
      opens={(queue) => queueAt(queue.queue)}
      columns={[
        {title: 'Queue', cell: (queue) => <span class="nowrap"><Said text={queue.queue} /></span>},
        {title: 'Asked', cell: (queue) => wordOf(ReviewItemKind_Value, queue.kind)},
        {title: 'Open', isNumber: true, cell: (queue) => count(queue.open)},
        {title: 'By state', isProse: true, cell: (queue) => <States of={queue} />},
        {title: 'Oldest', cell: (queue) => <Age of={dateOf(queue.oldestAt)} />},
        {title: 'Done at this rate', cell: (queue) => (queue.openDoneAt ? <Due at={dateOf(queue.openDoneAt)} /> : <span class="soft">cannot be told</span>)},
        {title: 'Overdue', isNumber: true, cell: (queue) => (queue.overdue > 0n ? <span class="late">{count(queue.overdue)}</span> : '0')},
        {title: 'Severity 1', isNumber: true, cell: (queue) => (queue.severeFlags > 0n ? <WordBadge word={`✕ ${count(queue.severeFlags)}`} tone="fail" /> : '0')},
        {title: 'May judge', isNumber: true, cell: (queue) => count(queue.people)},
      ]}
    />
  );
}

export function States({of}: {of: QueueStatus}) {
  if (of.states.length === 0) return <span class="soft">nothing has entered</span>;
  return (
    <span class="row small">
      {of.states.map(({state, items}) => (
        <a key={state} href={itemsAt({queue: of.queue, state: ReviewState_Value[state] ?? ''})}>
          {count(items)} {wordOf(ReviewState_Value, state)}
        </a>
      ))}
    </span>
  );
}
