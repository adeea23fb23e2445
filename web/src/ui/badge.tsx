// States as a word, a sign and a colour: never the colour alone.

import type {RunWord, TrialWord, VerdictWord} from '../api/read.ts';

export type Tone = 'pass' | 'fail' | 'unsure' | 'broken' | 'waits' | 'idle';
type Look = [tone: Tone, sign: string];

const verdicts: Record<VerdictWord, Look> = {
  PASS: ['pass', '✓'],
  FAIL: ['fail', '✕'],
  INCONCLUSIVE: ['unsure', '?'],
  ERROR: ['broken', '!'],
  PENDING: ['waits', '…'],
  NONE: ['idle', '–'],
};
const runs: Record<RunWord, Look> = {
  COMPLETE: ['pass', '✓'],
  ERROR: ['broken', '!'],
  CANCELLED: ['idle', '✕'],
  STOPPED: ['unsure', '■'],
  PAUSED: ['idle', '‖'],
  RUNNING: ['waits', '›'],
  PENDING: ['waits', '…'],
  NONE: ['idle', '–'],
};
const trials: Record<TrialWord, Look> = {
  SCORED: ['pass', '✓'],
  UNSCORED: ['unsure', '?'],
  ERROR: ['broken', '!'],
  SKIPPED: ['idle', '–'],
  AWAITING_HUMAN: ['waits', '…'],
  NONE: ['idle', '–'],
};

const wordOf = (word: string): string => (word === 'NONE' ? 'none yet' : word.replace('_', ' '));

export const toneOfVerdict = (word: VerdictWord): Tone => verdicts[word][0];

export function Glyph({tone, sign}: {tone: Tone; sign: string}) {
  return (
    <span class={`glyph tone-${tone}`} aria-hidden="true">
      {sign}
    </span>
  );
}

function Badge({look: [tone, sign], word, large}: {look: Look; word: string; large?: boolean | undefined}) {
  return (
    <span class={`badge tone-${tone}${large ? ' large' : ''}`}>
      <span aria-hidden="true">{sign}</span>
      {word}
    </span>
  );
}

export function VerdictBadge({state, large, by}: {state: VerdictWord; large?: boolean; by?: string}) {
  return <Badge look={verdicts[state]} word={by ? `${wordOf(state)} ${by}` : wordOf(state)} large={large} />;
}
export function RunBadge({state}: {state: RunWord}) {
  return <Badge look={runs[state]} word={wordOf(state)} />;
}
export function TrialBadge({state}: {state: TrialWord}) {
  return <Badge look={trials[state]} word={wordOf(state)} />;
}
export function WordBadge({word, tone = 'idle'}: {word: string; tone?: Tone}) {
  return <span class={`badge tone-${tone}`}>{word}</span>;
}

// A rule in a line of rules: its sign, its name, and what the page has to say of it.
export function RuleChip({state, name, says}: {state: VerdictWord; name: string; says: string}) {
  const [tone, sign] = verdicts[state];
  return (
    <li class="chip">
      <Glyph tone={tone} sign={sign} />
      <span class="unseen">{wordOf(state)}: </span>
      {name} <span class="soft">{says}</span>
    </li>
  );
}
