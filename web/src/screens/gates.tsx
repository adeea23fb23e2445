// Every gate: what was decided last, by which margins, how long ago, and what is waived.

import {gates, catalog, patience, releases, waivers} from '../api/client.ts';
import {dateOf, decidingPart, decisionOf, isBlocking, isWaived, modelName, unitOfRule, verdictWord} from '../api/read.ts';
import {useCall} from '../api/use.ts';
import {checkAt, gateAt, verdictAt} from '../api/addresses.ts';
import {BlockerState_Value, DocumentKind_Value, WaiverState_Value, type RuleOutcome, type Verdict} from '../../gen/assay/v1/types_pb';
import type {Check} from '../../gen/assay/v1/gate_pb';
import {plural, signed} from '../model/format.ts';
import {RuleChip, VerdictBadge, WordBadge} from '../ui/badge.tsx';
import {Age, Screen} from '../ui/layout.tsx';
import {Await, Nothing} from '../ui/notes.tsx';
import {Said} from '../ui/text.tsx';
import {Table} from '../ui/table.tsx';
import {Schedules} from './schedules.tsx';

interface Gate {
  name: string;
  description: string;
  verdict: Verdict | undefined;
  pending: Check | undefined; // newer than the verdict
  requested: number; // waivers that lack approvals
  open: number; // blockers of the candidate that nobody has answered
}

const callsAtOnce = 6;
const everyMs = 15_000;

export function descriptionOf(json: string): string {
  try {
    const document: unknown = JSON.parse(json);
    const said = (document as {description?: unknown} | null)?.description;
    return typeof said === 'string' ? said : '';
  } catch {
    return '';
  }
}

async function inTurn<A, B>(items: A[], work: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = new Array<B>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as A);
  };
  await Promise.all(Array.from({length: Math.min(callsAtOnce, items.length)}, worker));
  return results;
}

async function readGates(signal: AbortSignal): Promise<Gate[]> {
  const options = {signal, timeoutMs: patience};
  const [{documents}, {waivers: all}, {blockers}] = await Promise.all([
    catalog.listDocuments({kind: DocumentKind_Value.GATE, includeText: true}, options),
    waivers.listWaivers({pageSize: 200}, options),
    releases.listBlockers({pageSize: 200}, options),
  ]);
  return inTurn(documents, async ({name, json}) => {
    const [{verdicts}, {checks}] = await Promise.all([
      gates.listVerdicts({gate: name, pageSize: 1}, options),
      gates.listChecks({gate: name, pageSize: 1}, options),
    ]);
    const requested = all.filter((each) => each.gate === name && each.state === WaiverState_Value.REQUESTED);
    const candidates = [verdicts[0]?.candidate, checks[0]?.candidate].map((each) => each?.contentVersion);
    const open = blockers.filter(
      (each) => each.state === BlockerState_Value.OPEN && (each.gate || name) === name && candidates.includes(each.candidate?.contentVersion),
    );
    return {
      name,
      description: descriptionOf(json),
      verdict: verdicts[0],
      pending: checks.find((check) => verdictWord(check.state) === 'PENDING'),
      requested: requested.length,
      open: open.length,
    };
  });
}

function marginOf(rule: RuleOutcome): string {
  const margin = decidingPart(rule)?.margin;
  return margin === undefined ? '' : signed(margin, unitOfRule(rule));
}

const rulesShown = 12;

// Those that do not pass first, where they are too many for a line or two.
function rulesToShow(rules: RuleOutcome[]): RuleOutcome[] {
  if (rules.length <= rulesShown) return rules;
  const passes = (rule: RuleOutcome): boolean => verdictWord(rule.state) === 'PASS';
  return [...rules.filter((rule) => !passes(rule)), ...rules.filter(passes)].slice(0, rulesShown);
}

function Rules({of}: {of: Verdict}) {
  const rules = rulesToShow(of.rules);
  return (
    <ul class="chips">
      {rules.map((rule) => (
        <RuleChip
          key={rule.rule}
          state={verdictWord(rule.state)}
          name={isBlocking(rule) ? rule.rule : `${rule.rule} (advisory)`}
          says={marginOf(rule)}
        />
      ))}
      {rules.length < of.rules.length && (
        <li class="chip">
          <a href={verdictAt(of.id)}>and {plural(of.rules.length - rules.length, 'other')}</a>
        </li>
      )}
    </ul>
  );
}

function Decision({of: {verdict, pending, open}}: {of: Gate}) {
  return (
    <div class="stack">
      {verdict ? (
        <a href={verdictAt(verdict.id)}>
          <VerdictBadge state={decisionOf(verdict)} {...(isWaived(verdict) ? {by: 'by waiver'} : {})} />
        </a>
      ) : (
        <VerdictBadge state="NONE" />
      )}
      {open > 0 && <WordBadge word={plural(open, 'open blocker')} tone="waits" />}
      {pending && (
        <a href={checkAt(pending.id)} class="small">
          <VerdictBadge state="PENDING" />
          <span class="unseen"> check of {modelName(pending.candidate)}</span>
        </a>
      )}
    </div>
  );
}

function Waived({of: {verdict, requested}}: {of: Gate}) {
  const live = verdict?.waivers.length ?? 0;
  if (live + requested === 0) return <span class="soft">none</span>;
  return (
    <div class="stack">
      {live > 0 && <WordBadge word={`${live} live`} tone="unsure" />}
      {requested > 0 && <WordBadge word={`${requested} requested`} />}
    </div>
  );
}

export function GatesScreen() {
  const loaded = useCall('gates', readGates, everyMs);
  return (
    <Screen title="Gates">
      <Await of={loaded} what="The gates">
        {(found) =>
          found.length === 0 ? (
            <NoGates />
          ) : (
            <>
              <p class="soft" aria-live="polite">
                {summary(found)}
              </p>
              <Table
                caption="Gates with their last verdicts"
                rows={found}
                keyOf={(gate) => gate.name}
                opens={(gate) => gateAt(gate.name)}
                columns={[
                  {title: 'Gate', width: '14rem', cell: (gate) => <Said text={gate.name} />},
                  {title: 'Decision', cell: (gate) => <Decision of={gate} />},
                  {title: 'Candidate', cell: ({verdict}) => <Said text={modelName(verdict?.candidate) || '–'} />},
                  {
                    title: 'Rules and their margins',
                    isProse: true,
                    cell: ({verdict, description}) => (
                      <div class="stack">
                        {verdict ? <Rules of={verdict} /> : <span class="soft">No candidate was checked yet.</span>}
                        {description && (
                          <span class="soft small">
                            <Said text={description} />
                          </span>
                        )}
                      </div>
                    ),
                  },
                  {title: 'Decided', cell: ({verdict}) => <Age of={dateOf(verdict?.decidedAt)} />},
                  {title: 'Waivers', cell: (gate) => <Waived of={gate} />},
                ]}
              />
            </>
          )
        }
      </Await>
      {loaded.value && loaded.value.length > 0 && <Schedules />}
    </Screen>
  );
}

function summary(found: Gate[]): string {
  const passing = found.filter(({verdict}) => verdict && decisionOf(verdict) === 'PASS').length;
  const waiting = found.filter(({pending}) => pending).length;
  return (
    `${passing} of ${plural(found.length, 'gate')} let the last candidate pass` +
    (waiting > 0 ? `, ${plural(waiting, 'check')} under way.` : '.')
  );
}

function NoGates() {
  return (
    <Nothing title="There is no gate yet">
      <p>
        A gate says what a candidate must show before it may ship. Write one into the catalog folder of assayd, as a document of
        kind Gate; it is served as soon as it is saved. Whether it can be read shows the <a href="/catalog">catalog</a>.
      </p>
      <pre>{`kind: Gate
name: my-release
suites: [my-suite]
rules:
  - {name: floor, metric: accuracy, at_least: 0.9}`}</pre>
    </Nothing>
  );
}
