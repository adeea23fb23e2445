// What there is to do for who is here: queue by queue, what they have begun, and what they may still revise.

import {LeaseRole_Value, ReviewItemKind_Value, type GetMyWorkResponse, type QueueWork, type ReviewShare} from '../../../gen/assay/v1/review_pb';
import {escalationsAt, guidelineAt, itemAt, queueAt, reviewKeysAt, workAt} from '../../api/addresses.ts';
import {dateOf, secondsOf} from '../../api/read.ts';
import {wordOf} from '../../api/review.ts';
import {unanswered} from '../../api/drafts.ts';
import {useCall} from '../../api/use.ts';
import {count, percent, shortId, span} from '../../model/format.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Age, Facts, Section} from '../../ui/layout.tsx';
import {Await, Note, Nothing} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {readMyWork, ReviewScreen} from './frame.tsx';
import {Due} from './due.tsx';
import {Lanes} from './lanes.tsx';
import {MyTargets} from './targets.tsx';

const everyMs = 15_000;

export function MyWorkScreen() {
  const loaded = useCall('my work', readMyWork, everyMs);
  const mayWork = loaded.value && loaded.value.denied === '' && loaded.value.queues.some((queue) => workOf(queue) > 0n);
  return (
    <ReviewScreen
      title="My work"
      actions={
        <>
          <a class="button" href={reviewKeysAt}>
            Keys of the workspace
          </a>
          {mayWork && (
            <a class="button main-action" href={workAt()} data-row data-key="Enter">
              Begin with what comes first <kbd>Enter</kbd>
            </a>
          )}
        </>
      }
    >
      <Await of={loaded} what="Your work">{(work) => <Work of={work} />}</Await>
    </ReviewScreen>
  );
}

const workOf = ({labels, adjudications, audits}: QueueWork): bigint => labels + adjudications + audits;

function Work({of}: {of: GetMyWorkResponse}) {
  const {me, denied, queues, held, recent} = of;
  const unread = queues.filter(({rubricVersion, acknowledgedVersion}) => rubricVersion !== '' && rubricVersion !== acknowledgedVersion);
  return (
    <>
      {denied !== '' && (
        <Note tone="unsure" title="You can look at queues, and review nothing">
          <p>
            <Said text={denied} />
          </p>
        </Note>
      )}
      {me?.isPaused && (
        <Note tone="unsure" title="You are paused">
          <p>
            <Said text={me.pausedWhy} />
          </p>
          <p class="soft">A lead can end the pause.</p>
        </Note>
      )}
      {denied === '' && unanswered(me?.id ?? '').map((item) => (
        <Note key={item} tone="waits" title="A judgement was sent, and no answer came">
          <p>
            <a href={itemAt(item)}>Open the item {shortId(item)}</a>: it is sent again there, and counts once.
          </p>
        </Note>
      ))}
      {denied === '' && unread.length > 0 && <Unread of={unread} />}
      {denied === '' && <Today of={of} />}
      {denied === '' && <MyTargets of={queues} />}
      {held.length > 0 && (
        <Section title="Begun" says="Yours until the lease ends.">
          <ul class="cases">
            {held.map((item) => (
              <li key={item.id}>
                <a href={itemAt(item.id)}>{shortId(item.id)}</a> <span class="soft small">{item.queue}</span>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {denied === '' && <Lanes queues={queues.map(({queue}) => queue)} roles={me?.roles ?? []} />}
      <Queues of={queues} isDenied={denied !== ''} />
      {recent.length > 0 && (
        <Section title="Judged last" says="What may still be revised opens with your answers in it.">
          <Table
            caption="What you judged last"
            rows={recent}
            keyOf={(each) => each.judgement}
            opens={(each) => itemAt(each.item, each.revisableUntil ? {revise: 'yes'} : {})}
            perPage={10}
            columns={[
              {title: 'Item', cell: (each) => <span class="mono">{shortId(each.item)}</span>},
              {title: 'Queue', cell: (each) => <Said text={each.queue} />},
              {title: 'Judged', cell: (each) => <Age of={dateOf(each.at)} />},
              {
                title: 'May be revised',
                cell: (each) => {
                  const until = dateOf(each.revisableUntil);
                  return until && until > new Date() ? <Due at={until} /> : <span class="soft">no more</span>;
                },
              },
            ]}
          />
        </Section>
      )}
    </>
  );
}

function Unread({of}: {of: QueueWork[]}) {
  const rubrics = new Map(of.map((queue) => [queue.rubric, queue]));
  return (
    <Note tone="unsure" title={of.every(({acknowledgedVersion}) => acknowledgedVersion === '') ? 'Guidelines to read before you begin' : 'Guidelines have changed since you read them'}>
      {[...rubrics.values()].map(({rubric, rubricVersion, acknowledgedVersion}) => (
        <p key={rubric}>
          <a href={guidelineAt(rubric, acknowledgedVersion ? {since: acknowledgedVersion} : {})}>
            <Said text={`${rubric} ${rubricVersion}`} />
          </a>{' '}
          <span class="soft">{acknowledgedVersion ? `you have read ${acknowledgedVersion}` : 'not read yet'}</span>
        </p>
      ))}
    </Note>
  );
}

function shareInWords(share: ReviewShare | undefined): string {
  if (!share || share.of === 0n) return 'none yet';
  return `${percent(Number(share.count), Number(share.of))} of ${count(share.of)}`;
}

function Today({of}: {of: GetMyWorkResponse}) {
  return (
    <section class="card" aria-label="Today">
      <Facts
        figures
        of={[
          ['Judged today', count(of.judgedToday)],
          ['Active today', span(secondsOf(of.activeToday) ?? 0)],
          ['Audits passed, 30 days', shareInWords(of.auditsPassed)],
          of.auditsPassedBefore !== undefined && of.auditsPassedBefore.of > 0n && ['The 30 days before', shareInWords(of.auditsPassedBefore)],
          ['Known answers right, 30 days', shareInWords(of.goldHits)],
        ]}
      />
    </section>
  );
}

function Queues({of, isDenied}: {of: QueueWork[]; isDenied: boolean}) {
  if (of.length === 0) {
    return (
      <Nothing title="There is no queue for you">
        <p>
          A queue says what people review. It is a document of kind Queue in the catalog folder; runs of its suites bring items. Your
          line of the token file may also name other queues.
        </p>
      </Nothing>
    );
  }
  const cell = (queue: QueueWork, number: bigint, role: LeaseRole_Value) =>
    number > 0n && !isDenied ? <a href={workAt({queue: queue.queue, role: LeaseRole_Value[role]})}>{count(number)}</a> : <span class="soft">{count(number)}</span>;
  return (
    <Section title="Queues">
      <Table
        caption="Queues that you work in"
        rows={of}
        keyOf={(queue) => queue.queue}
        opens={(queue) => (workOf(queue) > 0n && !isDenied ? workAt({queue: queue.queue}) : queueAt(queue.queue))}
        columns={[
          {title: 'Queue', cell: (queue) => <Said text={queue.queue} />},
          {
            title: 'What is asked',
            cell: (queue) => (
              <div class="stack">
                <span>
                  <WordBadge word={wordOf(ReviewItemKind_Value, queue.kind)} />
                </span>
                <span class="soft small">
                  <Said text={queue.description} />
                </span>
              </div>
            ),
          },
          {title: 'To judge', isNumber: true, cell: (queue) => cell(queue, queue.labels, LeaseRole_Value.LABEL)},
          {title: 'To adjudicate', isNumber: true, cell: (queue) => cell(queue, queue.adjudications, LeaseRole_Value.ADJUDICATE)},
          {title: 'To audit', isNumber: true, cell: (queue) => cell(queue, queue.audits, LeaseRole_Value.AUDIT)},
          {title: 'To rule on', isNumber: true, cell: (queue) => (queue.escalations > 0n ? <a href={escalationsAt}>{count(queue.escalations)}</a> : <span class="soft">0</span>)},
          {title: 'Open in all', isNumber: true, cell: (queue) => <span class="soft">{count(queue.open)}</span>},
          {
            title: 'Next due',
            cell: (queue) => (
              <div class="stack">
                <Due at={dateOf(queue.dueAt)} />
                {queue.whyNone && (
                  <span class="soft small">
                    <Said text={queue.whyNone} />
                  </span>
                )}
              </div>
            ),
          },
        ]}
      />
    </Section>
  );
}
