// Text that a model wrote, or that came from outside in another way: text nodes only, whatever it holds.

import {useMemo, useState} from 'preact/hooks';
import {blocksOf, charactersIn, endOfPortion, type Block} from '../model/blocks.ts';
import {count} from '../model/format.ts';
import {segmentsOf} from '../model/hostile.ts';
import type {Piece} from '../model/worddiff.ts';

const longestSaid = 4000;

// In a line of other things; what is longer stands by itself elsewhere.
export function Said({text}: {text: string}) {
  const rest = text.length - longestSaid;
  return (
    <bdi>
      <Visible text={rest > 0 ? text.slice(0, longestSaid) : text} />
      {rest > 0 && <span class="soft"> … and {count(rest)} more characters</span>}
    </bdi>
  );
}

function Visible({text}: {text: string}) {
  const segments = useMemo(() => segmentsOf(text), [text]);
  return (
    <>
      {segments.map((segment, at) =>
        segment.hidden ? (
          <span key={at} class="hidden-character" title={segment.hidden.name}>
            {segment.hidden.code}
          </span>
        ) : (
          segment.text
        ),
      )}
    </>
  );
}

function Marked({pieces}: {pieces: Piece[]}) {
  return (
    <>
      {pieces.map(({kind, text}, at) => {
        if (kind === 'same') return <Visible key={at} text={text} />;
        return kind === 'added' ? (
          <ins key={at}>
            <Visible text={text} />
          </ins>
        ) : (
          <del key={at}>
            <Visible text={text} />
          </del>
        );
      })}
    </>
  );
}

// How far a text is shown; begins anew with another one.
function usePortion(blocks: Block[]): {end: number; more: () => void} {
  const [shown, setShown] = useState({blocks, end: 0});
  const first = useMemo(() => endOfPortion(blocks, 0), [blocks]);
  const end = shown.blocks === blocks && shown.end > 0 ? shown.end : first;
  return {end, more: () => setShown({blocks, end: endOfPortion(blocks, end)})};
}

interface BlocksProps {
  pieces: Piece[];
  label: string;
  whole?: boolean | undefined;
}

// By itself; long ones scroll, and are laid out as they come into view.
export function ComparedText({pieces, label, whole}: BlocksProps) {
  const blocks = useMemo(() => blocksOf(pieces), [pieces]);
  const {end, more} = usePortion(blocks);
  const rest = useMemo(() => charactersIn(blocks.slice(end)), [blocks, end]);
  return (
    <>
      <div class={`text${whole ? ' whole' : ''}`} tabIndex={0} role="region" aria-label={label}>
        {blocks.slice(0, end).map((block, at) => (
          <div key={at} class={`block${block.endsLine || at === blocks.length - 1 ? '' : ' goes-on'}`} dir="auto">
            <Marked pieces={block.pieces} />
          </div>
        ))}
      </div>
      {rest > 0 && (
        <p class="row">
          <button type="button" class="button" onClick={more}>
            Show more
          </button>
          <span class="soft small">{count(rest)} more characters of it are not shown yet.</span>
        </p>
      )}
    </>
  );
}

export function Text({text, label, whole}: {text: string; label: string; whole?: boolean}) {
  const pieces = useMemo((): Piece[] => [{kind: 'same', text}], [text]);
  if (text === '') return <p class="soft">Empty.</p>;
  return <ComparedText {...{pieces, label, whole}} />;
}

// A document with the numbers of its lines.
export function Document({text, label}: {text: string; label: string}) {
  const lines = useMemo(() => text.replace(/\n$/, '').split('\n'), [text]);
  return (
    <div class="text whole lines" tabIndex={0} role="region" aria-label={label}>
      {lines.map((line, at) => (
        <code key={at} class="line block" data-line={at + 1}>
          <Visible text={line} />
        </code>
      ))}
    </div>
  );
}
