// Text that a model wrote, or that came from outside in another way: text nodes only, whatever it holds.

import {useMemo} from 'preact/hooks';
import {blocksOf, segmentsOf} from '../model/hostile.ts';
import type {Piece} from '../model/worddiff.ts';

// In a line of other things.
export function Said({text}: {text: string}) {
  return (
    <bdi>
      <Visible text={text} />
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

// By itself; long ones scroll, and are laid out as they come into view.
export function Text({text, label, whole}: {text: string; label: string; whole?: boolean}) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  if (text === '') return <p class="soft">Empty.</p>;
  return (
    <div class={`text${whole ? ' whole' : ''}`} tabIndex={0} role="region" aria-label={label}>
      {blocks.map((block, at) => (
        <div key={at} class="block" dir="auto">
          <Visible text={block} />
        </div>
      ))}
    </div>
  );
}

export function ComparedText({pieces, label}: {pieces: Piece[]; label: string}) {
  return (
    <div class="text" tabIndex={0} role="region" aria-label={label}>
      <div class="block" dir="auto">
        {pieces.map((piece, at) => {
          const text = <Visible text={piece.text} />;
          if (piece.kind === 'same') return <span key={at}>{text}</span>;
          return piece.kind === 'added' ? <ins key={at}>{text}</ins> : <del key={at}>{text}</del>;
        })}
      </div>
    </div>
  );
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
