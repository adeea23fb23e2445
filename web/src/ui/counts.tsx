// What became of what was scheduled, as one bar and as figures.

import type {Counts} from '../../gen/assay/v1/types_pb';
import {count, percent} from '../model/format.ts';
import type {Tone} from './badge.tsx';

const words: [key: 'scored' | 'unscored' | 'error' | 'skipped' | 'awaitingHuman' | 'outstanding', title: string, tone: Tone][] = [
  ['scored', 'scored', 'pass'],
  ['unscored', 'unscored', 'unsure'],
  ['error', 'errors', 'broken'],
  ['skipped', 'skipped', 'idle'],
  ['awaitingHuman', 'await people', 'waits'],
];

export function CountsBar({of, unit}: {of: Counts; unit: string}) {
  const ended = Number(of.scheduled - of.outstanding);
  const label = `${count(ended)} of ${count(of.scheduled)} ${unit} have ended`;
  return (
    <div class="stack">
      <div
        class="counts"
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Number(of.scheduled)}
        aria-valuenow={ended}
      >
        {words.map(
          ([key, , tone]) => of[key] > 0n && <i key={key} class={`tone-${tone}`} style={{flexGrow: Number(of[key])}} />,
        )}
        {of.outstanding > 0n && <span style={{flexGrow: Number(of.outstanding)}} />}
      </div>
      <ul class="legend">
        {words.map(
          ([key, title, tone]) =>
            (of[key] > 0n || key === 'scored') && (
              <li key={key}>
                <i class={`tone-${tone}`} /> {count(of[key])} {title}{' '}
                <span class="soft">{percent(Number(of[key]), Number(of.scheduled))}</span>
              </li>
            ),
        )}
        {of.outstanding > 0n && (
          <li>
            <i class="tone-idle" /> {count(of.outstanding)} to do
          </li>
        )}
      </ul>
    </div>
  );
}
