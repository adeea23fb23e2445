// Runs, newest first.

import {useLocation} from 'preact-iso';
import {RunState_Value} from '../../gen/assay/v1/types_pb';
import type {Run} from '../../gen/assay/v1/run_pb';
import {runAt, runsAt} from '../api/addresses.ts';
import {patience, runs} from '../api/client.ts';
import {dateOf, modelName, runWord} from '../api/read.ts';
import {useCall} from '../api/use.ts';
import {count, shortId, span, usd} from '../model/format.ts';
import {RunBadge} from '../ui/badge.tsx';
import {Form, Input, Select} from '../ui/form.tsx';
import {Age, Screen} from '../ui/layout.tsx';
import {Await, Nothing} from '../ui/notes.tsx';
import {usePages} from '../ui/pages.ts';
import {Pager, Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

const states = ['PENDING', 'RUNNING', 'PAUSED', 'COMPLETE', 'ERROR', 'CANCELLED', 'STOPPED'] as const;
const stateOptions: [string, string][] = [['', 'all'], ...states.map((state): [string, string] => [state, state.toLowerCase()])];

export function tookOf(run: Run): number | undefined {
  const from = dateOf(run.startedAt);
  const to = dateOf(run.endedAt);
  return from && to ? (to.getTime() - from.getTime()) / 1000 : undefined;
}

export function RunsScreen() {
  const {query, route} = useLocation();
  const suite = query['suite'] ?? '';
  const model = query['model'] ?? '';
  const state = query['state'] ?? '';
  const key = `runs ${suite} ${model} ${state}`;
  const pages = usePages(key);
  const filter = (changed: Record<string, string>) => route(runsAt({suite, model, state, ...changed}), true);
  const loaded = useCall(
    `${key} ${pages.token}`,
    (signal) =>
      runs.listRuns(
        {
          suite,
          model,
          state: states.find((each) => each === state) ? RunState_Value[state as (typeof states)[number]] : 0,
          pageSize: 50,
          pageToken: pages.token,
        },
        {signal, timeoutMs: patience},
      ),
    10_000,
  );
  const isFiltered = suite !== '' || model !== '' || state !== '';
  return (
    <Screen title="Runs">
      <Form label="Filter of runs">
        <Input label="Suite" value={suite} onChange={(value) => filter({suite: value})} isFilter type="search" />
        <Input
          label="Model"
          value={model}
          onChange={(value) => filter({model: value})}
          placeholder="M or M@V"
          type="search"
        />
        <Select label="State" value={state} onChange={(value) => filter({state: value})} options={stateOptions} />
      </Form>
      <Await of={loaded} what="The runs">
        {({runs: found, nextPageToken}) =>
          found.length === 0 ? (
            <NoRuns isFiltered={isFiltered} />
          ) : (
            <>
              <Table
                caption="Runs, newest first"
                rows={found}
                keyOf={(run) => run.id}
                opens={(run) => runAt(run.id)}
                columns={[
                  {title: 'Run', cell: (run) => <span class="mono nowrap">{shortId(run.id)}</span>},
                  {title: 'Suite', cell: (run) => <Said text={run.suite?.name ?? ''} />},
                  {title: 'Model', cell: (run) => <Said text={modelName(run.model)} />},
                  {title: 'State', cell: (run) => <RunBadge state={runWord(run.state)} />},
                  {
                    title: 'Ended',
                    isNumber: true,
                    cell: ({counts}) =>
                      counts && `${count(counts.scheduled - counts.outstanding)}/${count(counts.scheduled)}`,
                  },
                  {title: 'Errors', isNumber: true, cell: ({counts}) => counts && count(counts.error)},
                  {
                    title: 'Took',
                    isNumber: true,
                    cell: (run) => {
                      const took = tookOf(run);
                      return took === undefined ? '–' : span(took);
                    },
                  },
                  {title: 'Cost', isNumber: true, cell: (run) => (run.costUsd === undefined ? '–' : usd(run.costUsd))},
                  {title: 'Created', cell: (run) => <Age of={dateOf(run.createdAt)} />},
                ]}
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
    </Screen>
  );
}

function NoRuns({isFiltered}: {isFiltered: boolean}) {
  if (isFiltered) {
    return (
      <Nothing title="No run fits the filter">
        <p>
          Names are compared as a whole. <a href={runsAt()}>Show all runs</a>.
        </p>
      </Nothing>
    );
  }
  return (
    <Nothing title="Nothing has run yet">
      <p>A check of a gate starts the runs that it needs. One by itself is started like this:</p>
      <pre>assay run start --suite SUITE --model MODEL@VERSION --wait</pre>
    </Nothing>
  );
}
