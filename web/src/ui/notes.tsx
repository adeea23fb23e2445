// What stands where there is no data: nothing yet, not yet loaded, or failed. Each says what comes next.

import type {ComponentChildren} from 'preact';
import type {Problem} from '../api/errors.ts';
import type {Loaded} from '../api/use.ts';
import type {Tone} from './badge.tsx';

export function Note({tone, title, children}: {tone: Tone; title: string; children?: ComponentChildren}) {
  return (
    <div class={`note tone-${tone}`}>
      <strong>{title}</strong>
      {children}
    </div>
  );
}

export function Nothing({title, children}: {title: string; children?: ComponentChildren}) {
  return (
    <div class="nothing">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failed({what, problem, again}: {what: string; problem: Problem; again?: (() => void) | undefined}) {
  return (
    <div class="note tone-fail" role="alert">
      <strong>{what}</strong>
      <p>{problem.message}</p>
      {problem.advice && <p class="soft">{problem.advice}</p>}
      {again && problem.isWorthAnotherTry && (
        <p>
          <button type="button" class="button" onClick={again}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

// What was loaded; above it why there is nothing newer, in its place why there is nothing.
export function Await<T>({of, what, children}: {of: Loaded<T>; what: string; children: (value: T) => ComponentChildren}) {
  const {value, problem, isLoading, reload} = of;
  const title = value === undefined ? `${what} could not be read` : `${what} could not be read again`;
  return (
    <>
      {problem && <Failed what={title} problem={problem} again={reload} />}
      {value !== undefined && children(value)}
      {value === undefined && !problem && isLoading && (
        <p class="loading" role="status">
          Reading {what.charAt(0).toLowerCase() + what.slice(1)}…
        </p>
      )}
    </>
  );
}
