// One run: how far it is and how fast, what went wrong and why, and its cases.

import {useLocation, useRoute} from 'preact-iso';
import {useEffect, useState} from 'preact/hooks';
import {TrialStatus_Value, type JudgeCalibration} from '../../gen/assay/v1/types_pb';
import type {Run} from '../../gen/assay/v1/run_pb';
import {caseAt, documentAt, modelAt, runAt, runsAt} from '../api/addresses.ts';
import {patience, runs} from '../api/client.ts';
import {dateOf, isFinal, modelName, runWord} from '../api/read.ts';
import {useAction, useCall, useStream} from '../api/use.ts';
import {causesOf, type Cause} from '../model/causes.ts';
import {amount, count, percent, shortId, span, usd} from '../model/format.ts';
import {addSighting, rateOf, secondsLeft, type Sighting} from '../model/rate.ts';
import {RunBadge} from '../ui/badge.tsx';
import {CountsBar} from '../ui/counts.tsx';
import {Button} from '../ui/form.tsx';
import {Age, Copyable, Facts, Screen, Section} from '../ui/layout.tsx';
import {Await, Failed, Note} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';
import {Cases} from './cases.tsx';
import {tookOf} from './runs.tsx';

export function RunScreen() {
  const {params} = useRoute();
  const id = params['id'] ?? '';
  const loaded = useStream(`run ${id}`, (signal) => runs.watchRun({id}, {signal}));
  const run = loaded.value?.run;
  return (
    <Screen
      title={run ? `${run.suite?.name ?? ''} by ${modelName(run.model)}` : 'Run'}
      path={[{title: 'Runs', at: runsAt()}]}
      badge={run && <RunBadge state={runWord(run.state)} />}
      actions={run && <Actions run={run} />}
    >
      <Await of={loaded} what="The run">{() => run && <Found run={run} />}</Await>
    </Screen>
  );
}

function Found({run}: {run: Run}) {
  const state = runWord(run.state);
  return (
    <>
      {run.error && (
        <Note tone={state === 'ERROR' ? 'broken' : 'unsure'} title={`Why it is ${state.toLowerCase()}`}>
          <p>
            <Said text={run.error} />
          </p>
        </Note>
      )}
      <Progress run={run} />
      <Errors run={run} />
      <Judges id={run.id} isFinal={isFinal(state)} />
      <Cases run={run} />
    </>
  );
}

function useSightings(run: Run): Sighting[] {
  const [seen, setSeen] = useState<Sighting[]>([]);
  const done = Number((run.counts?.scheduled ?? 0n) - (run.counts?.outstanding ?? 0n));
  useEffect(() => setSeen((before) => addSighting(before, {at: performance.now(), done})), [done]);
  return seen;
}

function Progress({run}: {run: Run}) {
  const seen = useSightings(run);
  const state = runWord(run.state);
  const took = tookOf(run);
  const ended = Number((run.counts?.scheduled ?? 0n) - (run.counts?.outstanding ?? 0n));
  const rate = state === 'RUNNING' ? rateOf(seen) : took && took > 0 ? ended / took : undefined;
  const left = state === 'RUNNING' ? secondsLeft(Number(run.counts?.outstanding ?? 0n), rate) : undefined;
  return (
    <section class="card section" aria-label="Progress">
      {run.counts && <CountsBar of={run.counts} unit="trials" />}
      <Facts
        figures
        of={[
          ['Throughput', rate === undefined ? '–' : `${amount(rate, 'number')} trials/s`],
          left !== undefined ? ['Left', span(left)] : ['Took', took === undefined ? '–' : span(took)],
          ['Tokens in', count(run.tokensIn)],
          ['Tokens out', count(run.tokensOut)],
          ['Cost', run.costUsd === undefined ? 'not known' : usd(run.costUsd)],
        ]}
      />
      <Facts
        of={[
          ['Cases', `${count(run.cases)}${run.trialsPerCase > 1 ? `, ${run.trialsPerCase} trials each` : ''}`],
          ['Suite', <a href={documentAt('suite', run.suite?.name ?? '')}>{run.suite?.name}</a>],
          ['Model', <a href={modelAt(run.model?.name ?? '', run.model?.version ?? '')}>{modelName(run.model)}</a>],
          ['Created', <><Age of={dateOf(run.createdAt)} /> by <Said text={run.principal} /></>],
          run.retryOf !== '' && ['Asks again for', <a href={runAt(run.retryOf)}>errors of another run</a>],
          run.answersCached > 0n && ['From the cache', count(run.answersCached)],
          run.budgetUsd !== undefined && ['Budget', usd(run.budgetUsd)],
          ['Run', <Copyable text={run.id} short={shortId(run.id)} />],
        ]}
      />
    </section>
  );
}

function Actions({run}: {run: Run}) {
  const {route} = useLocation();
  const state = runWord(run.state);
  const {id} = run;
  const options = {timeoutMs: 2 * patience};
  const reason = 'on the web page';
  const pause = useAction(async () => void (await runs.pauseRun({id, reason}, options)));
  const resume = useAction(async () => void (await runs.resumeRun({id}, options)));
  const cancel = useAction(async () => void (await runs.cancelRun({id, reason}, options)));
  const retry = useAction(async () => {
    const {run: next} = await runs.retryRun({id, requestId: crypto.randomUUID()}, options);
    if (next) route(runAt(next.id));
  });
  const [isSure, setSure] = useState(false);
  const failed = [pause, resume, cancel, retry].find((action) => action.problem);
  const hasErrors = (run.counts?.error ?? 0n) + (run.counts?.skipped ?? 0n) > 0n;
  return (
    <>
      {(state === 'RUNNING' || state === 'PENDING') && <Button action={pause}>Pause</Button>}
      {state === 'PAUSED' && <Button action={resume}>Go on</Button>}
      {!isFinal(state) &&
        (isSure ? (
          <Button action={cancel}>Cancel it for good</Button>
        ) : (
          <button type="button" class="button" onClick={() => setSure(true)}>
            Cancel…
          </button>
        ))}
      {isFinal(state) && hasErrors && <Button action={retry}>Ask again for the errors</Button>}
      {failed?.problem && <Failed what="It was not done" problem={failed.problem} again={failed.run} />}
    </>
  );
}

const errorsRead = 1000;

async function readErrors(runId: string, signal: AbortSignal): Promise<Cause[]> {
  const {trials} = await runs.listResults(
    {runId, status: TrialStatus_Value.ERROR, omitResponses: true, pageSize: errorsRead},
    {signal, timeoutMs: patience},
  );
  return causesOf(
    trials.map((trial) => ({
      ordinal: Number(trial.ordinal),
      caseId: trial.caseId,
      message: trial.error || trial.scores.map((score) => score.reason).find((reason) => reason !== '') || 'no reason given',
    })),
  );
}

function Errors({run}: {run: Run}) {
  const errors = run.counts?.error ?? 0n;
  // Read again as they become more, in steps, so that a run full of errors is not read all the time.
  const step = errors === 0n ? 0 : Math.floor(Math.log2(Number(errors)));
  const key = errors === 0n ? '' : `errors ${run.id} ${isFinal(runWord(run.state)) ? `all ${errors}` : step}`;
  const loaded = useCall(key, (signal) => readErrors(run.id, signal));
  if (errors === 0n) return null;
  const says = Number(errors) > errorsRead ? `Of the first ${count(errorsRead)} of ${count(errors)} errors.` : undefined;
  return (
    <Section title="Errors by cause" says={says}>
      <Await of={loaded} what="The errors">
        {(causes) => (
          <Table
            caption="Errors by cause"
            rows={causes}
            keyOf={(cause) => cause.message}
            columns={[
              {title: 'Cause', isProse: true, isPlain: true, cell: (cause) => <Said text={cause.message} />},
              {title: 'Trials', isNumber: true, cell: (cause) => count(cause.count)},
              {title: 'Share', isNumber: true, cell: (cause) => percent(cause.count, Number(run.counts?.scheduled ?? 0n))},
              {
                title: 'For example',
                cell: (cause) => (
                  <span class="row">
                    {cause.examples.map((each) => (
                      <a key={each.ordinal} href={caseAt(run.id, each.ordinal)}>
                        <Said text={each.caseId} />
                      </a>
                    ))}
                  </span>
                ),
              },
            ]}
          />
        )}
      </Await>
    </Section>
  );
}

function Judges({id, isFinal: ended}: {id: string; isFinal: boolean}) {
  const loaded = useCall(`judges ${id} ${ended}`, async (signal) => {
    const {run} = await runs.getRun({id}, {signal, timeoutMs: patience});
    return run?.judges ?? [];
  });
  if (!loaded.value || loaded.value.length === 0) return null;
  const share = (judge: JudgeCalibration, of: 'sensitivity' | 'specificity') =>
    `${amount(judge[of]?.value, 'share')} (${amount(judge[of]?.lower, 'share')} to ${amount(judge[of]?.upper, 'share')})`;
  return (
    <Section title="Judges" says="How often they are wrong, by sentinels whose labels people gave.">
      <Table
        caption="Judges of this run"
        rows={loaded.value}
        keyOf={(judge) => judge.grader}
        columns={[
          {title: 'Grader', cell: (judge) => <Said text={judge.grader} />},
          {title: 'Judge', cell: (judge) => <Said text={judge.judge} />},
          {title: 'Passes what people pass', cell: (judge) => share(judge, 'sensitivity')},
          {title: 'Fails what people fail', cell: (judge) => share(judge, 'specificity')},
          {title: 'Agreement', isNumber: true, cell: (judge) => amount(judge.agreement, 'share')},
          {title: 'Sentinels', isNumber: true, cell: (judge) => count(judge.humanPasses + judge.humanFails)},
        ]}
      />
    </Section>
  );
}
