// One case of a run: what was asked, what came back, what the graders made of it, and how it went before.

import {useLocation, useRoute} from 'preact-iso';
import {useState} from 'preact/hooks';
import {RunState_Value, type ConversationMessage, type Trial} from '../../gen/assay/v1/types_pb';
import type {Run} from '../../gen/assay/v1/run_pb';
import {caseAt, runAt, runsAt} from '../api/addresses.ts';
import {patience, runs} from '../api/client.ts';
import {dateOf, modelName, trialWord} from '../api/read.ts';
import {useCall, type Loaded} from '../api/use.ts';
import {moment} from '../model/format.ts';
import {TrialBadge} from '../ui/badge.tsx';
import {Form, Select} from '../ui/form.tsx';
import {Age, Facts, Screen, Section} from '../ui/layout.tsx';
import {Await, Note} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said, Text} from '../ui/text.tsx';
import {Answers, ScoreBadge, Scores, type Titles} from './answers.tsx';

const runsLookedAt = 20;

async function readCase(id: string, ordinal: bigint, signal: AbortSignal) {
  const options = {signal, timeoutMs: patience};
  const [{run}, {case: asked}, {trials}] = await Promise.all([
    runs.getRun({id}, options),
    runs.getCase({runId: id, ordinal}, options),
    runs.listResults({runId: id, ordinals: [ordinal], pageSize: 200}, options),
  ]);
  if (!run || !asked) throw new Error('the answer holds no case');
  return {run, asked, trials};
}

// The same case by its id, wherever it stands in other versions of the dataset.
async function readHistory(run: Run, caseId: string, signal: AbortSignal) {
  const options = {signal, timeoutMs: patience};
  const {runs: others} = await runs.listRuns({suite: run.suite?.name ?? '', pageSize: runsLookedAt}, options);
  const found = await Promise.all(
    others.map(async (other) => {
      const {trials} = await runs.listResults({runId: other.id, caseId, omitResponses: true, pageSize: 20}, options);
      return {run: other, trials};
    }),
  );
  return found.filter(({trials}) => trials.length > 0);
}

type Past = Awaited<ReturnType<typeof readHistory>>[number];

// What it is best compared with: the newest complete run of another version of a model, else any other.
function likelyBaseline(run: Run, history: Past[]): string {
  const others = history.filter((past) => past.run.id !== run.id);
  const other = others.find(
    (past) =>
      past.run.state === RunState_Value.COMPLETE && past.run.model?.contentVersion !== run.model?.contentVersion,
  );
  return (other ?? others[0])?.run.id ?? '';
}

export function CaseScreen() {
  const {params} = useRoute();
  const id = params['id'] ?? '';
  const ordinal = /^\d{1,15}$/.test(params['ordinal'] ?? '') ? BigInt(params['ordinal'] ?? '') : -1n;
  const loaded = useCall(`case ${id} ${ordinal}`, (signal) => readCase(id, ordinal, signal));
  const found = loaded.value;
  return (
    <Screen
      title={found ? `Case ${found.asked.caseId}` : 'Case'}
      path={[
        {title: 'Runs', at: runsAt()},
        {title: found ? `${found.run.suite?.name ?? ''} by ${modelName(found.run.model)}` : 'Run', at: runAt(id)},
      ]}
      badge={found?.trials[0] && <TrialBadge state={trialWord(found.trials[0].status)} />}
      actions={found && <Neighbours run={found.run} ordinal={ordinal} />}
    >
      <Await of={loaded} what="The case">
        {({run, asked, trials}) => (
          <>
            <Section title="Prompt">
              {asked.promptError ? (
                <Note tone="unsure" title="The prompt cannot be shown">
                  <p>
                    <Said text={asked.promptError} />
                  </p>
                </Note>
              ) : (
                <Conversation messages={asked.prompt} />
              )}
            </Section>
            <Compared run={run} caseId={asked.caseId} trials={trials} />
            <Section title="Fields of the case" says={`Number ${asked.ordinal} of the dataset, from 0${provenanceOf(asked.fields)}`}>
              <Fields json={asked.fields} />
            </Section>
          </>
        )}
      </Await>
    </Screen>
  );
}

// Where the dataset says so.
function provenanceOf(fields: string): string {
  const provenance = entriesOf(fields).find(([name]) => name === 'provenance')?.[1];
  return typeof provenance === 'string' ? `; comes from ${provenance}` : '';
}

function Neighbours({run, ordinal}: {run: Run; ordinal: bigint}) {
  const {route, query} = useLocation();
  const go = (to: bigint) => route(caseAt(run.id, to, query['with'] ?? ''));
  return (
    <>
      <button type="button" class="button" data-key="p" disabled={ordinal <= 0n} onClick={() => go(ordinal - 1n)}>
        Case before <kbd aria-hidden="true">p</kbd>
      </button>
      <button
        type="button"
        class="button"
        data-key="n"
        disabled={ordinal + 1n >= run.cases}
        onClick={() => go(ordinal + 1n)}
      >
        Next case <kbd aria-hidden="true">n</kbd>
      </button>
    </>
  );
}

function Conversation({messages}: {messages: ConversationMessage[]}) {
  return (
    <div class="section">
      {messages.map((message, at) => (
        <section key={at} class="message" aria-label={message.role}>
          <h3>{message.role}</h3>
          {message.content !== '' && <Text text={message.content} label={`${message.role} message`} />}
          {message.images.map((image) => (
            <p key={image} class="small">
              Picture, not loaded: <Said text={image} />
            </p>
          ))}
          {message.toolCalls.map((call) => (
            <Text key={call.id} text={`${call.name}(${call.arguments})`} label={`Call of ${message.role}`} />
          ))}
        </section>
      ))}
    </div>
  );
}

interface ComparedProps {
  run: Run;
  caseId: string;
  trials: Trial[];
}

function Compared({run, caseId, trials}: ComparedProps) {
  const {query, route} = useLocation();
  const [at, setAt] = useState(0);
  const history = useCall(`history ${run.id} ${caseId}`, (signal) => readHistory(run, caseId, signal));
  const past = history.value ?? [];
  const wanted = query['with'] ?? '';
  const other = wanted === '' ? likelyBaseline(run, past) : wanted;
  const baseline = past.find((each) => each.run.id === other && each.run.id !== run.id);
  const answers = useCall(baseline ? `answers ${baseline.run.id} ${caseId}` : '', (signal) =>
    runs.listResults({runId: other, caseId, pageSize: 20}, {signal, timeoutMs: patience}),
  );
  const trial = trials[at] ?? trials[0];
  const others = answers.value?.trials ?? [];
  const isAwaited = wanted !== 'none' && isComing(baseline ? answers : history);
  const before = others.find((each) => each.trial === trial?.trial) ?? others[0];
  const ordinal = trial?.ordinal ?? 0n;
  const titles = titlesOf(run, baseline?.run);
  const options: [string, string][] = [
    ['none', 'nothing'],
    ...past.filter((each) => each.run.id !== run.id).map(({run: each}): [string, string] => [each.id, titleOf(each)]),
  ];
  return (
    <>
      <Section title="Answers">
        <Form label="What is shown">
          {trials.length > 1 && (
            <Select
              label="Trial"
              value={String(at)}
              onChange={(value) => setAt(Number(value))}
              options={trials.map((each, index): [string, string] => [String(index), `${each.trial + 1} of ${trials.length}`])}
            />
          )}
          <Select
            label="Compare with"
            value={baseline?.run.id ?? 'none'}
            onChange={(value) => route(caseAt(run.id, ordinal, value), true)}
            options={options}
            isFilter
          />
        </Form>
        <Answers candidate={trial} baseline={before} titles={titles} isAwaited={isAwaited} />
        {trial && trial.response && trial.response.transcript.length > 0 && (
          <details>
            <summary>The conversation before this answer</summary>
            <Conversation messages={trial.response.transcript} />
          </details>
        )}
      </Section>
      <Section title="Scores">
        <Scores candidate={trial} baseline={before} titles={titles} />
      </Section>
      <Section title="Over runs" says={`Among the last ${runsLookedAt} runs of this suite`}>
        <Await of={history} what="Earlier runs">{(found) => <History of={found} current={run.id} />}</Await>
      </Section>
    </>
  );
}

const isComing = ({value, isLoading}: Loaded<unknown>): boolean => value === undefined && isLoading;

function titlesOf(run: Run, other: Run | undefined): Titles {
  const candidate = modelName(run.model);
  const baseline = modelName(other?.model);
  return candidate === baseline ? {candidate, baseline: `${baseline}, other run`} : {candidate, baseline};
}

function titleOf(run: Run): string {
  const created = dateOf(run.createdAt);
  return `${modelName(run.model)}, ${created ? moment(created) : ''}`;
}

function History({of, current}: {of: Past[]; current: string}) {
  return (
    <Table
      caption="This case over runs"
      rows={of}
      keyOf={({run}) => run.id}
      opens={({run, trials}) => caseAt(run.id, trials[0]?.ordinal ?? 0n)}
      columns={[
        {title: 'Model', cell: ({run}) => <Said text={modelName(run.model) + (run.id === current ? ' (this one)' : '')} />},
        {title: 'Counted as', cell: ({trials}) => <TrialBadge state={trialWord(trials[0]?.status ?? 0)} />},
        {
          title: 'Scores',
          cell: ({trials}) => (
            <span class="row">
              {trials[0]?.scores.map((score) => (
                <span key={score.grader} class="nowrap">
                  <span class="soft small">{score.grader}</span> <ScoreBadge score={score} />
                </span>
              ))}
            </span>
          ),
        },
        {title: 'Run', cell: ({run}) => <Age of={dateOf(run.createdAt)} />},
      ]}
    />
  );
}

const longestInLine = 400;

function Field({name, text}: {name: string; text: string}) {
  return text.length > longestInLine ? <Text text={text} label={`Field ${name}`} /> : <Said text={text} />;
}

function entriesOf(json: string): [string, unknown][] {
  const fields: unknown = JSON.parse(json || '{}');
  return typeof fields === 'object' && fields !== null ? Object.entries(fields) : [['', fields]];
}

function Fields({json}: {json: string}) {
  const fields = entriesOf(json);
  return (
    <div class="card">
      <Facts
        of={fields.map(([name, value]) => [
          name,
          <Field name={name} text={typeof value === 'string' ? value : JSON.stringify(value)} />,
        ])}
      />
    </div>
  );
}
