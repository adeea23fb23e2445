// Where a verdict comes from: gate, runs, datasets, the items that people judged, and under which guideline.

import {useRoute} from 'preact-iso';
import {ReviewState_Value, type ReviewItem} from '../../gen/assay/v1/review_pb';
import type {Run} from '../../gen/assay/v1/run_pb';
import type {Verdict, VerdictSuite} from '../../gen/assay/v1/types_pb';
import {documentAt, gateAt, gatesAt, guidelineAt, itemAt, queueAt, runAt, verdictAt} from '../api/addresses.ts';
import {gates, patience, reviews, runs} from '../api/client.ts';
import {dateOf, decisionOf, modelName} from '../api/read.ts';
import {wordOf} from '../api/review.ts';
import {useCall} from '../api/use.ts';
import {count, plural, shortHash, shortId} from '../model/format.ts';
import {VerdictBadge, WordBadge} from '../ui/badge.tsx';
import {Age, Copyable, Facts, Screen, Section} from '../ui/layout.tsx';
import {Await, Nothing} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

const mostItems = 200;

export function LineageScreen() {
  const {params} = useRoute();
  const id = params['id'] ?? '';
  const loaded = useCall(`lineage ${id}`, (signal) => gates.getVerdict({id}, {signal, timeoutMs: patience}));
  const verdict = loaded.value?.verdict;
  const gate = verdict?.gate;
  return (
    <Screen
      title="Lineage"
      path={[
        {title: 'Gates', at: gatesAt},
        ...(gate ? [{title: gate, at: gateAt(gate)}, {title: modelName(verdict.candidate), at: verdictAt(id)}] : []),
      ]}
      badge={verdict && <VerdictBadge state={decisionOf(verdict)} />}
    >
      <Await of={loaded} what="The verdict">{({verdict: found}) => found && <Found verdict={found} />}</Await>
    </Screen>
  );
}

function Found({verdict}: {verdict: Verdict}) {
  const parts: [VerdictSuite, string][] = [
    ...verdict.suites.map((suite): [VerdictSuite, string] => [suite, 'candidate']),
    ...verdict.baselineSuites.map((suite): [VerdictSuite, string] => [suite, 'baseline']),
  ];
  return (
    <>
      <p class="lead">From this verdict back to the cases, step by step; each step names the version that it rests on.</p>
      <Section title="Verdict">
        <Facts
          of={[
            ['Verdict', <a href={verdictAt(verdict.id)}>{shortId(verdict.id)}</a>],
            ['Gate', <a href={gateAt(verdict.gate)}>{verdict.gate}</a>],
            ['Content of the gate', <Copyable text={verdict.gateVersion} short={shortHash(verdict.gateVersion)} />],
            ['Hash of the verdict', <Copyable text={verdict.documentHash} short={shortHash(verdict.documentHash)} />],
          ]}
        />
      </Section>
      {parts.map(([suite, of]) => (
        <RunOf key={suite.runId} suite={suite} of={of} />
      ))}
    </>
  );
}

function RunOf({suite, of}: {suite: VerdictSuite; of: string}) {
  const loaded = useCall(`run of lineage ${suite.runId}`, (signal) => runs.getRun({id: suite.runId}, {signal, timeoutMs: patience}));
  const name = suite.suite?.name ?? '';
  return (
    <Section title={`${name}, ${of}`}>
      <Await of={loaded} what="The run">{({run}) => run && <RunFacts run={run} />}</Await>
      <People run={suite.runId} />
    </Section>
  );
}

function RunFacts({run}: {run: Run}) {
  return (
    <Facts
      of={[
        ['Run', <><a href={runAt(run.id)}>{shortId(run.id)}</a> <span class="soft small"><Age of={dateOf(run.createdAt)} /></span></>],
        ['Model', <Said text={modelName(run.model)} />],
        ['Suite', <><a href={documentAt('suite', run.suite?.name ?? '')}>{run.suite?.name}</a> <span class="soft small">{plural(Number(run.counts?.scheduled ?? 0n), 'case')}</span></>],
        ['Content of suite and dataset', <Copyable text={run.suite?.contentVersion ?? ''} short={shortHash(run.suite?.contentVersion ?? '')} />],
        ['Cases come from', run.provenance.length === 0 ? <span class="soft">the dataset does not say</span> : run.provenance.map(({provenance, cases}) => `${count(cases)} ${provenance}`).join(', ')],
        ['Dataset', <Copyable text={run.suite?.datasetVersion ?? ''} short={shortHash(run.suite?.datasetVersion ?? '')} />],
      ]}
    />
  );
}

// Which items of a run people judged is told to who leads queues, and to others once an item is done.
function People({run}: {run: string}) {
  const loaded = useCall(`items of lineage ${run}`, (signal) =>
    reviews.listItems({run, pageSize: mostItems}, {signal, timeoutMs: patience}),
  );
  if (loaded.problem) return <p class="soft">What people judged of it is shown to those with a role in reviews.</p>;
  return (
    <Await of={loaded} what="What people judged">
      {({items, nextPageToken}) =>
        items.length === 0 ? (
          <Nothing title="People have judged nothing of this run">
            <p>Or nothing that you may see yet: its scores come from graders.</p>
          </Nothing>
        ) : (
          <>
            <Table caption={`Items of run ${run}`} rows={items} keyOf={(item) => item.id} opens={(item) => itemAt(item.id)} perPage={25} columns={columns} />
            {nextPageToken && <p class="soft">These are the newest {count(mostItems)}.</p>}
          </>
        )
      }
    </Await>
  );
}

const columns = [
  {title: 'Case', cell: (item: ReviewItem) => <Said text={item.caseId} />},
  {title: 'State', cell: (item: ReviewItem) => <WordBadge word={wordOf(ReviewState_Value, item.state)} tone={item.state === ReviewState_Value.DONE ? 'pass' : 'waits'} />},
  {title: 'Queue', cell: (item: ReviewItem) => <a href={queueAt(item.queue)}>{item.queue}</a>},
  {title: 'Judgements', isNumber: true, cell: (item: ReviewItem) => count(item.judgements)},
  {
    title: 'Guideline',
    cell: (item: ReviewItem) => (
      <a href={guidelineAt(item.rubric, {version: item.rubricVersion})}>
        {item.rubric} {item.rubricVersion}
      </a>
    ),
  },
  {title: 'Comes from', cell: (item: ReviewItem) => (item.provenance === '' ? <span class="soft">–</span> : <Said text={item.provenance} />)},
  {title: 'Item', cell: (item: ReviewItem) => <span class="mono nowrap">{shortId(item.id)}</span>},
];
