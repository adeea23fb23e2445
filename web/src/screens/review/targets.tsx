// What a queue wants of the work: of oneself on My work, of a queue on its board. Nobody is held against anybody.

import {TargetMeasure_Value, TargetState_Value, WorkComplexity_Value, type QueueTargets, type QueueWork, type TargetStanding} from '../../../gen/assay/v1/review_pb';
import {queueAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {wordOf} from '../../api/review.ts';
import {useCall} from '../../api/use.ts';
import {amount, count, percent, plural} from '../../model/format.ts';
import {WordBadge, type Tone} from '../../ui/badge.tsx';
import {IntervalLine} from '../../ui/interval.tsx';
import {Section} from '../../ui/layout.tsx';
import {Await} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';

const complexityOf = (targets: QueueTargets | undefined): string => wordOf(WorkComplexity_Value, targets?.complexity ?? 0);

export function MyTargets({of}: {of: QueueWork[]}) {
  const wanted = of.filter(({targets}) => targets !== undefined);
  if (wanted.length === 0) return null;
  return (
    <Section title="Targets" says="Yours only: nobody else is shown here, and you are shown to nobody as a place among others.">
      <Table
        caption="How far you are"
        rows={wanted}
        keyOf={(queue) => queue.queue}
        columns={[
          {title: 'Queue', cell: (queue) => <Said text={queue.queue} />},
          {title: 'Work', cell: (queue) => complexityOf(queue.targets)},
          {title: 'Audits passed, 30 days', cell: (queue) => <MyAudits of={queue} />},
          {title: 'Today', width: '16rem', cell: (queue) => <MyDay of={queue} />},
        ]}
      />
    </Section>
  );
}

function MyAudits({of: {auditsPassed, targets}}: {of: QueueWork}) {
  const wanted = targets?.auditsPassed;
  const is = !auditsPassed || auditsPassed.of === 0n ? 'none yet' : `${percent(Number(auditsPassed.count), Number(auditsPassed.of))} of ${count(auditsPassed.of)}`;
  return (
    <span class="stack">
      <span>{is}</span>
      {wanted !== undefined && <span class="soft small">wanted: {percent(wanted, 1)}</span>}
    </span>
  );
}

function MyDay({of: {queue, judgedToday, targets}}: {of: QueueWork}) {
  if (targets?.qualityFirst) return <span class="soft">Quality goes first here: volume is no target.</span>;
  if (targets?.perDay === undefined) return <span>{plural(judgedToday, 'judgement')}</span>;
  const done = Number(judgedToday);
  return (
    <span class="stack">
      <span>
        {count(done)} of {count(targets.perDay)}
        {done >= targets.perDay && ' ✓'}
      </span>
      <progress aria-label={`Judged today in ${queue}`} max={targets.perDay} value={Math.min(done, targets.perDay)} />
    </span>
  );
}

const words: Record<TargetMeasure_Value, string> = {
  [TargetMeasure_Value.UNSPECIFIED]: '',
  [TargetMeasure_Value.PER_DAY]: 'Judgements a person and day',
  [TargetMeasure_Value.AUDITS_PASSED]: 'Audits passed',
  [TargetMeasure_Value.AGREEMENT]: 'Agreement, α',
};
const states: Record<TargetState_Value, {word: string; tone: Tone}> = {
  [TargetState_Value.UNSPECIFIED]: {word: '–', tone: 'idle'},
  [TargetState_Value.NOTHING_YET]: {word: '– nothing yet', tone: 'idle'},
  [TargetState_Value.MET]: {word: '✓ met', tone: 'pass'},
  [TargetState_Value.MISSED]: {word: '✕ missed', tone: 'fail'},
  [TargetState_Value.OPEN]: {word: '? not shown yet', tone: 'unsure'},
};

const isOfDays = (standing: TargetStanding): boolean => standing.measure === TargetMeasure_Value.PER_DAY;
const valueIn = (standing: TargetStanding, value: number | undefined): string => amount(value, isOfDays(standing) ? 'number' : 'share');

function sampleOf({measure, of}: TargetStanding): string {
  if (measure === TargetMeasure_Value.PER_DAY) return plural(of, 'day of a person', 'days of persons');
  return measure === TargetMeasure_Value.AGREEMENT ? plural(of, 'item') : plural(of, 'audit');
}

export interface QueueStanding {
  queue: string;
  targets: QueueTargets | undefined;
  standing: TargetStanding;
}

export function Standings({of, ofOneQueue = false}: {of: QueueStanding[]; ofOneQueue?: boolean}) {
  const named = {title: 'Queue', cell: ({queue}: QueueStanding) => <a href={queueAt(queue)}><Said text={queue} /></a>};
  return (
    <Table
      caption="Targets"
      rows={of}
      keyOf={({queue, standing}) => `${queue} ${standing.measure}`}
      columns={[
        ...(ofOneQueue ? [] : [named]),
        {title: 'Target', cell: ({standing}) => <span>{words[standing.measure]}{standing.criterion && <span class="soft small"> of <Said text={standing.criterion} /></span>}</span>},
        {title: 'Work', cell: ({targets}) => complexityOf(targets)},
        {title: 'Wanted', isNumber: true, cell: ({standing}) => valueIn(standing, standing.target)},
        {title: 'Is', isNumber: true, cell: ({standing}) => valueIn(standing, standing.value)},
        {
          title: 'Interval',
          width: '14rem',
          cell: ({standing}) =>
            isOfDays(standing) || standing.value === undefined ? (
              <span class="soft">–</span>
            ) : (
              <IntervalLine interval={standing} threshold={standing.target} side="above" domain={{from: Math.min(0, standing.lower ?? 0), to: 1}} unit="share" tone={states[standing.state].tone} />
            ),
        },
        {title: 'On', cell: ({standing}) => <span class="soft">{sampleOf(standing)}</span>},
        {title: 'That is', cell: ({standing}) => <WordBadge {...states[standing.state]} />},
      ]}
    />
  );
}

const mostQueues = 30;

async function readStandings(queues: string[], signal: AbortSignal): Promise<QueueStanding[]> {
  const reports = await Promise.all(queues.map((queue) => reviews.getQueueReport({queue}, {signal, timeoutMs: patience}).catch(() => undefined)));
  // What is of queues of others is not told.
  return reports.flatMap((report, at) => (report?.standings ?? []).map((standing) => ({queue: queues[at] ?? '', targets: report?.targets, standing})));
}

// Those of every queue that has any. Safety and data of a class come first: there quality is all that counts.
export function BoardTargets({of}: {of: {queue: string; targets?: QueueTargets | undefined}[]}) {
  const wanted = of.filter(({targets}) => targets !== undefined).sort((one, other) => Number(other.targets?.qualityFirst) - Number(one.targets?.qualityFirst));
  const queues = wanted.slice(0, mostQueues).map(({queue}) => queue);
  const loaded = useCall(queues.length === 0 ? '' : `targets ${queues.join(' ')}`, (signal) => readStandings(queues, signal), 60_000);
  if (queues.length === 0) return null;
  return (
    <Section title="Targets" says="Of the last 30 days. Met is what lies at the target or above with its whole interval of 95 %.">
      <Await of={loaded} what="The targets">{(standings) => (standings.length === 0 ? <p class="soft">No queue of yours has targets.</p> : <Standings of={standings} />)}</Await>
    </Section>
  );
}
