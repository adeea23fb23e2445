// One queue over a time: whether people agree, whether audits pass, who does what, and what may bias them.

import {useLocation, useRoute} from 'preact-iso';
import type {CriterionAgreement, GetQueueReportResponse, NamedCount, ReviewShare} from '../../../gen/assay/v1/review_pb';
import {documentAt, guidelineAt, itemsAt, queueAt, queuesAt, withQuery, workAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {dateOf} from '../../api/read.ts';
import {useAction, useCall} from '../../api/use.ts';
import {amount, count, percent, span} from '../../model/format.ts';
import {domainOf} from '../../model/interval.ts';
import {WordBadge, type Tone} from '../../ui/badge.tsx';
import {Button, Form, Select} from '../../ui/form.tsx';
import {IntervalLine} from '../../ui/interval.tsx';
import {Facts, Section, type Fact} from '../../ui/layout.tsx';
import {Await, Failed, Note} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {Bias} from './bias.tsx';
import {Differences} from './differences.tsx';
import {ReviewScreen} from './frame.tsx';
import {Held} from './held.tsx';
import {States} from './queues.tsx';
import {Standings} from './targets.tsx';

const days: [string, string][] = [['1', 'a day'], ['7', 'a week'], ['30', '30 days'], ['90', '90 days']];

async function readQueue(queue: string, last: number, signal: AbortSignal) {
  const options = {signal, timeoutMs: patience};
  const from = {seconds: BigInt(Math.floor(Date.now() / 1000) - last * 86_400), nanos: 0};
  const [report, {queues}, people] = await Promise.all([
    reviews.getQueueReport({queue, from}, options),
    reviews.listQueues({}, options),
    reviews.listReviewers({}, options).then(({reviewers}) => reviewers).catch(() => []),
  ]);
  return {report, status: queues.find((each) => each.queue === queue), people};
}

export function QueueScreen() {
  const {params} = useRoute();
  const {query, route} = useLocation();
  const queue = params['name'] ?? '';
  const last = days.some(([each]) => each === query['days']) ? (query['days'] ?? '30') : '30';
  const loaded = useCall(`queue ${queue} ${last}`, (signal) => readQueue(queue, Number(last), signal), 30_000);
  const status = loaded.value?.status;
  return (
    <ReviewScreen
      title={queue}
      path={[{title: 'Queues', at: queuesAt}]}
      actions={
        <>
          <a class="button" href={documentAt('queue', queue)}>
            Document
          </a>
          <a class="button" href={workAt({queue})}>
            Work in it
          </a>
        </>
      }
    >
      <Form label="Time that the report is on">
        <Select label="Of the last" value={last} options={days} onChange={(value) => route(withQuery(queueAt(queue), {days: value}), true)} />
      </Form>
      <Await of={loaded} what="The queue">
        {({report, people}) => (
          <>
            {status && (
              <Facts
                of={[
                  ['Rubric', <a href={guidelineAt(status.rubric)}>{`${status.rubric} ${status.rubricVersion}`}</a>],
                  ['Suites', <Said text={status.suites.join(', ')} />],
                  ['Open', <a href={itemsAt({queue})}>{count(status.open)}</a>],
                  ['By state', <States of={status} />],
                ]}
              />
            )}
            {report.standings.length > 0 && (
              <Section title="Targets" says="Met is what lies at the target or above with its whole interval of 95 %.">
                <Standings of={report.standings.map((standing) => ({queue, targets: report.targets, standing}))} ofOneQueue />
              </Section>
            )}
            <Held of={(status?.held ?? []).map((held) => ({queue, held}))} ofOneQueue />
            <Quality of={report} />
            <Agreement of={report.agreement} />
            <Differences of={report.differences} />
            <Bias of={report} />
            <Causes of={report} />
            <People of={report} paused={people.filter(({isPaused}) => isPaused).map(({id, pausedWhy}) => ({id, pausedWhy}))} queue={queue} reload={loaded.reload} />
          </>
        )}
      </Await>
    </ReviewScreen>
  );
}

const whole = (share: number): string => String(Math.round(100 * share));

function share(of: ReviewShare | undefined): string {
  if (!of || of.of === 0n) return 'none yet';
  const range = of.lower !== undefined && of.upper !== undefined ? `, ${whole(of.lower)} to ${whole(of.upper)}\u00a0%` : '';
  return `${percent(Number(of.count), Number(of.of))} of ${count(of.of)}${range}`;
}

function Quality({of}: {of: GetQueueReportResponse}) {
  const isSaid = (each: ReviewShare | undefined): boolean => each !== undefined && each.of > 0n;
  const facts: Fact[] = [
    ['Items done', count(of.itemsDone)],
    ['Judgements an active hour', of.judgementsPerActiveHour === undefined ? '–' : amount(of.judgementsPerActiveHour, 'number')],
    ['Audits passed', share(of.auditsPassed)],
    of.decisionsRight !== undefined && ['Of all decisions right, by the audits', amount(of.decisionsRight, 'share')],
    ['Reworked for mistakes', share(of.reworked)],
    ['Escalated', share(of.escalated)],
    of.escalationSecondsP50 !== undefined && ['To a ruling, half of them', span(of.escalationSecondsP50)],
    ['Adjudicated', share(of.adjudicated)],
    ['Labels overturned', share(of.labelsOverturned)],
    isSaid(of.goldHits) && ['Known answers right', share(of.goldHits)],
    isSaid(of.onTime) && ['On time', share(of.onTime)],
    isSaid(of.severe) && ['Severity 1', share(of.severe)],
    isSaid(of.falseRefusals) && ['False refusals', share(of.falseRefusals)],
    isSaid(of.missedRefusals) && ['Missed refusals', share(of.missedRefusals)],
    isSaid(of.hallucinating) && ['With an unsupported claim', share(of.hallucinating)],
    isSaid(of.claimsSupported) && ['Claims supported', share(of.claimsSupported)],
    ['Leases that ran out', count(of.leasesExpired)],
    ['Came too late', count(of.extras)],
  ];
  return (
    <section class="card" aria-label="Quality">
      <Facts of={facts} />
    </section>
  );
}

const enoughItems = 30;

function firmnessOf({alpha = 0, alphaLower = 0, units}: CriterionAgreement): {word: string; tone: Tone} {
  if (units < enoughItems) return {word: `not firm: ${count(units)} of ${enoughItems} items`, tone: 'idle'};
  if (alphaLower >= 0.8) return {word: '✓ firm', tone: 'pass'};
  return alpha >= 0.67 ? {word: '? tentative', tone: 'unsure'} : {word: '✕ low', tone: 'fail'};
}

function Agreement({of}: {of: CriterionAgreement[]}) {
  if (of.length === 0) {
    return (
      <Section title="Agreement">
        <p class="soft">No item was judged by several people by the draw alone. The queue’s overlap says how many are.</p>
      </Section>
    );
  }
  const domain = domainOf(of.map((each) => ({lower: each.alphaLower, upper: each.alphaUpper, value: each.alpha})), [0.8], true);
  return (
    <Section title="Agreement" says="On what was said independently, with intervals of 95 %. Firm is what lies above 0.8 as a whole, on 30 items or more; a gate uses none with fewer.">
      <Table
        caption="Agreement by criterion"
        rows={of}
        keyOf={(each) => each.criterion}
        columns={[
          {title: 'Criterion', cell: (each) => <Said text={each.criterion} />},
          {title: 'Items', isNumber: true, cell: (each) => count(each.units)},
          {title: 'Pairs that agree', isNumber: true, cell: (each) => amount(each.percent, 'share')},
          {title: 'Krippendorff’s α', isNumber: true, cell: (each) => amount(each.alpha, 'share')},
          {
            title: 'Its interval',
            width: '15rem',
            cell: (each) =>
              each.alpha === undefined ? (
                <span class="soft">
                  <Said text={each.note || 'no value'} />
                </span>
              ) : (
                <IntervalLine interval={{value: each.alpha, lower: each.alphaLower, upper: each.alphaUpper}} threshold={0.8} side="above" domain={domain} unit="share" tone={firmnessOf(each).tone} />
              ),
          },
          {title: 'That is', cell: (each) => (each.alpha === undefined ? <span class="soft">–</span> : <WordBadge {...firmnessOf(each)} />)},
          {title: 'Gwet’s AC1', isNumber: true, cell: (each) => amount(each.ac1, 'share')},
          {title: 'Said most', cell: (each) => <Said text={each.mostFrequent ? `${each.mostFrequent}, ${percent(each.prevalence, 1)}` : '–'} />},
        ]}
      />
    </Section>
  );
}

function Causes({of}: {of: GetQueueReportResponse}) {
  const lists: [string, NamedCount[]][] = [
    ['Judgements by role', of.judgements],
    ['Why people differed', of.adjudications],
    ['Why items were reworked', of.reworks],
    ['Why items were escalated', of.escalations],
  ];
  const shown = lists.filter(([, counts]) => counts.some((each) => each.count > 0n));
  if (shown.length === 0) return null;
  return (
    <div class="columns">
      {shown.map(([title, counts]) => (
        <section key={title} class="card stack" aria-label={title}>
          <h3>{title}</h3>
          <Facts of={counts.filter((each) => each.count > 0n).map((each) => [each.name.replaceAll('_', ' '), count(each.count)])} />
        </section>
      ))}
    </div>
  );
}

interface PeopleProps {
  of: GetQueueReportResponse;
  paused: {id: string; pausedWhy: string}[];
  queue: string;
  reload: () => void;
}

function People({of: {people, from, to}, paused, queue, reload}: PeopleProps) {
  return (
    <>
      {paused.map((each) => (
        <Paused key={each.id} of={each} queue={queue} reload={reload} />
      ))}
      {people.length > 0 && (
        <Section title="People" says="For oneself, and for leads.">
          <Table
            caption="People of this queue"
            rows={people}
            keyOf={(each) => each.person}
            perPage={25}
            columns={[
              {title: 'Person', cell: (each) => <Said text={each.person} />},
              {title: 'Judgements', isNumber: true, cell: (each) => count(each.judgements)},
              {title: 'Active', isNumber: true, cell: (each) => span(each.activeSeconds)},
              {title: 'Audits passed', cell: (each) => share(each.auditsPassed)},
              {title: 'Known answers right', cell: (each) => share(each.goldHits)},
              {title: 'Overturned', cell: (each) => share(each.labelsOverturned)},
            ]}
          />
          <p class="soft small">
            From {dateOf(from)?.toISOString().slice(0, 10)} to {dateOf(to)?.toISOString().slice(0, 10)}.
          </p>
        </Section>
      )}
    </>
  );
}

function Paused({of: {id, pausedWhy}, queue, reload}: {of: {id: string; pausedWhy: string}; queue: string; reload: () => void}) {
  const action = useAction(async () => {
    await reviews.endPause({person: id, queue, reason: 'ended on the web page'}, {timeoutMs: patience});
    reload();
  });
  return (
    <Note tone="unsure" title={`${id} is paused`}>
      <p>
        <Said text={pausedWhy} />
      </p>
      <p>
        <Button action={action}>End the pause</Button> <WordBadge word="by a lead" />
      </p>
      {action.problem && <Failed what="The pause goes on" problem={action.problem} />}
    </Note>
  );
}
