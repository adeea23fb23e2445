// Where a verdict comes from: gate, runs, datasets, the items that people judged, and under which guideline.

import {useRoute} from 'preact-iso';
import {ReviewState_Value, type ReviewItem} from '../../gen/assay/v1/review_pb';
import type {Run} from '../../gen/assay/v1/run_pb';
import type {Verdict, VerdictSuite} from '../../gen/assay/v1/types_pb';
import {documentAt, gateAt, gatesAt, guidelineAt, itemAt, queueAt, runAt, verdictAt} from '../api/addresses.ts';
import {gates, interchange, patience, reviews, runs} from '../api/client.ts';
import {dateOf, decisionOf, modelName} from '../api/read.ts';
import {wordOf} from '../api/review.ts';
import {useCall} from '../api/use.ts';
import {count, plural, shortHash, shortId} from '../model/format.ts';
import {happenedSince, wasSettled, type Happened} from '../model/since.ts';
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
        <RunOf key={suite.runId} suite={suite} of={of} verdict={verdict} />
      ))}
      <Since verdict={verdict} suites={new Set(parts.map(([suite]) => suite.suite?.name ?? ''))} />
    </>
  );
}

function RunOf({suite, of, verdict}: {suite: VerdictSuite; of: string; verdict: Verdict}) {
  const loaded = useCall(`run of lineage ${suite.runId}`, (signal) => runs.getRun({id: suite.runId}, {signal, timeoutMs: patience}));
  const name = suite.suite?.name ?? '';
  return (
    <Section title={`${name}, ${of}`}>
      <Await of={loaded} what="The run">{({run}) => run && <RunFacts run={run} />}</Await>
      <People run={suite.runId} decidedAt={verdict.decidedAt} />
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
function People({run, decidedAt}: {run: string; decidedAt: Verdict['decidedAt']}) {
  const loaded = useCall(`items of lineage ${run}`, (signal) =>
    reviews.listItems({run, withViews: true, pageSize: mostItems}, {signal, timeoutMs: patience}),
  );
  if (loaded.problem) return <p class="soft">What people judged of it is shown to those with a role in reviews.</p>;
  return (
    <Await of={loaded} what="What people judged">
      {({views, nextPageToken}) => {
        const shown = views.flatMap((view): Shown[] => (view.item ? [{item: view.item, settled: decidedAt && wasSettled(view, decidedAt)}] : []));
        const since = decidedAt ? happenedSince(views, decidedAt) : [];
        return shown.length === 0 ? (
          <Nothing title="People have judged nothing of this run">
            <p>Or nothing that you may see yet: its scores come from graders.</p>
          </Nothing>
        ) : (
          <>
            <Table caption={`Items of run ${run}`} rows={shown} keyOf={({item}) => item.id} opens={({item}) => itemAt(item.id)} perPage={25} columns={columns} />
            {nextPageToken && <p class="soft">These are the newest {count(mostItems)}.</p>}
            {since.length === 0 ? (
              <p class="soft">Of these, nothing that is shown to you has changed since the verdict.</p>
            ) : (
              <Table caption={`What has changed of run ${run} since the verdict`} rows={since} keyOf={({item, at, what}) => `${item} ${at.getTime()} ${what}`} opens={({item}) => itemAt(item)} perPage={25} columns={changes} />
            )}
          </>
        );
      }}
    </Await>
  );
}

interface Shown {
  item: ReviewItem;
  settled: boolean | undefined;
}

const changes = [
  {title: 'Case', cell: ({caseId}: Happened) => <Said text={caseId} />},
  {title: 'What', cell: ({what}: Happened) => what},
  {title: 'When', cell: ({at}: Happened) => <Age of={at} />},
  {title: 'Note', isProse: true, cell: ({note}: Happened) => <Said text={note || '–'} />},
  {title: 'Item', cell: ({item}: Happened) => <span class="mono nowrap">{shortId(item)}</span>},
];

// Other verdicts on the same candidate, and files with labels of its suites, that came after it.
function Since({verdict, suites}: {verdict: Verdict; suites: ReadonlySet<string>}) {
  const isAfter = (at: Verdict['decidedAt']) => (dateOf(at)?.getTime() ?? 0) > (dateOf(verdict.decidedAt)?.getTime() ?? 0);
  const later = useCall(`verdicts after ${verdict.id}`, async (signal) => {
    const {verdicts} = await gates.listVerdicts({gate: verdict.gate, pageSize: mostItems}, {signal, timeoutMs: patience});
    return verdicts.filter((each) => each.id !== verdict.id && each.candidate?.contentVersion === verdict.candidate?.contentVersion && isAfter(each.decidedAt));
  });
  const left = useCall(`exports after ${verdict.id}`, async (signal) => {
    const {exports} = await interchange.listExports({}, {signal, timeoutMs: patience});
    return exports.filter(({isPreview, exportedAt, selection}) => !isPreview && isAfter(exportedAt) && (!selection || selection.suites.length === 0 || selection.suites.some((suite) => suites.has(suite))));
  });
  return (
    <Section title="Since the verdict" says="It rests on what there was then. What came later is in none of its figures.">
      <Await of={later} what="Later verdicts">
        {(verdicts) => (
          <p>
            {verdicts.length === 0
              ? 'No later verdict of this gate on this candidate.'
              : verdicts.map((each) => (
                  <a key={each.id} class="row" href={verdictAt(each.id)}>
                    {shortId(each.id)} <VerdictBadge state={decisionOf(each)} /> <Age of={dateOf(each.decidedAt)} />
                  </a>
                ))}
          </p>
        )}
      </Await>
      {left.problem ? (
        <p class="soft">Which files with labels were taken since is shown to those who may export.</p>
      ) : (
        <Await of={left} what="What left since">
          {(files) =>
            files.length === 0 ? (
              <p class="soft">No file with labels that may be of these suites was taken since.</p>
            ) : (
              <Table
                caption="Files with labels that may be of these suites, taken since"
                rows={files}
                keyOf={(each) => each.id}
                perPage={10}
                columns={[
                  {title: 'File', cell: (each) => <Said text={each.file || shortId(each.id)} />},
                  {title: 'Format', cell: (each) => each.format},
                  {title: 'By', cell: (each) => <Said text={each.exportedBy} />},
                  {title: 'When', cell: (each) => <Age of={dateOf(each.exportedAt)} />},
                  {title: 'Content', cell: (each) => <Copyable text={each.sha256} short={shortHash(each.sha256)} />},
                ]}
              />
            )
          }
        </Await>
      )}
    </Section>
  );
}

const columns = [
  {title: 'Case', cell: ({item}: Shown) => <Said text={item.caseId} />},
  {title: 'State', cell: ({item}: Shown) => <WordBadge word={wordOf(ReviewState_Value, item.state)} tone={item.state === ReviewState_Value.DONE ? 'pass' : 'waits'} />},
  {title: 'At the verdict', cell: ({settled}: Shown) => (settled === undefined ? <span class="soft">not shown</span> : settled ? 'settled' : 'open')},
  {title: 'Queue', cell: ({item}: Shown) => <a href={queueAt(item.queue)}>{item.queue}</a>},
  {title: 'Judgements', isNumber: true, cell: ({item}: Shown) => count(item.judgements)},
  {
    title: 'Guideline',
    cell: ({item}: Shown) => (
      <a href={guidelineAt(item.rubric, {version: item.rubricVersion})}>
        {item.rubric} {item.rubricVersion}
      </a>
    ),
  },
  {title: 'Comes from', cell: ({item}: Shown) => (item.provenance === '' ? <span class="soft">–</span> : <Said text={item.provenance} />)},
  {title: 'Item', cell: ({item}: Shown) => <span class="mono nowrap">{shortId(item.id)}</span>},
];
