// When a verdict was reached, of gates that need not ask every case; and how the baseline did beside its own past.

import type {ControlComparison, Verdict, VerdictLook} from '../../gen/assay/v1/types_pb';
import {runAt} from '../api/addresses.ts';
import {shownSliceValue} from '../api/read.ts';
import {amount, count, percent, plural, shortId} from '../model/format.ts';
import {casesAt} from '../model/looks.ts';
import {WordBadge} from '../ui/badge.tsx';
import {Facts, Section} from '../ui/layout.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

export function Look({of}: {of: VerdictLook | undefined}) {
  if (!of) return null;
  const saved = of.plannedTrials - of.askedTrials;
  const looks = Number(of.looks);
  return (
    <Section title={looks > 1 ? 'When it was decided' : 'On how many cases'} says="The first cases of an order that was set before the first answer.">
      {looks > 1 && <Looks of={of} />}
      <Facts
        of={[
          ['Decided on', `${count(of.cases)} of ${plural(of.plannedCases, 'planned case')}`],
          looks > 1 && ['At look', `${count(of.look)} of ${count(of.looks)}`],
          looks > 1 && ['Share of the error rate', percent(of.errorShare, 1)],
          [
            'Not asked for',
            saved > 0n ? `${plural(saved, 'trial')} of ${count(of.plannedTrials)} (${percent(Number(saved), Number(of.plannedTrials))})` : 'nothing: all were asked',
          ],
        ]}
      />
    </Section>
  );
}

// A step for each planned look, as wide as the cases that it adds.
function Looks({of}: {of: VerdictLook}) {
  const looks = Number(of.looks);
  const planned = Number(of.plannedCases);
  const decided = Number(of.look);
  const steps = Array.from({length: looks}, (_, at) => ({look: at + 1, cases: casesAt(at + 1, looks, planned)}));
  return (
    <ol class="looks">
      {steps.map(({look, cases}) => {
        const state = look < decided ? 'went on' : look === decided ? 'decided' : 'not needed';
        return (
          <li key={look} class={look === decided ? 'decided' : look < decided ? 'passed' : ''} aria-current={look === decided ? 'step' : undefined}>
            <strong>
              {look === decided ? '●' : look < decided ? '○' : '·'} {count(look === decided ? of.cases : cases)}
            </strong>
            <span class="soft small">{state}</span>
          </li>
        );
      })}
    </ol>
  );
}

// "50 of 200 cases, 1/4 of the error share": how far a comparison can be relied on.
function extentOf(verdict: Verdict, {suite, slice, cases, errorShare}: ControlComparison): string {
  if (cases === undefined) return '–';
  const whole = slice === '' ? verdict.suites.find((each) => each.suite?.name === suite) : undefined;
  const all = whole?.counts?.scheduled ?? 0n;
  const extent = all > cases ? `${count(cases)} of ${plural(all, 'case')}` : plural(cases, 'case');
  return errorShare === undefined ? extent : `${extent}, ${shareOf(errorShare)} of the error share`;
}

function sliceOf({slice, sliceValue}: ControlComparison) {
  if (slice === '') return <span class="soft">all cases</span>;
  return <Said text={`${slice}=${shownSliceValue(sliceValue)}`} />;
}

function shareOf(share: number): string {
  if (share >= 1) return 'all';
  const parts = 1 / share;
  return Math.abs(parts - Math.round(parts)) < 1e-9 ? `1/${Math.round(parts)}` : percent(share, 1);
}

export function Controls({of}: {of: Verdict}) {
  const {controls} = of;
  if (controls.length === 0) return null;
  return (
    <Section
      title="The baseline beside its own past"
      says="Asked anew beside the candidate. Where it has moved, the endpoint or a judge has changed, and the comparison says nothing of the candidate."
    >
      <Table
        caption="The baseline now and in its first runs"
        rows={controls}
        keyOf={(each) => JSON.stringify([each.suite, each.metric, each.slice, each.sliceValue])}
        perPage={25}
        columns={[
          {title: 'Metric', cell: (each) => <Said text={each.metric} />},
          {title: 'Suite', cell: (each) => <Said text={each.suite} />},
          ...(controls.some((each) => each.slice !== '') ? [{title: 'Slice', cell: sliceOf}] : []),
          {title: 'Before', isNumber: true, cell: (each) => amount(each.before, 'share')},
          {title: 'Now', isNumber: true, cell: (each) => amount(each.now, 'share')},
          {
            title: 'Beyond chance',
            cell: (each) =>
              each.cases === 0n ? '–' : <WordBadge word={each.hasMoved ? '✕ has moved' : '✓ no'} tone={each.hasMoved ? 'fail' : 'pass'} />,
          },
          {title: 'Compared on', isNumber: true, cell: (each) => extentOf(of, each)},
          {
            title: 'Earlier runs',
            cell: (each) => (
              <>
                <a href={runAt(each.earlierRunId)}>{shortId(each.earlierRunId)}</a>
                {each.earlierRuns > 1n ? ` and ${count(each.earlierRuns - 1n)} more` : ''}
              </>
            ),
          },
        ]}
      />
    </Section>
  );
}
