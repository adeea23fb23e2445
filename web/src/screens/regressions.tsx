// Cases that the baseline does better, both answers side by side.

import {useState} from 'preact/hooks';
import type {PartCases} from '../../gen/assay/v1/replay_pb';
import type {RuleOutcome, RulePart, Trial, Verdict, WorstCase} from '../../gen/assay/v1/types_pb';
import {caseAt} from '../api/addresses.ts';
import {patience, replays, runs} from '../api/client.ts';
import {sideOfRule, unitOfRule} from '../api/read.ts';
import {useAction, useCall} from '../api/use.ts';
import {amount, plural, type Unit} from '../model/format.ts';
import {isWorse} from '../model/worse.ts';
import {Button} from '../ui/form.tsx';
import {Section} from '../ui/layout.tsx';
import {Await, Failed} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';
import {Answers} from './answers.tsx';

interface Regression {
  ordinal: bigint;
  caseId: string;
  rule: string;
  unit: Unit;
  value: number | undefined;
  baseline: number | undefined;
  run: string;
  baselineRun: string;
}

const namedByVerdicts = 10; // cases of a part; where there are so many, there may be more

interface ComparedPart {
  rule: RuleOutcome;
  part: RulePart;
  cases: WorstCase[];
  hasMore?: boolean; // that are not listed
}

function comparedParts(verdict: Verdict): ComparedPart[] {
  return verdict.rules.flatMap((rule) => rule.parts.filter((part) => part.comparison).map((part) => ({rule, part, cases: part.worstCases})));
}

const isSamePart = (a: PartCases, b: RulePart): boolean => a.suite === b.suite && a.slice === b.slice && a.sliceValue === b.sliceValue;
const isCut = ({cases}: ComparedPart): boolean => cases.length >= namedByVerdicts;

// With all cases of the rules that a part names as many of as it can: the gate is decided again, once for all of them.
async function wholeParts(verdict: Verdict): Promise<ComparedPart[]> {
  const parts = comparedParts(verdict);
  const rules = [...new Set(parts.filter(isCut).map((each) => each.rule.rule))];
  const {parts: listed} = await replays.listWorstCases({verdictId: verdict.id, rules, most: 10_000}, {timeoutMs: patience});
  return parts.map((each) => {
    const whole = listed.find((found) => found.rule === each.rule.rule && isSamePart(found, each.part));
    return whole ? {...each, cases: whole.cases, hasMore: !whole.isAll} : each;
  });
}

// Each case once, for the first rule that names it.
function regressionsOf(verdict: Verdict, parts: ComparedPart[]): Regression[] {
  const found = new Map<string, Regression>();
  for (const {rule, part, cases} of parts) {
    const run = verdict.suites.find((suite) => suite.suite?.name === part.suite)?.runId;
    const baselineRun = verdict.baselineSuites.find((suite) => suite.suite?.name === part.suite)?.runId;
    if (!run || !baselineRun) continue;
    for (const worst of cases) {
      const key = `${run} ${worst.ordinal}`;
      if (!isWorse(worst.value, worst.baseline, sideOfRule(rule)) || found.has(key)) continue;
      found.set(key, {
        ordinal: worst.ordinal,
        caseId: worst.caseId,
        rule: rule.rule,
        unit: unitOfRule(rule),
        value: worst.value,
        baseline: worst.baseline,
        run,
        baselineRun,
      });
    }
  }
  return [...found.values()];
}

export function Regressions({verdict}: {verdict: Verdict}) {
  const [whole, setWhole] = useState<ComparedPart[]>();
  const listing = useAction(async () => setWhole(await wholeParts(verdict)));
  if (!verdict.baseline) return null;
  const parts = whole ?? comparedParts(verdict);
  const found = regressionsOf(verdict, parts);
  const named = whole ? `${plural(found.length, 'case')}; open a row for both answers.` : `${plural(found.length, 'case')} that the rules name; open a row for both answers.`;
  return (
    <Section title="Where the baseline does better" says={found.length > 0 ? named : undefined}>
      {found.length === 0 ? (
        <p class="soft">No case of the rules that compare is worse than the baseline.</p>
      ) : (
        <Table
          caption="Cases where the baseline does better"
          rows={found}
          keyOf={(each) => `${each.run} ${each.ordinal}`}
          perPage={25}
          detail={(each) => <SideBySide of={each} />}
          columns={[
            {title: 'Case', cell: (each) => <Said text={each.caseId} />},
            {title: 'Rule', cell: (each) => <Said text={each.rule} />},
            {title: 'Candidate', isNumber: true, cell: (each) => amount(each.value, each.unit)},
            {title: 'Baseline', isNumber: true, cell: (each) => amount(each.baseline, each.unit)},
            {title: 'Everything', cell: (each) => <a href={caseAt(each.run, each.ordinal, each.baselineRun)}>Open the case</a>},
          ]}
        />
      )}
      {parts.some((each) => each.hasMore) && (
        <p class="soft">There are more: at most 10,000 cases of a rule are listed, and 50,000 in all.</p>
      )}
      {!whole && parts.some(isCut) && (
        <div class="row">
          <Button action={listing}>{listing.isBusy ? 'Listing…' : 'List every case'}</Button>
          <span class="soft small">A verdict names the worst {namedByVerdicts} of each part.</span>
        </div>
      )}
      {listing.problem && <Failed what="They were not all listed" problem={listing.problem} again={listing.run} />}
    </Section>
  );
}

async function trialsOf(run: string, ordinal: bigint, signal: AbortSignal): Promise<Trial[]> {
  const {trials} = await runs.listResults({runId: run, ordinals: [ordinal], pageSize: 20}, {signal, timeoutMs: patience});
  return trials;
}

function SideBySide({of: {run, baselineRun, ordinal}}: {of: Regression}) {
  const loaded = useCall(`${run} ${baselineRun} ${ordinal}`, (signal) =>
    Promise.all([trialsOf(run, ordinal, signal), trialsOf(baselineRun, ordinal, signal)]),
  );
  return (
    <Await of={loaded} what="Both answers">
      {([candidate, baseline]) => <Answers candidate={candidate[0]} baseline={baseline[0]} startsCompared />}
    </Await>
  );
}
