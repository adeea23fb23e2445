// The desk of those who look at decisions: what waits for them and why, what they found and what became of it, and what
// all of it shows of each queue.

import {useLocation} from 'preact-iso';
import {DecisionMethod_Value, LeaseRole_Value, ReviewCause_Value, ReviewState_Value, type GetQueueReportResponse, type ReviewAudit, type ReviewItemView, type ReviewShare} from '../../../gen/assay/v1/review_pb';
import {auditsAt, itemAt, queueAt, workAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {readViews} from '../../api/items.ts';
import {dateOf} from '../../api/read.ts';
import {wordOf} from '../../api/review.ts';
import {useCall} from '../../api/use.ts';
import {correctedBy, planOf, whyDrawn, type Corrected} from '../../model/audits.ts';
import {count, percent, shortId} from '../../model/format.ts';
import {WordBadge, type Tone} from '../../ui/badge.tsx';
import {Form, Select} from '../../ui/form.tsx';
import {IntervalLine} from '../../ui/interval.tsx';
import {Age, Section} from '../../ui/layout.tsx';
import {Await, Nothing} from '../../ui/notes.tsx';
import {usePages} from '../../ui/pages.ts';
import {Pager, Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {AuditReport} from './artefacts.tsx';
import {readMyWork, ReviewScreen} from './frame.tsx';

const perPage = 25;
// Where an item stands between an audit that failed and the one that passes; while it may be revised it is left out.
const uncorrected = [ReviewState_Value.REWORK, ReviewState_Value.AUDIT, ReviewState_Value.ESCALATED];
const mostQueues = 20;

export function AuditsScreen() {
  const {query, route} = useLocation();
  const queue = query['queue'] ?? '';
  const work = useCall('audits of mine', readMyWork, 20_000);
  const mine = (work.value?.queues ?? []).filter((each) => queue === '' || each.queue === queue);
  const open = mine.reduce((sum, each) => sum + each.audits, 0n);
  return (
    <ReviewScreen
      title="Audits"
      actions={
        open > 0n && (
          <a class="button main-action" href={workAt({queue, role: LeaseRole_Value[LeaseRole_Value.AUDIT]})}>
            Audit the next of {count(open)}
          </a>
        )
      }
    >
      <Form label="Which audits">
        <Select label="Queue" value={queue} onChange={(value) => route(auditsAt({queue: value}), true)} options={[['', 'all'], ...(work.value?.queues.map((each): [string, string] => [each.queue, each.queue]) ?? [])]} />
      </Form>
      <Waiting queue={queue} />
      <Actions queue={queue} />
      <Rates queue={queue} />
      <AuditReport queue={queue} />
    </ReviewScreen>
  );
}

function decidedBy({decisions, judgements}: ReviewItemView): string {
  const decision = decisions.find(({isActive}) => isActive);
  if (!decision) return '';
  const people = decision.decidedBy ? [decision.decidedBy] : decision.inputs.map((input) => judgements.find(({id}) => id === input)?.person ?? '').filter((person) => person !== '');
  return [wordOf(DecisionMethod_Value, decision.method), [...new Set(people)].join(', ')].filter(Boolean).join(': ');
}

function Waiting({queue}: {queue: string}) {
  const pages = usePages(`waiting audits ${queue}`);
  const loaded = useCall(`waiting audits ${queue} ${pages.token}`, (signal) => readViews({queue, states: [ReviewState_Value.AUDIT]}, perPage, pages.token, signal), 20_000);
  return (
    <Section title="Waits for an audit" says="Who audits an item judges it blind first; by whom and why is told to leads.">
      <Await of={loaded} what="What waits">
        {({views, nextPageToken}) =>
          views.length === 0 && nextPageToken === '' && pages.page === 1 ? (
            <Nothing title="No decision waits for an audit">
              <p>Decisions are drawn by chance once nobody may revise them, by the share that their queue says; a lead orders one at any item.</p>
            </Nothing>
          ) : (
            <>
              {views.length > 0 && (
                <Table
                  caption="Items that wait for an audit"
                  rows={views}
                  keyOf={({item}) => item?.id ?? ''}
                  opens={({item}) => itemAt(item?.id ?? '')}
                  columns={[
                    {title: 'Item', cell: ({item}) => <span class="mono nowrap">{shortId(item?.id ?? '')}</span>},
                    {title: 'Queue', cell: ({item}) => <Said text={item?.queue ?? ''} />},
                    {title: 'Decided', cell: ({decisions}) => <Age of={dateOf(decisions.find(({isActive}) => isActive)?.at)} />},
                    {title: 'By', cell: (view) => <Told text={decidedBy(view)} />},
                    {title: 'Why it is audited', isProse: true, width: '30%', cell: ({history}) => <Told text={whyDrawn(history)} />},
                    {title: 'You may audit', cell: ({item}) => (item?.offers === LeaseRole_Value.AUDIT ? <WordBadge word="✓ yes" tone="pass" /> : <span class="soft">no</span>)},
                  ]}
                />
              )}
              <Pager page={pages.page} hasNext={nextPageToken !== ''} onNext={() => pages.next(nextPageToken)} onBefore={pages.before} />
            </>
          )
        }
      </Await>
    </Section>
  );
}

const Told = ({text}: {text: string}) => (text === '' ? <span class="soft">not told yet</span> : <Said text={text} />);

interface Failure {
  view: ReviewItemView;
  audit: ReviewAudit;
  became: Corrected;
}

const tones: Record<Corrected, Tone> = {corrected: 'pass', 'to be audited again': 'waits', 'to be judged again': 'unsure', 'taken out': 'idle', 'held up': 'unsure'};

function failuresOf(view: ReviewItemView): Failure[] {
  const found = view.audits.map((audit) => ({audit, at: dateOf(audit.at)?.getTime() ?? 0, passes: audit.passes}));
  const state = ReviewState_Value[view.item?.state ?? 0] ?? '';
  return found.filter(({passes}) => !passes).map((each) => ({view, audit: each.audit, became: correctedBy(each, found, state)}));
}

function Actions({queue}: {queue: string}) {
  const pages = usePages(`failed audits ${queue}`);
  const loaded = useCall(`failed audits ${queue} ${pages.token}`, (signal) => readViews({queue, states: uncorrected}, perPage, pages.token, signal), 20_000);
  return (
    <Section title="Corrective actions" says="What audits found wrong, what is to be done about it, and how far that is. Once an item is done its audits stand with it.">
      <Await of={loaded} what="What was found">
        {({views, nextPageToken}) =>
          views.flatMap(failuresOf).length === 0 && nextPageToken === '' && pages.page === 1 ? (
            <p class="soft">Nothing that audits found is open.</p>
          ) : (
            <>
              {views.flatMap(failuresOf).length > 0 && (
                <Table
                  caption="What audits found wrong"
                  rows={views.flatMap(failuresOf)}
                  keyOf={({audit}) => audit.id}
                  opens={({view}) => itemAt(view.item?.id ?? '')}
                  columns={[
                    {title: 'Item', cell: ({view}) => <span class="mono nowrap">{shortId(view.item?.id ?? '')}</span>},
                    {title: 'State', cell: ({became}) => <WordBadge word={became} tone={tones[became]} />},
                    {title: 'Queue', cell: ({view}) => <Said text={view.item?.queue ?? ''} />},
                    {title: 'What is wrong', isProse: true, cell: ({audit}) => <Said text={`${audit.defect.replaceAll('_', ' ')}${audit.severity === undefined ? '' : `, severity ${audit.severity}`}`} />},
                    {title: 'Because of', cell: ({audit}) => wordOf(ReviewCause_Value, audit.cause) || '–'},
                    {title: 'To be done', isProse: true, width: '30%', cell: ({audit}) => <Said text={audit.action || '–'} />},
                    {title: 'Audited', cell: ({audit}) => <Age of={dateOf(audit.at)} />},
                  ]}
                />
              )}
              <Pager page={pages.page} hasNext={nextPageToken !== ''} onNext={() => pages.next(nextPageToken)} onBefore={pages.before} />
            </>
          )
        }
      </Await>
    </Section>
  );
}

interface Rate {
  queue: string;
  passed: ReviewShare | undefined;
  right: number | undefined; // of all decisions, by the audits
}

async function readRates(queue: string, signal: AbortSignal): Promise<Rate[]> {
  const options = {signal, timeoutMs: patience};
  const {queues} = await reviews.listQueues({}, options);
  const named = queues.map((each) => each.queue).filter((each) => queue === '' || each === queue).slice(0, mostQueues);
  const reports = await Promise.all(named.map((each) => reviews.getQueueReport({queue: each}, options)));
  return reports.map((report: GetQueueReportResponse, at) => ({queue: named[at] ?? '', passed: report.auditsPassed, right: report.decisionsRight}));
}

function Rates({queue}: {queue: string}) {
  const loaded = useCall(`rates of audits ${queue}`, (signal) => readRates(queue, signal));
  return (
    <Section title="What audits show" says="Of the last 30 days, with intervals of 95 %. The line marks 0.95.">
      <Await of={loaded} what="What audits show">
        {(rates) => {
          const audited = rates.filter(({passed}) => passed !== undefined && passed.of > 0n);
          if (audited.length === 0) return <p class="soft">Nothing was audited in the last 30 days.</p>;
          return (
            <Table
              caption="Audits by queue"
              rows={audited}
              keyOf={(each) => each.queue}
              opens={(each) => queueAt(each.queue)}
              columns={[
                {title: 'Queue', cell: (each) => <Said text={each.queue} />},
                {title: 'Passed', isNumber: true, cell: ({passed}) => `${percent(Number(passed?.count), Number(passed?.of))} of ${count(passed?.of ?? 0)}`},
                {title: 'Interval', width: '14rem', cell: ({passed}) => <IntervalLine interval={{value: passed?.share, lower: passed?.lower, upper: passed?.upper}} threshold={0.95} side="above" domain={{from: 0, to: 1}} unit="share" tone={(passed?.lower ?? 0) >= 0.95 ? 'pass' : (passed?.upper ?? 1) < 0.95 ? 'fail' : 'idle'} />},
                {title: 'Of all decisions right', isNumber: true, cell: ({right}) => (right === undefined ? '–' : percent(right, 1))},
                {title: 'To show that it passes', cell: ({passed}) => <Plan passed={Number(passed?.count)} of={Number(passed?.of)} />},
              ]}
            />
          );
        }}
      </Await>
    </Section>
  );
}

function Plan({passed, of}: {passed: number; of: number}) {
  return (
    <span class="stack small">
      {planOf(passed, of).map(({target, isShown, needed}) => (
        <span key={target}>
          {percent(target, 1)}: {isShown ? 'shown' : needed === undefined ? 'not to be shown so' : `${count(Math.max(1, needed - of))} more, if none fails`}
        </span>
      ))}
    </span>
  );
}
