// What evaluation achieves as a whole, beside the queues: how soon regressions are found, data that was ready in time,
// defects that no case had covered, how content those are who rest on it.

import {useState} from 'preact/hooks';
import {ReviewRole_Value, type ReviewShare} from '../../../gen/assay/v1/review_pb';
import type {DatasetStatus, FoundRegression, GetProgramReportResponse, JourneyCoverage} from '../../../gen/assay/v1/review_program_pb';
import {documentAt, gateAt, queueAt} from '../../api/addresses.ts';
import {patience, program} from '../../api/client.ts';
import {Lacking} from '../../api/errors.ts';
import {useKept} from '../../api/kept.ts';
import {dateOf} from '../../api/read.ts';
import {wordOf} from '../../api/review.ts';
import {useAction, useCall} from '../../api/use.ts';
import {count, percent, plural, span} from '../../model/format.ts';
import {WordBadge, type Tone} from '../../ui/badge.tsx';
import {Form, Input, Select} from '../../ui/form.tsx';
import {Age, Facts, Section} from '../../ui/layout.tsx';
import {Await, Nothing} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {Due} from './due.tsx';
import {readMyWork} from './frame.tsx';

const stakeholders = [ReviewRole_Value.TRUST_SAFETY, ReviewRole_Value.PRIVACY, ReviewRole_Value.ML_LEAD, ReviewRole_Value.SUITE_OWNER, ReviewRole_Value.MANAGER, ReviewRole_Value.RELEASE_OWNER];

const isEmpty = (report: GetProgramReportResponse): boolean =>
  report.journeys.length === 0 && report.regressionsFound === 0n && report.datasets.length === 0 && (report.defectsLeaked?.of ?? 0n) === 0n && report.ratings === 0n && report.improvements === 0n;

export function Program() {
  const work = useCall('who rates', readMyWork);
  const loaded = useCall('program report', (signal) => program.getProgramReport({}, {signal, timeoutMs: patience}), 60_000);
  const me = work.value?.me;
  const mine = stakeholders.filter((role) => me?.roles.includes(role));
  if (work.value && work.value.denied !== '') return null; // the queues above say why
  return (
    <Section title="Evaluation as a whole" says="Of the last 90 days, with intervals of 95 %.">
      <Await of={loaded} what="What evaluation achieves">
        {(report) => (isEmpty(report) ? <NothingKept /> : <Measures of={report} />)}
      </Await>
      {me && mine.length > 0 && <Rate person={me.id} roles={mine} reload={loaded.reload} />}
    </Section>
  );
}

function NothingKept() {
  return (
    <Nothing title="Nothing is kept of it yet">
      <p>No candidate failed a gate in this time, and nobody has kept anything that no item shows. Leads and those who rest on evaluation do so:</p>
      <pre>{`assay review due DATASET --queue QUEUE --at TIME --overlap 30\nassay review issues FILE\nassay review rate 4 --role release_owner\nassay review improved "what works better now"`}</pre>
    </Nothing>
  );
}

function shareOf(of: ReviewShare | undefined, none: string): string {
  if (!of || of.of === 0n) return none;
  return `${percent(Number(of.count), Number(of.of))} of ${count(of.of)}, ${Math.round(100 * (of.lower ?? 0))} to ${Math.round(100 * (of.upper ?? 1))}\u00a0%`;
}

function Measures({of}: {of: GetProgramReportResponse}) {
  return (
    <>
      <section class="card" aria-label="Measures of evaluation">
        <Facts
          of={[
            ['Regressions found', count(of.regressionsFound)],
            ['Until the first FAIL, half of them', of.leadSecondsP50 === undefined ? '–' : span(of.leadSecondsP50)],
            of.leadSecondsP90 !== undefined && ['Nine of ten', span(of.leadSecondsP90)],
            ['Datasets ready in time', shareOf(of.datasetsReady, 'none was due')],
            of.datasetsDescoped > 0n && ['Datasets descoped', count(of.datasetsDescoped)],
            ['Defects that no case had covered', shareOf(of.defectsLeaked, 'no issue was brought in')],
            ['Satisfaction', of.satisfaction === undefined ? 'nobody has rated it' : `${of.satisfaction.toFixed(1)} of 5, ${plural(of.ratings, 'rating')}`],
            ...of.ratingsByRole.map(({role, mean, ratings}): [string, string] => [`As ${wordOf(ReviewRole_Value, role)}`, `${mean.toFixed(1)}, ${plural(ratings, 'rating')}`]),
            ['Improvements', count(of.improvements)],
          ]}
        />
      </section>
      {of.journeys.length > 0 && <Journeys of={of.journeys} />}
      {of.datasets.length > 0 && <Datasets of={of.datasets} />}
      {of.regressions.length > 0 && <Regressions of={of.regressions} />}
    </>
  );
}

const covered = (of: ReviewShare | undefined): string => (!of || of.of === 0n ? 'none declared' : `${count(of.count)} of ${count(of.of)}`);

function Journeys({of}: {of: JourneyCoverage[]}) {
  return (
    <Table
      caption="Critical journeys that cases cover"
      rows={of}
      keyOf={(each) => each.suite}
      columns={[
        {title: 'Suite', cell: (each) => <a href={documentAt('suite', each.suite)}><Said text={each.suite} /></a>},
        {title: 'Critical journeys covered', isNumber: true, cell: (each) => covered(each.critical)},
        {title: 'Of high risk', isNumber: true, cell: (each) => covered(each.highRisk)},
        {title: 'Without a case', isProse: true, cell: (each) => <span class="soft small">{each.run === '' ? 'the suite has no complete run yet' : <Said text={each.uncovered.join(', ') || 'none'} />}</span>},
      ]}
    />
  );
}

const stateTones: Record<string, Tone> = {ready: 'pass', late: 'unsure', open: 'waits', overdue: 'fail', descoped: 'idle'};

function Datasets({of}: {of: DatasetStatus[]}) {
  return (
    <Table
      caption="Datasets"
      rows={of}
      keyOf={(each) => each.due}
      columns={[
        {title: 'Dataset', cell: (each) => <Said text={each.dataset} />},
        {title: 'State', cell: (each) => <WordBadge word={each.state} tone={stateTones[each.state] ?? 'idle'} />},
        {title: 'Queue', cell: (each) => <a href={queueAt(each.queue)}><Said text={each.queue} /></a>},
        {title: 'Due', cell: (each) => <Due at={dateOf(each.dueAt)} />},
        {title: 'Released', cell: (each) => <Age of={dateOf(each.releasedAt)} />},
      ]}
    />
  );
}

function Regressions({of}: {of: FoundRegression[]}) {
  return (
    <Table
      caption="Candidates that failed a gate"
      rows={of}
      keyOf={(each) => `${each.model}@${each.version}`}
      perPage={10}
      columns={[
        {title: 'Candidate', cell: (each) => <Said text={`${each.model}@${each.version}`} />},
        {title: 'First failed', cell: (each) => <a href={gateAt(each.gate)}><Said text={each.gate} /></a>},
        {title: 'After its registration', isNumber: true, cell: (each) => span(each.seconds)},
        {title: 'When', cell: (each) => <Age of={dateOf(each.failedAt)} />},
      ]}
    />
  );
}

const scores: [string, string][] = [['', 'choose'], ['5', '5, very'], ['4', '4'], ['3', '3'], ['2', '2'], ['1', '1, not at all']];
const nothingRated = {score: '', note: '', key: ''};

function Rate({person, roles, reload}: {person: string; roles: ReviewRole_Value[]; reload: () => void}) {
  const kept = useKept(person, 'rating', nothingRated);
  const [role, setRole] = useState(roles[0] ?? ReviewRole_Value.MANAGER);
  const [isIn, setIn] = useState(false);
  const {score, note} = kept.now;
  const rate = useAction(async () => {
    if (score === '') throw new Lacking('choose how content you are, from 1 to 5');
    // The same key until it is in: it counts once.
    const key = kept.now.key || crypto.randomUUID();
    kept.change({key});
    await program.addProgramRecord({key, record: {case: 'stakeholderRating', value: {score: Number(score), role, note}}}, {timeoutMs: patience});
    kept.forget();
    setIn(true);
    reload();
  });
  const change = (changed: Partial<typeof nothingRated>): void => {
    setIn(false);
    kept.change({...changed, key: ''});
  };
  return (
    <>
      <Form label="Rate what evaluation gives you" submit="Rate it" action={rate} failed="The rating was not kept">
        <Select label="How content are you with what evaluation gives you?" value={score} options={scores} onChange={(value) => change({score: value})} />
        {roles.length > 1 && <Select label="As" value={String(role)} options={roles.map((each): [string, string] => [String(each), wordOf(ReviewRole_Value, each)])} onChange={(value) => setRole(Number(value))} />}
        <Input label="Why" value={note} width="24rem" onChange={(value) => change({note: value})} />
      </Form>
      <p class="soft small" role="status">{isIn ? 'Your rating is kept; your newest one counts.' : ''}</p>
    </>
  );
}
