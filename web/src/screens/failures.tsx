// How all failing cases of a verdict fall into slices and labels: where to look first.

import {useState} from 'preact/hooks';
import type {FailureGroup, PartCases} from '../../gen/assay/v1/replay_pb';
import {VerdictState_Value, type RuleOutcome, type Verdict} from '../../gen/assay/v1/types_pb';
import {patience, replays} from '../api/client.ts';
import {shownSliceValue} from '../api/read.ts';
import {useAction} from '../api/use.ts';
import {count, percent} from '../model/format.ts';
import {Button} from '../ui/form.tsx';
import {Section} from '../ui/layout.tsx';
import {Failed} from '../ui/notes.tsx';
import {Table, type Column} from '../ui/table.tsx';
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

interface Grouped {
  rows: Row[];
  withheld: string[]; // why rules have no labels
  notGrouped: string[]; // which rules have no groups, and why
}

async function groupsOf(verdict: Verdict): Promise<Grouped> {
  const rows: Row[] = [];
  const withheld = new Set<string>();
  const notGrouped = new Set<string>();
  const failing = failingRules(verdict);
  const {parts} = await replays.listWorstCases({verdictId: verdict.id, rules: failing.map(({rule}) => rule), most: 1, group: true}, {timeoutMs: patience});
  for (const rule of failing) {
    for (const part of parts.filter((each) => each.rule === rule.rule && !isPassing(rule, each))) {
      rows.push(...part.groups.map((group) => ({rule: rule.rule, part, group})));
      if (part.labelsWithheld !== '') withheld.add(part.labelsWithheld);
      if (part.notGrouped !== '') notGrouped.add(`${rule.rule}: ${part.notGrouped}`);
    }
  }
  return {rows, withheld: [...withheld], notGrouped: [...notGrouped]};
}

const named = (slice: string, value: string): string => (slice === '' ? 'all cases' : `${slice}=${shownSliceValue(value)}`);

// Parts and labels only where there are any: most rules are on all cases, and most graders give no label.
function columnsFor(rows: Row[]): Column<Row>[] {
  const part: Column<Row> = {title: 'Part', cell: ({part: of}) => <Said text={named(of.slice, of.sliceValue)} />};
  const label: Column<Row> = {title: 'Label', cell: ({group}) => <Said text={group.label || '(none)'} />};
  return [
    {title: 'Rule', cell: ({rule}) => <Said text={rule} />},
    ...(rows.some(({part: of}) => of.slice !== '') ? [part] : []),
    {title: 'Slice', cell: ({group}) => <Said text={named(group.slice, group.sliceValue)} />},
    ...(rows.some(({group}) => group.label !== '') ? [label] : []),
    {title: 'Failing', isNumber: true, cell: ({group}) => count(group.cases)},
    {title: 'Of its cases', isNumber: true, cell: ({group}) => `${count(group.ofCases)} (${percent(Number(group.cases), Number(group.ofCases))})`},
    {title: 'Of all that fail', isNumber: true, cell: ({part: of}) => `${count(of.failing)}${of.isLeast ? ' or more' : ''}`},
  ];
}

export function Failures({verdict}: {verdict: Verdict}) {
  const [grouped, setGrouped] = useState<Grouped>();
  const grouping = useAction(async () => setGrouped(await groupsOf(verdict)));
  if (failingRules(verdict).length === 0) return null;
  return (
    <Section title="All failing cases by slice and label" says="Over every case that counts against a rule that did not pass, and not only those that the verdict names.">
      {grouped && (
        <Table
          caption="Failing cases by slice and label"
          rows={grouped.rows}
          keyOf={({rule, part, group}) => [rule, part.suite, part.slice, part.sliceValue, group.slice, group.sliceValue, group.label].join(' ')}
          perPage={25}
          columns={columnsFor(grouped.rows)}
        />
      )}
      {grouped?.withheld.map((why) => (
        <p key={why} class="soft">
          Labels are <Said text={why} />.
        </p>
      ))}
      {grouped?.notGrouped.map((why) => (
        <p key={why} class="soft">
          Not grouped: <Said text={why} />.
        </p>
      ))}
      {!grouped && (
        <div class="row">
          <Button action={grouping}>{grouping.isBusy ? 'Grouping…' : 'Group all failing cases'}</Button>
          <span class="soft small">Decides the gate again on what it rests on.</span>
        </div>
      )}
      {grouping.problem && <Failed what="They were not grouped" problem={grouping.problem} again={grouping.run} />}
    </Section>
  );
}
