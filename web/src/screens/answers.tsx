// The answers of a candidate and a baseline to one case, with what they do not share, and their scores.

import {useMemo, useState} from 'preact/hooks';
import {ScoreSource_Value, ScoreStatus_Value, type Response, type Score, type Trial} from '../../gen/assay/v1/types_pb';
import {secondsOf, trialWord} from '../api/read.ts';
import {count, span, usd} from '../model/format.ts';
import {hiddenCharactersIn} from '../model/hostile.ts';
import {differenceOf, sideOf, type Difference} from '../model/worddiff.ts';
import {TrialBadge, WordBadge, type Tone} from '../ui/badge.tsx';
import {Note} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {ComparedText, Said, Text} from '../ui/text.tsx';

interface Props {
  candidate: Trial | undefined;
  baseline?: Trial | undefined;
  startsCompared?: boolean;
  isAwaited?: boolean; // the baseline's is being read: what is wanted of it may be said already
  titles?: Titles;
}

// What the two are called.
export interface Titles {
  candidate: string;
  baseline: string;
}

const usualTitles: Titles = {candidate: 'Candidate', baseline: 'Baseline'};

export function Answers({candidate, baseline, startsCompared = false, isAwaited = false, titles = usualTitles}: Props) {
  const [isCompared, setCompared] = useState(startsCompared);
  const before = baseline?.response?.text;
  const after = candidate?.response?.text;
  const canCompare = before !== undefined && after !== undefined;
  const difference = useMemo(
    () => (isCompared && canCompare ? differenceOf(before, after) : undefined),
    [isCompared, canCompare, before, after],
  );
  const marked = difference?.by === 'long' ? undefined : difference;
  return (
    <div class="stack">
      {(canCompare || isAwaited) && (
        <div class="row">
          <button
            type="button"
            class="button"
            data-key="d"
            aria-pressed={isCompared}
            onClick={() => setCompared(!isCompared)}
          >
            {isCompared ? 'Without differences' : 'Show differences'} <kbd aria-hidden="true">d</kbd>
          </button>
          {difference && <span class="soft small">{saysOf(difference)}</span>}
          {isAwaited && (
            <span class="loading" role="status">
              Reading the other answer…
            </span>
          )}
        </div>
      )}
      <div class="beside">
        <Answer title={titles.candidate} trial={candidate} pieces={marked && sideOf(marked, 'after')} />
        {baseline && <Answer title={titles.baseline} trial={baseline} pieces={marked && sideOf(marked, 'before')} />}
      </div>
    </div>
  );
}

function saysOf(difference: Difference): string {
  if (difference.pieces.every((piece) => piece.kind === 'same')) return 'They are the same.';
  if (difference.by === 'long') return 'They are too long to be compared here.';
  if (difference.by === 'none') return 'They have too little in common to be laid side by side.';
  return `${difference.by === 'word' ? 'Words' : 'Lines'} that only the first has are underlined, those that only the second has are struck out.`;
}

interface AnswerProps {
  title: string;
  trial: Trial | undefined;
  pieces: ReturnType<typeof sideOf> | undefined;
}

function Answer({title, trial, pieces}: AnswerProps) {
  const response = trial?.response;
  const label = `${title}: answer`;
  return (
    <section aria-label={title}>
      <div class="row">
        <h3>{title}</h3>
        {trial && <TrialBadge state={trialWord(trial.status)} />}
        {response && <span class="soft small">{measuresOf(response)}</span>}
      </div>
      {trial?.error && (
        <Note tone="broken" title={response ? 'It could not be scored' : 'There is no answer'}>
          <p>
            <Said text={trial.error} />
          </p>
        </Note>
      )}
      {response && <Hidden text={response.text} />}
      {response && (pieces ? <ComparedText pieces={pieces} label={label} /> : <Text text={response.text} label={label} />)}
      {response?.toolCalls.map((call, at) => (
        <Text key={at} text={`${call.name}(${call.arguments})`} label={`${title}: call ${at + 1}`} />
      ))}
      {!trial && <p class="soft">It was not asked.</p>}
    </section>
  );
}

function Hidden({text}: {text: string}) {
  const hidden = useMemo(() => hiddenCharactersIn(text), [text]);
  if (hidden === 0) return null;
  return (
    <p class="small">
      <span class="hidden-character">{hidden}</span>{' '}
      {hidden === 1 ? 'character that would not be seen is' : 'characters that would not be seen are'} shown by code.
    </p>
  );
}

function measuresOf(response: Response): string {
  const seconds = secondsOf(response.latency);
  const parts = [
    response.cached ? 'from the cache' : seconds !== undefined && span(seconds),
    response.tokensOut !== undefined && `${count(response.tokensOut)} tokens`,
    response.costUsd !== undefined && usd(response.costUsd),
    response.finishReason && `ended by "${response.finishReason}"`,
    response.attempts > 1 && `${response.attempts} attempts`,
  ];
  return parts.filter(Boolean).join(', ');
}

const statusTones: Record<number, Tone> = {
  [ScoreStatus_Value.SCORED]: 'idle',
  [ScoreStatus_Value.UNSCORED]: 'unsure',
  [ScoreStatus_Value.ERROR]: 'broken',
};

export function ScoreBadge({score}: {score: Score | undefined}) {
  if (!score) return <span class="soft">–</span>;
  if (score.status !== ScoreStatus_Value.SCORED) {
    const word = (ScoreStatus_Value[score.status] ?? '').toLowerCase().replace('_', ' ');
    return <WordBadge word={word} tone={statusTones[score.status] ?? 'idle'} />;
  }
  const value = score.value === undefined ? '' : String(Number(score.value.toPrecision(6)));
  if (score.pass === undefined) return <span>{score.label ? `${score.label} ${value}` : value}</span>;
  const word = score.pass ? '✓ pass' : '✕ fail';
  return <WordBadge word={value === '0' || value === '1' ? word : `${word} ${value}`} tone={score.pass ? 'pass' : 'fail'} />;
}

interface ScoreRow {
  grader: string;
  candidate: Score | undefined;
  baseline: Score | undefined;
}

export function Scores({candidate, baseline, titles = usualTitles}: Omit<Props, 'startsCompared'>) {
  const rows: ScoreRow[] = (candidate ?? baseline)?.scores.map(({grader}) => ({
    grader,
    candidate: candidate?.scores.find((score) => score.grader === grader),
    baseline: baseline?.scores.find((score) => score.grader === grader),
  })) ?? [];
  if (rows.length === 0) return <p class="soft">Nothing was graded.</p>;
  return (
    <Table
      caption="Scores of every grader"
      rows={rows}
      keyOf={(row) => row.grader}
      columns={[
        {title: 'Grader', cell: (row) => <Said text={row.grader} />},
        {title: titles.candidate, cell: (row) => <ScoreBadge score={row.candidate} />},
        ...(baseline ? [{title: titles.baseline, cell: (row: ScoreRow) => <ScoreBadge score={row.baseline} />}] : []),
        {title: 'Why', isProse: true, cell: (row) => <Why score={row.candidate} />},
        {title: 'Said by', cell: (row) => (ScoreSource_Value[row.candidate?.source ?? 0] ?? '').toLowerCase()},
      ]}
    />
  );
}

function Why({score}: {score: Score | undefined}) {
  if (!score?.reason && !score?.evidence && !score?.label) return <span class="soft">–</span>;
  return (
    <div class="stack">
      {score.label && (
        <span>
          Label <Said text={score.label} />
        </span>
      )}
      {score.reason && <Said text={score.reason} />}
      {score.evidence && <Text text={score.evidence} label={`Evidence of ${score.grader}`} />}
    </div>
  );
}
