// One verdict: what was asked, what was found, and what it rests on.

import {useRoute} from 'preact-iso';
import type {Verdict, VerdictSuite} from '../../gen/assay/v1/types_pb';
import {gateAt, gatesAt, lineageAt, runAt} from '../api/addresses.ts';
import {gates, patience} from '../api/client.ts';
import {dateOf, decisionOf, isWaived, modelName, runWord, verdictWord} from '../api/read.ts';
import {useCall} from '../api/use.ts';
import {count, moment, rounded, shortHash, usd} from '../model/format.ts';
import {RunBadge, VerdictBadge} from '../ui/badge.tsx';
import {CountsBar} from '../ui/counts.tsx';
import {Age, Copyable, Facts, Screen, Section} from '../ui/layout.tsx';
import {Await, Note} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';
import {Evidence} from './evidence.tsx';
import {Failures} from './failures.tsx';
import {Controls, Look} from './looks.tsx';
import {Regressions} from './regressions.tsx';
import {Release} from './release.tsx';
import {Rules} from './rules.tsx';

async function readVerdict(id: string, signal: AbortSignal): Promise<Verdict> {
  const {verdict} = await gates.getVerdict({id}, {signal, timeoutMs: patience});
  if (!verdict) throw new Error('the answer holds no verdict');
  return verdict;
}

export function VerdictScreen() {
  const {params} = useRoute();
  const id = params['id'] ?? '';
  const loaded = useCall(`verdict ${id}`, (signal) => readVerdict(id, signal));
  const verdict = loaded.value;
  const gate = verdict?.gate;
  return (
    <Screen
      title={verdict ? modelName(verdict.candidate) : 'Verdict'}
      path={[{title: 'Gates', at: gatesAt}, ...(gate ? [{title: gate, at: gateAt(gate)}] : [])]}
      badge={verdict && <VerdictBadge state={decisionOf(verdict)} large {...(isWaived(verdict) ? {by: 'by waiver'} : {})} />}
    >
      <Await of={loaded} what="The verdict">{(found) => <Found verdict={found} />}</Await>
    </Screen>
  );
}

function Found({verdict}: {verdict: Verdict}) {
  const decided = dateOf(verdict.decidedAt);
  return (
    <>
      <p class="lead">
        <Said text={rounded(verdict.reason)} />
      </p>
      <Waived verdict={verdict} />
      {verdict.warnings.length > 0 && (
        <Note tone="unsure" title="What the rules do not judge">
          {verdict.warnings.map((warning) => (
            <p key={warning}>
              <Said text={warning} />
            </p>
          ))}
        </Note>
      )}
      <Facts
        of={[
          ['Candidate', <Said text={modelName(verdict.candidate)} />],
          verdict.baseline && ['Compared with', <Said text={modelName(verdict.baseline)} />],
          decided && [
            'Decided',
            <>
              <Age of={decided} /> <span class="soft small nowrap">{moment(decided)}</span>
            </>,
          ],
          ['Asked by', <Said text={verdict.principal} />],
          verdict.attempt > 1n && ['Attempt', `${verdict.attempt}, after answers that did not pass`],
        ]}
      />
      <Rules verdict={verdict} />
      <Release verdict={verdict} />
      <Look of={verdict.look} />
      <Controls of={verdict} />
      <Failures verdict={verdict} />
      <Regressions verdict={verdict} />
      <Data verdict={verdict} />
      <Evidence verdict={verdict} />
    </>
  );
}

function Waived({verdict}: {verdict: Verdict}) {
  if (verdict.waivers.length === 0) return null;
  const title = isWaived(verdict)
    ? `It may ship by waiver; as evaluated it is ${verdictWord(verdict.state)}`
    : 'Waivers cover some of it';
  return (
    <Note tone="unsure" title={title}>
      {verdict.waivers.map((waiver) => (
        <p key={waiver.id}>
          <Said
            text={
              `${waiver.rules.join(', ')}: ${waiver.reason} (${waiver.ticket}), asked by ${waiver.requester}, ` +
              `approved by ${waiver.approvers.join(', ')}, until ${dateOf(waiver.expiresAt)?.toISOString().slice(0, 10)}`
            }
          />
        </p>
      ))}
    </Note>
  );
}

interface Rested {
  suite: VerdictSuite;
  part: string;
}

function Data({verdict}: {verdict: Verdict}) {
  const rows: Rested[] = [
    ...verdict.suites.map((suite) => ({suite, part: 'candidate'})),
    ...verdict.baselineSuites.map((suite) => ({suite, part: 'baseline'})),
  ];
  return (
    <Section title="What it rests on" says={<a href={lineageAt(verdict.id)}>Lineage, back to judgements, guidelines and datasets</a>}>
      <Table
        caption="Runs that this verdict rests on"
        rows={rows}
        keyOf={({suite, part}) => `${part} ${suite.runId}`}
        opens={({suite}) => runAt(suite.runId)}
        columns={[
          {title: 'Suite', cell: ({suite}) => <Said text={suite.suite?.name ?? ''} />},
          {
            title: 'Of',
            cell: ({suite, part}) =>
              suite.answersCached > 0n ? `${part}, ${count(suite.answersCached)} answers from the cache` : part,
          },
          {title: 'Run', cell: ({suite}) => <RunBadge state={runWord(suite.runState)} />},
          {title: 'Cases', width: '26rem', cell: ({suite}) => suite.counts && <CountsBar of={suite.counts} unit="cases" />},
          {
            title: 'Cost',
            isNumber: true,
            cell: ({suite}) =>
              suite.costUsd === undefined ? <span class="soft">not known</span> : usd(suite.costUsd),
          },
          {
            title: 'Dataset',
            cell: ({suite}) => (
              <Copyable text={suite.suite?.datasetVersion ?? ''} short={shortHash(suite.suite?.datasetVersion ?? '')} />
            ),
          },
        ]}
      />
      {rows.some(({suite}) => suite.cause) &&
        rows
          .filter(({suite}) => suite.cause)
          .map(({suite}) => (
            <Note key={suite.runId} tone="broken" title={`The run of ${suite.suite?.name ?? ''} did not end well`}>
              <p>
                <Said text={suite.cause} />
              </p>
            </Note>
          ))}
      <p class="soft small">
        {count(rows.reduce((sum, {suite}) => sum + (suite.counts?.scheduled ?? 0n), 0n))} cases in all. Scheduled is always the sum
        of what was scored, unscored, in error, skipped, and awaiting people.
      </p>
    </Section>
  );
}
