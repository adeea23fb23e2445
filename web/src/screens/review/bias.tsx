// What may sway people beside what they judge: where a response stands, how long it is, and what a model suggests.

import type {GetQueueReportResponse, JudgedInSight, ReviewShare} from '../../../gen/assay/v1/review_pb';
import {amount, count, span} from '../../model/format.ts';
import type {Interval} from '../../model/interval.ts';
import type {Tone} from '../../ui/badge.tsx';
import {IntervalLine} from '../../ui/interval.tsx';
import {Section} from '../../ui/layout.tsx';
import {Table} from '../../ui/table.tsx';

interface Line {
  title: string;
  interval: Interval;
  of: string;
  even: number | undefined; // without bias
  p?: number | undefined; // of a fair coin, which is exact where the interval is not
  says: string;
}

const isSaid = (each: ReviewShare | undefined): each is ReviewShare => each !== undefined && each.of > 0n;

function lineOf(title: string, of: ReviewShare | undefined, even: number | undefined, says: string, p?: number): Line[] {
  if (!isSaid(of)) return [];
  return [{title, interval: {value: of.share, lower: of.lower, upper: of.upper}, of: `${count(of.count)} of ${count(of.of)}`, even, says, p}];
}

const coin = (p: number | undefined): string => (p === undefined ? '' : `a fair coin does so with p = ${amount(p, 'share')}`);

function linesOf({firstShownWins, firstShownP, longerWins, longerP, suggestions}: GetQueueReportResponse): Line[] {
  const {followed, control, difference, lower, upper, changed} = suggestions ?? {};
  return [
    ...lineOf('The left one wins', firstShownWins, 0.5, coin(firstShownP), firstShownP),
    ...lineOf('The longer one wins', longerWins, 0.5, `${coin(longerP)}; longer ones may be better`, longerP),
    ...lineOf('Says what is suggested, in view of it', followed, undefined, ''),
    ...lineOf('Says the same where it was held back', control, undefined, 'the control'),
    ...(difference === undefined ? [] : [{title: 'The difference of these', interval: {value: difference, lower, upper}, of: '', even: 0, says: 'what being shown it adds'}]),
    ...lineOf('Changed to it afterwards', changed, undefined, 'of first answers that differed'),
  ];
}

// Marked where a fair coin does so once in twenty, and without one where what would be even is outside of the interval.
// Else nothing is shown, least of all that there is none.
function toneOf({interval: {lower, upper}, even, p}: Line): Tone {
  if (p !== undefined) return p < 0.05 ? 'unsure' : 'idle';
  if (even === undefined || lower === undefined || upper === undefined) return 'idle';
  return lower > even || upper < even ? 'unsure' : 'idle';
}

interface Sight {
  title: string;
  of: JudgedInSight;
}

// Whether who saw a suggestion is right less often, or only faster.
function sightsOf({sawSuggestion, sawNone}: GetQueueReportResponse): Sight[] {
  if (!sawSuggestion || !sawNone || sawSuggestion.judgements === 0n) return [];
  return [{title: 'With a suggestion in view', of: sawSuggestion}, {title: 'Without one', of: sawNone}];
}

function shareSaid(of: ReviewShare | undefined): string {
  if (!isSaid(of)) return '–';
  return `${amount(of.share, 'share')} of ${count(of.of)}`;
}

function InSight({of}: {of: Sight[]}) {
  return (
    <Table
      caption="Labels by whether a suggestion was in view"
      rows={of}
      keyOf={(each) => each.title}
      columns={[
        {title: 'Labels', isPlain: true, cell: (each) => each.title},
        {title: 'How many', isNumber: true, cell: (each) => count(each.of.judgements)},
        {title: 'Time for each', isNumber: true, cell: (each) => (each.of.judgements === 0n ? '–' : span(each.of.activeSeconds / Number(each.of.judgements)))},
        {title: 'Overturned', isNumber: true, cell: (each) => shareSaid(each.of.labelsOverturned)},
        {title: 'Audits passed', isNumber: true, cell: (each) => shareSaid(each.of.auditsPassed)},
      ]}
    />
  );
}

export function Bias({of}: {of: GetQueueReportResponse}) {
  const lines = linesOf(of);
  const sights = sightsOf(of);
  if (lines.length === 0 && sights.length === 0) return null;
  return (
    <Section title="Bias" says="Of labels that count, with intervals of 95 %. A line marks where there would be none.">
      <Table
        caption="What may sway people"
        rows={lines}
        keyOf={(each) => each.title}
        columns={[
          {title: 'How often', isPlain: true, cell: (each) => each.title},
          {title: 'Share', isNumber: true, cell: (each) => amount(each.interval.value, 'share')},
          {title: 'Its interval', width: '15rem', cell: (each) => <IntervalLine interval={each.interval} threshold={each.even} side="none" domain={each.even === 0 ? {from: -1, to: 1} : {from: 0, to: 1}} unit="share" tone={toneOf(each)} />},
          {title: 'Judgements', cell: (each) => each.of},
          {title: 'Means', isProse: true, isPlain: true, cell: (each) => <span class="soft">{[toneOf(each) === 'unsure' ? 'more than chance' : '', each.says].filter(Boolean).join(': ')}</span>},
        ]}
      />
      {sights.length > 0 && <InSight of={sights} />}
    </Section>
  );
}
