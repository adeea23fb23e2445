// How all failing cases of a verdict fall into slices and labels: where to look first.

import {useState} from 'preact/hooks';
import type {FailureGroup, PartCases} from '../../gen/assay/v1/replay_pb';
import {VerdictState_Value, type RuleOutcome, type Verdict} from '../../gen/assay/v1/types_pb';
import {patience, replays} from '../api/client.ts';
import {useAction} from '../api/use.ts';
import {count, percent} from '../model/format.ts';
import {Button} from '../ui/form.tsx';
import {Section} from '../ui/layout.tsx';
import {Failed} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

interface Row {
  rule: string;
  part: PartCases;
  group: FailureGroup;
}

const failingRules = (verdict: Verdict): RuleOutcome[] =>
  verdict.rules.filter((rule) => rule.state !== VerdictState_Value.PASS && rule.parts.some((part) => part.worstCases.length > 0));

const isPassing = (rule: RuleOutcome, listed: PartCases): boolean =>
  rule.parts.some(
    (part) =>
      part.suite === listed.suite && part.slice === listed.slice && part.sliceValue === listed.sliceValue && part.state === VerdictState_Value.PASS,
  );

async function groupsOf(verdict: Verdict): Promise<Row[]> {
  const rows: Row[] = [];
  for (const rule of failingRules(verdict)) {
    const {parts} = await replays.listWorstCases({verdictId: verdict.id, rule: rule.rule, most: 1, group: true}, {timeoutMs: patience});
    for (const part of parts.filter((each) => !isPassing(rule, each))) {
      rows.push(...part.groups.map((group) => ({rule: rule.rule, part, group})));
    }
  }
  return rows;
}

const named = (slice: string, value: string): string => (slice === '' ? '' : `${slice}=${value === '' ? '(none)' : value}`);

export function Failures({verdict}: {verdict: Verdict}) {
  const [rows, setRows] = useState<Row[]>();
  const grouping = useAction(async () => setRows(await groupsOf(verdict)));
  if (failingRules(verdict).length === 0) return null;
  return (
    <Section title="All failing cases by slice and label" says="Over every case that counts against a rule that did not pass, and not only those that the verdict names.">
      {rows && (
        <Table
          caption="Failing cases by slice and label"
          rows={rows}
          keyOf={({rule, part, group}) => [rule, part.suite, part.slice, part.sliceValue, group.slice, group.sliceValue, group.label].join(' ')}
          perPage={25}
          columns={[
            {title: 'Rule', cell: ({rule}) => <Said text={rule} />},
            {title: 'Part', cell: ({part}) => <Said text={named(part.slice, part.sliceValue)} />},
            {title: 'Slice', cell: ({group}) => <Said text={named(group.slice, group.sliceValue) || 'all cases'} />},
            {title: 'Label', cell: ({group}) => <Said text={group.label || '(none)'} />},
            {title: 'Failing', isNumber: true, cell: ({group}) => count(group.cases)},
            {title: 'Of its cases', isNumber: true, cell: ({group}) => `${count(group.ofCases)} (${percent(Number(group.cases), Number(group.ofCases))})`},
            {title: 'Of all that fail', isNumber: true, cell: ({part}) => `${count(part.failing)}${part.isLeast ? ' or more' : ''}`},
          ]}
        />
      )}
      {!rows && (
        <div class="row">
          <Button action={grouping}>{grouping.isBusy ? 'Grouping…' : 'Group all failing cases'}</Button>
          <span class="soft small">Decides the gate again on what it rests on.</span>
        </div>
      )}
      {grouping.problem && <Failed what="They were not grouped" problem={grouping.problem} again={grouping.run} />}
    </Section>
  );
}
