// One gate: its rules over time, its verdicts, and a check of another candidate.

import {useLocation, useRoute} from 'preact-iso';
import {useMemo, useState} from 'preact/hooks';
import {DocumentKind_Value, WaiverState_Value, type RuleOutcome, type Verdict} from '../../gen/assay/v1/types_pb';
import type {Waiver} from '../../gen/assay/v1/waivers_pb';
import {checkAt, documentAt, gatesAt, verdictAt} from '../api/addresses.ts';
import {catalog, gates, models, patience, waivers} from '../api/client.ts';
import {
  dateOf,
  decidingPart,
  decisionOf,
  isWaived,
  modelName,
  thresholdOf,
  unitOfRule,
  verdictWord,
} from '../api/read.ts';
import {useAction, useCall} from '../api/use.ts';
import {amount, asked, plural, signed} from '../model/format.ts';
import {VerdictBadge, WordBadge} from '../ui/badge.tsx';
import {Chart, type Point} from '../ui/chart.tsx';
import {Form, Input, Select} from '../ui/form.tsx';
import {Age, Screen, Section} from '../ui/layout.tsx';
import {Await, Note, Nothing} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';
import {descriptionOf} from './gates.tsx';

const verdictsShown = 50;

async function readGate(name: string, signal: AbortSignal) {
  const options = {signal, timeoutMs: patience};
  const [{document}, {verdicts}, {checks}, {waivers: waived}, {models: known}] = await Promise.all([
    catalog.getDocument({kind: DocumentKind_Value.GATE, name}, options),
    gates.listVerdicts({gate: name, pageSize: verdictsShown}, options),
    gates.listChecks({gate: name, pageSize: 20}, options),
    waivers.listWaivers({gate: name, pageSize: 50}, options),
    models.listModels({pageSize: 200}, options),
  ]);
  return {
    json: document?.json ?? '',
    verdicts,
    pending: checks.filter((check) => verdictWord(check.state) === 'PENDING'),
    waived,
    candidates: known.map((model) => modelName(model.ref)),
  };
}

export function GateScreen() {
  const {params} = useRoute();
  const name = params['name'] ?? '';
  const loaded = useCall(`gate ${name}`, (signal) => readGate(name, signal), 15_000);
  const newest = loaded.value?.verdicts[0];
  return (
    <Screen
      title={name}
      path={[{title: 'Gates', at: gatesAt}]}
      badge={newest && <VerdictBadge state={decisionOf(newest)} large {...(isWaived(newest) ? {by: 'by waiver'} : {})} />}
      actions={<a class="button" href={documentAt('gate', name)}>Document</a>}
    >
      <Await of={loaded} what="The gate">
        {(gate) => (
          <>
            {descriptionOf(gate.json) && (
              <p class="lead">
                <Said text={descriptionOf(gate.json)} />
              </p>
            )}
            {gate.pending.map((check) => (
              <Note key={check.id} tone="waits" title={`${modelName(check.candidate)} is being checked`}>
                <p>
                  <a href={checkAt(check.id)}>What it waits for</a>
                </p>
              </Note>
            ))}
            <CheckForm gate={name} candidates={gate.candidates} />
            {gate.verdicts.length === 0 ? (
              <Nothing title="No candidate was checked yet">
                <p>Choose one above, or have your pipeline ask:</p>
                <pre>{`assay gate check ${name} --candidate MODEL@VERSION`}</pre>
              </Nothing>
            ) : (
              <>
                <OverTime verdicts={gate.verdicts} />
                <Verdicts of={gate.verdicts} />
              </>
            )}
            {gate.waived.length > 0 && <Waivers of={gate.waived} />}
          </>
        )}
      </Await>
    </Screen>
  );
}

function CheckForm({gate, candidates}: {gate: string; candidates: string[]}) {
  const {route} = useLocation();
  const [candidate, setCandidate] = useState(candidates[0] ?? '');
  const action = useAction(async () => {
    const {check} = await gates.checkGate({gate, candidate, requestId: crypto.randomUUID()}, {timeoutMs: patience});
    if (check) route(check.verdict ? verdictAt(check.verdict.id) : checkAt(check.id));
  });
  return (
    <Form label="Check a candidate" submit="Check" action={action} failed="The check was not begun">
      {candidates.length > 0 ? (
        <Select
          label="Check a candidate"
          value={candidate}
          onChange={setCandidate}
          options={candidates.map((each) => [each, each])}
        />
      ) : (
        <Input label="Check a candidate" value={candidate} onChange={setCandidate} placeholder="MODEL@VERSION" />
      )}
    </Form>
  );
}

interface Series {
  points: Point[];
  margins: Point[];
  rule: RuleOutcome;
}

// Of one rule, oldest first; of the part that decided.
function seriesOf(verdicts: Verdict[], name: string): Series | undefined {
  const points: Point[] = [];
  const margins: Point[] = [];
  let newest: RuleOutcome | undefined;
  for (const verdict of [...verdicts].reverse()) {
    const at = dateOf(verdict.decidedAt);
    const rule = verdict.rules.find((each) => each.rule === name);
    const part = rule && decidingPart(rule);
    if (!at || !rule) continue;
    newest = rule;
    points.push({at, value: part?.estimate?.value, lower: part?.estimate?.lower, upper: part?.estimate?.upper});
    margins.push({at, value: part?.margin});
  }
  return newest && {points, margins, rule: newest};
}

function OverTime({verdicts}: {verdicts: Verdict[]}) {
  const names = [...new Set(verdicts.flatMap((verdict) => verdict.rules.map((rule) => rule.rule)))];
  const [chosen, setChosen] = useState(names[0] ?? '');
  const series = useMemo(() => seriesOf(verdicts, chosen), [verdicts, chosen]);
  if (!series) return null;
  const {rule, points, margins} = series;
  const unit = unitOfRule(rule);
  const threshold = thresholdOf(rule);
  const last = points.at(-1);
  return (
    <Section title="Over time" says={`Of the last ${plural(points.length, 'verdict')}; the figures stand in the table below.`}>
      <Form label="Rule to draw">
        <Select label="Rule" value={chosen} onChange={setChosen} options={names.map((name) => [name, name])} isFilter />
      </Form>
      <div class="columns even">
        <figure class="card stack">
          <figcaption>
            <h3>
              {rule.metric || rule.grader || rule.kind} <span class="soft">with its interval; dashed: {asked(rule.asks)}</span>
            </h3>
          </figcaption>
          <Chart
            label={`${chosen} over ${plural(points.length, 'verdict')}; last ${amount(last?.value, unit)}, asked ${rule.asks}`}
            {...{points, threshold, unit}}
          />
        </figure>
        <figure class="card stack">
          <figcaption>
            <h3>
              Margin <span class="soft">above the dashed line passes</span>
            </h3>
          </figcaption>
          <Chart
            label={`Margin of ${chosen}; last ${signed(margins.at(-1)?.value, unit)}`}
            points={margins}
            unit={unit}
            isMargin
          />
        </figure>
      </div>
    </Section>
  );
}

// Of the rules that decided: the one with the least room.
function thinnest(verdict: Verdict): RuleOutcome | undefined {
  const deciding = verdict.rules.filter((rule) => verdict.decidingRules.includes(rule.rule));
  const marginOf = (rule: RuleOutcome) => decidingPart(rule)?.margin ?? Infinity;
  return [...deciding].sort((a, b) => marginOf(a) - marginOf(b))[0];
}

function Verdicts({of}: {of: Verdict[]}) {
  return (
    <Section title="Verdicts" says="Newest first; each names the one before it, so that none can be taken out.">
      <Table
        caption="Verdicts of this gate"
        rows={of}
        keyOf={(verdict) => verdict.id}
        opens={(verdict) => verdictAt(verdict.id)}
        columns={[
          {title: 'No.', cell: (verdict) => (verdict.sequence > 0n ? `#${verdict.sequence}` : 'open')},
          {
            title: 'Decision',
            cell: (verdict) => (
              <VerdictBadge state={decisionOf(verdict)} {...(isWaived(verdict) ? {by: 'by waiver'} : {})} />
            ),
          },
          {title: 'Candidate', cell: (verdict) => <Said text={modelName(verdict.candidate)} />},
          {title: 'Baseline', cell: (verdict) => <Said text={modelName(verdict.baseline) || '–'} />},
          {
            title: 'Rule that decided',
            cell: (verdict) => {
              const rule = thinnest(verdict);
              return rule ? <Said text={rule.rule} /> : <span class="soft">none</span>;
            },
          },
          {
            title: 'Margin',
            isNumber: true,
            cell: (verdict) => {
              const rule = thinnest(verdict);
              return rule ? signed(decidingPart(rule)?.margin, unitOfRule(rule)) : '';
            },
          },
          {title: 'Decided', cell: (verdict) => <Age of={dateOf(verdict.decidedAt)} />},
          {title: 'By', cell: (verdict) => <Said text={verdict.principal} />},
        ]}
      />
    </Section>
  );
}

const waiverTones = {LIVE: 'unsure', REQUESTED: 'waits', EXPIRED: 'idle', REVOKED: 'idle', UNSPECIFIED: 'idle'} as const;

function Waivers({of}: {of: Waiver[]}) {
  const stateOf = (waiver: Waiver) => WaiverState_Value[waiver.state] as keyof typeof waiverTones;
  return (
    <Section title="Waivers" says="Exceptions that people have asked for; the verdicts stay as they were evaluated.">
      <Table
        caption="Waivers of this gate"
        rows={of}
        keyOf={(waiver) => waiver.id}
        opens={(waiver) => verdictAt(waiver.verdictId)}
        columns={[
          {title: 'Rules', cell: (waiver) => <Said text={waiver.rules.map((each) => each.rule).join(', ')} />},
          {title: 'State', cell: (waiver) => <WordBadge word={stateOf(waiver)} tone={waiverTones[stateOf(waiver)]} />},
          {title: 'Candidate', cell: (waiver) => <Said text={modelName(waiver.candidate)} />},
          {title: 'Reason', isProse: true, cell: (waiver) => <Said text={`${waiver.reason} (${waiver.ticket})`} />},
          {title: 'Asked by', cell: (waiver) => <Said text={waiver.requester} />},
          {
            title: 'Approved',
            cell: (waiver) => (
              <Said
                text={`${waiver.approvals.length} of ${waiver.approvalsNeeded} ${waiver.approvals.map((each) => each.principal).join(', ')}`}
              />
            ),
          },
          {title: 'Until', cell: (waiver) => <span class="nowrap">{dateOf(waiver.expiresAt)?.toISOString().slice(0, 10)}</span>},
        ]}
      />
    </Section>
  );
}
