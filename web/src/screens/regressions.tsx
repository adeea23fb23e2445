// Cases that the baseline does better, both answers side by side.

import type {Trial, Verdict} from '../../gen/assay/v1/types_pb';
import {caseAt} from '../api/addresses.ts';
import {patience, runs} from '../api/client.ts';
import {sideOfRule, unitOfRule} from '../api/read.ts';
import {useCall} from '../api/use.ts';
import {amount, plural, type Unit} from '../model/format.ts';
import {isWorse} from '../model/worse.ts';
import {Section} from '../ui/layout.tsx';
import {Await} from '../ui/notes.tsx';
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

// Each case once, for the first rule that names it.
export function regressionsOf(verdict: Verdict): Regression[] {
  const found = new Map<string, Regression>();
  for (const rule of verdict.rules) {
    for (const part of rule.parts) {
      if (!part.comparison) continue;
      const run = verdict.suites.find((suite) => suite.suite?.name === part.suite)?.runId;
      const baselineRun = verdict.baselineSuites.find((suite) => suite.suite?.name === part.suite)?.runId;
      if (!run || !baselineRun) continue;
      for (const worst of part.worstCases) {
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
  }
  return [...found.values()];
}

export function Regressions({verdict}: {verdict: Verdict}) {
  const found = regressionsOf(verdict);
  if (!verdict.baseline) return null;
  return (
    <Section title="Where the baseline does better" says={found.length > 0 ? `${plural(found.length, 'case')} that the rules name; open a row for both answers.` : undefined}>
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
