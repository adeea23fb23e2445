// The cases of a run, with filters that stay in the address.

import {useLocation} from 'preact-iso';
import {DocumentKind_Value, TrialStatus_Value, type Trial} from '../../gen/assay/v1/types_pb';
import type {Run} from '../../gen/assay/v1/run_pb';
import {caseAt, runAt} from '../api/addresses.ts';
import {catalog, patience, runs} from '../api/client.ts';
import {isFinal, runWord, secondsOf, trialWord} from '../api/read.ts';
import {useCall} from '../api/use.ts';
import {span} from '../model/format.ts';
import {TrialBadge} from '../ui/badge.tsx';
import {Form, LateInput, Select} from '../ui/form.tsx';
import {Section} from '../ui/layout.tsx';
import {Await, Nothing} from '../ui/notes.tsx';
import {usePages} from '../ui/pages.ts';
import {Pager, Table, type Column} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';
import {ScoreBadge} from './answers.tsx';

const statuses = ['SCORED', 'UNSCORED', 'ERROR', 'SKIPPED', 'AWAITING_HUMAN'] as const;
const perPage = 25;
const gradersShown = 6;
const firstCharacters = 160;

// Of a suite whose name the catalog still has; a run that has stored trials tells by itself.
async function gradersOf(suite: string, signal: AbortSignal): Promise<string[]> {
  const {document} = await catalog.getDocument({kind: DocumentKind_Value.SUITE, name: suite}, {signal, timeoutMs: patience});
  const parsed = JSON.parse(document?.json ?? '{}') as {graders?: {name?: unknown}[]};
  return (parsed.graders ?? []).map((grader) => grader.name).filter((name) => typeof name === 'string');
}

export function Cases({run}: {run: Run}) {
  const {query, route} = useLocation();
  const status = query['status'] ?? '';
  const grader = query['failed'] ?? '';
  const caseId = query['case'] ?? '';
  const key = `cases ${run.id} ${status} ${grader} ${caseId}`;
  const pages = usePages(key);
  const isLive = !isFinal(runWord(run.state));
  const filter = (changed: Record<string, string>) =>
    route(runAt(run.id, {status, failed: grader, case: caseId, ...changed}), true);
  const loaded = useCall(
    `${key} ${pages.token} ${isLive ? '' : 'all'}`,
    (signal) =>
      runs.listResults(
        {
          runId: run.id,
          status: statuses.find((each) => each === status) ? TrialStatus_Value[status as (typeof statuses)[number]] : 0,
          failedGrader: grader,
          caseId,
          pageSize: perPage,
          pageToken: pages.token,
        },
        {signal, timeoutMs: patience},
      ),
    isLive ? 3000 : undefined,
  );
  const known = useCall(`graders ${run.suite?.name}`, (signal) => gradersOf(run.suite?.name ?? '', signal));
  const graders = known.value ?? loaded.value?.trials[0]?.scores.map((score) => score.grader) ?? [];
  return (
    <Section title="Cases">
      <Form label="Filter of cases">
        <Select
          label="Counted as"
          value={status}
          onChange={(value) => filter({status: value})}
          options={[['', 'all'], ...statuses.map((each): [string, string] => [each, each.toLowerCase().replace('_', ' ')])]}
          isFilter
        />
        <Select
          label="Fails the grader"
          value={grader}
          onChange={(value) => filter({failed: value})}
          options={[['', 'any'], ...graders.map((name): [string, string] => [name, name])]}
        />
        <LateInput label="Case" type="search" placeholder="its whole id" value={caseId} onChange={(value) => filter({case: value})} />
      </Form>
      <Await of={loaded} what="The cases">
        {({trials, nextPageToken}) =>
          trials.length === 0 ? (
            <NoCases isFiltered={status !== '' || grader !== '' || caseId !== ''} run={run} />
          ) : (
            <>
              <Table
                caption="Trials of this run"
                rows={trials}
                keyOf={(trial) => `${trial.ordinal} ${trial.trial}`}
                opens={(trial) => caseAt(run.id, trial.ordinal)}
                columns={columnsOf(run, graders.slice(0, gradersShown))}
              />
              <Pager
                page={pages.page}
                hasNext={nextPageToken !== ''}
                onNext={() => pages.next(nextPageToken)}
                onBefore={pages.before}
              />
            </>
          )
        }
      </Await>
    </Section>
  );
}

function columnsOf(run: Run, graders: string[]): Column<Trial>[] {
  return [
    {title: 'Case', cell: (trial) => <Said text={trial.caseId} />},
    ...(run.trialsPerCase > 1 ? [{title: 'Trial', isNumber: true, cell: (trial: Trial) => trial.trial + 1}] : []),
    {title: 'Counted as', cell: (trial) => <TrialBadge state={trialWord(trial.status)} />},
    ...graders.map((grader) => ({
      title: grader,
      cell: (trial: Trial) => <ScoreBadge score={trial.scores.find((score) => score.grader === grader)} />,
    })),
    {
      title: 'Latency',
      isNumber: true,
      cell: (trial) => {
        const seconds = secondsOf(trial.response?.latency);
        return seconds === undefined ? '–' : span(seconds);
      },
    },
    {title: 'Answer', isProse: true, width: '40%', cell: (trial) => <Beginning trial={trial} />},
  ];
}

function Beginning({trial}: {trial: Trial}) {
  const text = trial.error || trial.response?.text || '';
  const short = text.length > firstCharacters ? `${text.slice(0, firstCharacters)}…` : text;
  return <span class={trial.error ? '' : 'soft'}>{short ? <Said text={short} /> : 'empty'}</span>;
}

function NoCases({isFiltered, run}: {isFiltered: boolean; run: Run}) {
  if (isFiltered) {
    return (
      <Nothing title="No trial fits the filter">
        <p>
          <a href={runAt(run.id)}>Show all of this run</a>.
        </p>
      </Nothing>
    );
  }
  return (
    <Nothing title="No trial has ended yet">
      <p>They appear here as they come. The endpoint of the model may be slow, or not answer: its errors would stand above.</p>
    </Nothing>
  );
}
