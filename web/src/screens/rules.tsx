// The rules of a verdict, with their intervals drawn against what they ask, slice by slice.

import type {PeopleEvidence, RuleOutcome, RulePart, Verdict} from '../../gen/assay/v1/types_pb';
import {caseAt} from '../api/addresses.ts';
import {
  decidingPart,
  isBlocking,
  partName,
  sideOfRule,
  thresholdOf,
  unitOfRule,
  verdictWord,
} from '../api/read.ts';
import {amount, asked, count, percent, plural, rounded, signed, type Unit} from '../model/format.ts';
import {domainOf, type Domain} from '../model/interval.ts';
import {toneOfVerdict, VerdictBadge} from '../ui/badge.tsx';
import {IntervalLine} from '../ui/interval.tsx';
import {Facts, Section} from '../ui/layout.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

function domainOfRule(rule: RuleOutcome, unit: Unit): Domain {
  const intervals = rule.parts.map((part) => part.estimate ?? {});
  return domainOf(intervals, [thresholdOf(rule)], unit === 'share' && !isDifference(rule));
}

const isDifference = (rule: RuleOutcome): boolean => rule.parts.some((part) => part.comparison);

function Line({rule, part, domain}: {rule: RuleOutcome; part: RulePart | undefined; domain: Domain}) {
  if (!part?.estimate) return <span class="soft">no interval</span>;
  const unit = unitOfRule(rule);
  const {lower, upper} = part.estimate;
  return (
    <>
      <IntervalLine
        interval={part.estimate}
        threshold={thresholdOf(rule)}
        side={sideOfRule(rule)}
        domain={domain}
        unit={unit}
        tone={toneOfVerdict(verdictWord(part.state))}
      />
      {(lower !== undefined || upper !== undefined) && (
        <div class="between" aria-hidden="true">
          <span>{lower === undefined ? 'unbounded' : amount(lower, unit)}</span>
          <span>to</span>
          <span>{upper === undefined ? 'unbounded' : amount(upper, unit)}</span>
        </div>
      )}
    </>
  );
}

export function Rules({verdict}: {verdict: Verdict}) {
  return (
    <Section
      title="Rules"
      says="The bar is the interval, its tick the estimate, the upright line what is asked, and the tinted side passes."
    >
      <Table
        caption="Rules of this verdict"
        rows={verdict.rules}
        keyOf={(rule) => rule.rule}
        detail={(rule) => <RuleDetail verdict={verdict} rule={rule} />}
        startsOpen={(rule) => verdict.decidingRules[0] === rule.rule && verdictWord(rule.state) !== 'PASS'}
        columns={[
          {title: 'Rule', cell: (rule) => <Said text={rule.rule} />},
          {
            title: 'State',
            cell: (rule) => (
              <div class="stack">
                <span>
                  <VerdictBadge state={verdictWord(rule.state)} />
                </span>
                {!isBlocking(rule) && <span class="soft small">advisory</span>}
              </div>
            ),
          },
          {
            title: 'Asks',
            cell: (rule) => (
              <div class="stack">
                <Said text={`${rule.metric || rule.grader || rule.kind} ${asked(rule.asks)}`} />
                {rule.parts.length > 1 && <span class="soft small">of {plural(rule.parts.length, 'part')}</span>}
              </div>
            ),
          },
          {title: 'Estimate', isNumber: true, cell: (rule) => amount(decidingPart(rule)?.estimate?.value, unitOfRule(rule))},
          {
            title: 'Interval against the threshold',
            width: '17rem',
            cell: (rule) => <Line rule={rule} part={decidingPart(rule)} domain={domainOfRule(rule, unitOfRule(rule))} />,
          },
          {title: 'Margin', isNumber: true, cell: (rule) => signed(decidingPart(rule)?.margin, unitOfRule(rule))},
        ]}
      />
    </Section>
  );
}

// Why the end of the bar and the bound in the sentence may not be the same figure.
function ofBounds(confidence: number, isLaterFail: boolean): string {
  const each = `Each end of the bar holds by itself with ${Number((100 * confidence).toPrecision(6))} %.`;
  return isLaterFail ? `${each} Later attempts raise that for a PASS only: the bound in the sentence is that of a FAIL, which needs no more than at first, and is nearer to the estimate.` : each;
}

function RuleDetail({verdict, rule}: {verdict: Verdict; rule: RuleOutcome}) {
  const unit = unitOfRule(rule);
  const part = decidingPart(rule);
  return (
    <div class="section">
      <p>
        <Said text={rounded(rule.reason)} />
      </p>
      {part?.estimate && <p class="soft small">{ofBounds(part.estimate.confidence || rule.confidence, verdictWord(rule.state) === 'FAIL' && verdict.attempt > 1)}</p>}
      <Facts
        of={[
          ['Kind', rule.kind],
          ['Confidence', `${Number((100 * rule.confidence).toPrecision(6))} %`],
          rule.severity !== undefined && ['Severity', String(rule.severity)],
          part?.method && ['Bounds by', part.method],
          part?.counts && ['Cases', `${count(part.counts.scored)} of ${count(part.counts.scheduled)} scored`],
          part?.moreCases !== undefined && ['Would be decided by', `about ${plural(part.moreCases, 'more case')}`],
          part?.comparison?.candidate !== undefined && ['Candidate', amount(part.comparison.candidate, unit)],
          part?.comparison?.baseline !== undefined && ['Baseline', amount(part.comparison.baseline, unit)],
          part?.clusters && ['Clusters', `${count(part.clusters.count)}, largest ${count(part.clusters.largest)}`],
          part?.judge?.raw?.value !== undefined && ['Judge, uncorrected', amount(part.judge.raw.value, unit)],
          ...(part?.people ? [part.people, ...part.people.others].flatMap((each) => saidByPeople(each, part.people, unit)) : []),
        ]}
      />
      <Passes part={part} />
      {rule.parts.length > 1 && <Parts rule={rule} unit={unit} />}
      {part && part.worstCases.length > 0 && <WorstCases verdict={verdict} part={part} unit={unit} />}
    </div>
  );
}

// What people were asked and said of one metric; `first` is that of the rule's own, which needs no name.
function saidByPeople(of: PeopleEvidence, first: PeopleEvidence | undefined, unit: Unit): ([string, string] | false)[] {
  const whose = [of.isBaseline && 'baseline', of.metric !== first?.metric && of.metric].filter(Boolean).join(', ');
  const title = (what: string): string => (whose ? `${what} (${whose})` : what);
  const {agreement, auditsPassed, statistic} = of.quality ?? {};
  return [
    of.chance !== undefined && [title('Asked of people'), `${count(of.settled)} of ${count(of.asked)} cases settled, each drawn with chance ${amount(of.chance, 'share')}`],
    of.saidMean !== undefined && [title('People say'), `${amount(of.saidMean, unit)}, where the grader says ${amount(of.judgedMeanAsked, unit)}; it says ${amount(of.judgedMean, unit)} of all`],
    agreement !== undefined && [title('People agree'), `${amount(agreement.value, 'share')} (${statistic}, ${plural(agreement.cases, 'item')})`],
    auditsPassed !== undefined && [title('Audits passed'), `${amount(auditsPassed.value, 'share')} of ${count(auditsPassed.cases)}`],
  ];
}

function Passes({part}: {part: RulePart | undefined}) {
  const passes = part?.comparison?.passes;
  if (!passes) return null;
  const all = Number(passes.both + passes.candidateOnly + passes.baselineOnly + passes.neither);
  const rows = [
    ['Both pass', passes.both],
    ['Only the candidate passes', passes.candidateOnly],
    ['Only the baseline passes', passes.baselineOnly],
    ['Neither passes', passes.neither],
  ] as const;
  return (
    <Facts
      of={rows.map(([title, cases]) => [
        title,
        <>
          {count(cases)} <span class="soft small">{percent(Number(cases), all)}</span>
        </>,
      ])}
    />
  );
}

function Parts({rule, unit}: {rule: RuleOutcome; unit: Unit}) {
  const domain = domainOfRule(rule, unit);
  return (
    <Table
      caption={`Parts of ${rule.rule}, the thinnest margin first`}
      rows={[...rule.parts].sort((a, b) => (a.margin ?? -Infinity) - (b.margin ?? -Infinity))}
      perPage={25}
      keyOf={(part) => `${part.suite} ${part.slice} ${part.sliceValue}`}
      columns={[
        {title: 'Part', cell: (part) => <Said text={partName(part)} />},
        {title: 'State', cell: (part) => <VerdictBadge state={verdictWord(part.state)} />},
        {title: 'Estimate', isNumber: true, cell: (part) => amount(part.estimate?.value, unit)},
        {title: 'Interval, all on one scale', width: '17rem', cell: (part) => <Line {...{rule, part, domain}} />},
        {title: 'Margin', isNumber: true, cell: (part) => signed(part.margin, unit)},
        {
          title: 'Cases',
          isNumber: true,
          cell: (part) => (part.counts ? `${count(part.counts.scored)}/${count(part.counts.scheduled)}` : ''),
        },
      ]}
    />
  );
}

function WorstCases({verdict, part, unit}: {verdict: Verdict; part: RulePart; unit: Unit}) {
  const run = verdict.suites.find((suite) => suite.suite?.name === part.suite)?.runId ?? verdict.suites[0]?.runId ?? '';
  const baseline = verdict.baselineSuites.find((suite) => suite.suite?.name === part.suite)?.runId ?? '';
  return (
    <div class="stack">
      <h3>Cases that count most against it</h3>
      <ul class="cases">
        {part.worstCases.map((worst) => (
          <li key={String(worst.ordinal)}>
            <a href={caseAt(run, worst.ordinal, baseline)}>
              <Said text={worst.caseId} />
            </a>{' '}
            <span class="soft small">
              {amount(worst.value, unit)}
              {worst.baseline !== undefined && `, baseline ${amount(worst.baseline, unit)}`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
