// What is judged: the prompt with its sources, and the responses. All of it is text.

import type {ItemContent, ShownCall} from '../../../gen/assay/v1/review_pb';
import {nameOfResponse, type Question} from '../../model/judging.ts';
import {hiddenCharactersIn} from '../../model/hostile.ts';
import {sideOf, differenceOf} from '../../model/worddiff.ts';
import {useMemo, useState} from 'preact/hooks';
import {Note} from '../../ui/notes.tsx';
import {ComparedText, Said, Text} from '../../ui/text.tsx';
import {Markdown} from './marks.tsx';

export function Context({of}: {of: ItemContent}) {
  return (
    <div class="section context">
      {of.isRedacted && (
        <Note tone="idle" title="Parts of it were taken out">
          <p>It held personal data or a secret. Judge what is shown.</p>
        </Note>
      )}
      {of.maskedBy && (
        <p class="soft small masked">
          Masked before anybody saw it, by policy <Said text={of.maskedBy} />. Flag what it missed.
        </p>
      )}
      {of.prompt.map(({role, text}, at) => (
        <section key={at} class="message" aria-label={role}>
          <h3>{role}</h3>
          <Text text={text} label={`${role} message`} />
        </section>
      ))}
      {of.context && (
        <section class="message" aria-label="Sources">
          <h3>Sources</h3>
          <Text text={of.context} label="Sources" />
        </section>
      )}
      {of.reference && (
        <section class="message" aria-label="Expected answer">
          <h3>Expected answer</h3>
          <Text text={of.reference} label="Expected answer" />
        </section>
      )}
      {of.fields.length > 0 && (
        <p class="row small">
          {of.fields.map(({name, value}) => (
            <span key={name} class="soft">
              <Said text={`${name}: ${value}`} />
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

const mostRendered = 20_000; // characters

export function Responses({of, about, isRendered = false}: {of: ItemContent; about: Question | undefined; isRendered?: boolean}) {
  const {responses, claims} = of;
  const [isCompared, setCompared] = useState(false);
  const first = responses[0]?.text ?? '';
  const second = responses[1]?.text ?? '';
  const canCompare = responses.length === 2;
  const difference = useMemo(() => (isCompared && canCompare ? differenceOf(first, second) : undefined), [isCompared, canCompare, first, second]);
  const marked = difference && difference.by !== 'long' ? difference : undefined;
  return (
    <div class="stack">
      {canCompare && (
        <div class="row">
          <button type="button" class="button" data-key="d" aria-pressed={isCompared} onClick={() => setCompared(!isCompared)}>
            {isCompared ? 'Without differences' : 'Show differences'} <kbd aria-hidden="true">d</kbd>
          </button>
          {difference?.by === 'long' && <span class="soft small">They are too long to be compared here.</span>}
        </div>
      )}
      <div class={responses.length > 1 ? 'beside' : 'stack'}>
        {responses.map(({id, text, calls}, at) => {
          const name = responses.length > 1 ? `Response ${nameOfResponse(at)}` : 'Response';
          return (
            <section key={id} class="response" aria-label={name}>
              <h3>{name}</h3>
              <Hidden text={text} />
              {marked ? (
                <ComparedText pieces={sideOf(marked, at === 0 ? 'before' : 'after')} label={name} />
              ) : isRendered && text.length <= mostRendered ? (
                <section class="text rendered" aria-label={name} tabIndex={0}>
                  <Markdown text={text} prefix="" />
                </section>
              ) : (
                <Text text={text} label={name} />
              )}
              {isRendered && text.length > mostRendered && <p class="soft small">It is too long to be drawn; this is its text.</p>}
              {calls.map((call) => (
                <Call key={call.id} of={call} isAsked={about?.about === call.id} />
              ))}
            </section>
          );
        })}
      </div>
      {claims.length > 0 && (
        <ol class="claims" aria-label="Claims">
          {claims.map(({id, text}) => (
            <li key={id} class={about?.about === id ? 'asked' : ''} aria-current={about?.about === id ? 'step' : undefined}>
              <Said text={text} />
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

function Hidden({text}: {text: string}) {
  const hidden = useMemo(() => hiddenCharactersIn(text), [text]);
  if (hidden === 0) return null;
  return (
    <p class="small">
      <span class="hidden-character">{hidden}</span> {hidden === 1 ? 'character that would not be seen is' : 'characters that would not be seen are'} shown by
      code.
    </p>
  );
}

function Call({of: {tool, arguments: given, result}, isAsked}: {of: ShownCall; isAsked: boolean}) {
  return (
    <div class={`call stack${isAsked ? ' asked' : ''}`}>
      <h3>
        Call of <Said text={tool} />
      </h3>
      <Text text={given} label={`Arguments of ${tool}`} />
      {result && (
        <>
          <h3 class="soft">Its result</h3>
          <Text text={result} label={`Result of ${tool}`} />
        </>
      )}
    </div>
  );
}
