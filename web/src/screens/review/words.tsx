// What is said in words and names beside the answers: why, what is wrong, what the guideline lacks.

import {useState} from 'preact/hooks';
import {toggleError, type Judging} from '../../model/judging.ts';
import type {KeyMapping} from '../../model/reviewkeys.ts';
import type {Rubric} from '../../model/rubric.ts';
import {Said} from '../../ui/text.tsx';

interface Props {
  judging: Judging;
  change: (next: (before: Judging) => Judging) => void;
  rubric: Rubric;
  open: {errors: boolean; proposal: boolean};
  mapping: KeyMapping;
  isBusy: boolean;
  isCorrection: boolean;
  reference: string;
}

const mostWords = 64 << 10;

export function Words({judging, change, rubric, open, mapping, isBusy, isCorrection, reference}: Props) {
  return (
    <div class="section">
      {isCorrection && (
        <label class="field">
          <span>The answer that should have been expected</span>
          <textarea
            data-part="expected"
            rows={6}
            dir="auto"
            disabled={isBusy}
            maxLength={mostWords}
            placeholder={reference.slice(0, 200)}
            value={judging.expected}
            onInput={({currentTarget: {value}}) => change((before) => ({...before, expected: value}))}
          />
        </label>
      )}
      {rubric.taxonomy.length > 0 && <Errors {...{judging, change, rubric, mapping}} isOpen={open.errors} />}
      <label class="field">
        <span>
          Why <kbd aria-hidden="true">{mapping.get('rationale')}</kbd>
        </span>
        <textarea
          data-part="rationale"
          rows={3}
          dir="auto"
          disabled={isBusy}
          maxLength={mostWords}
          value={judging.rationale}
          onInput={({currentTarget: {value}}) => change((before) => ({...before, rationale: value}))}
        />
      </label>
      <div class="row">
        <button
          type="button"
          class="option"
          aria-pressed={judging.isAmbiguous}
          onClick={() => change((before) => ({...before, isAmbiguous: !before.isAmbiguous}))}
        >
          <kbd aria-hidden="true">{mapping.get('unclear')}</kbd> The guideline does not say
        </button>
        {!open.proposal && (
          <span class="soft small">
            <kbd aria-hidden="true">{mapping.get('propose')}</kbd> says what it should say
          </span>
        )}
      </div>
      {open.proposal && (
        <label class="field">
          <span>What the guideline should say</span>
          <textarea
            data-part="proposal"
            rows={2}
            dir="auto"
            disabled={isBusy}
            maxLength={4000}
            value={judging.proposal}
            onInput={({currentTarget: {value}}) => change((before) => ({...before, proposal: value}))}
          />
        </label>
      )}
    </div>
  );
}

interface ErrorsProps extends Pick<Props, 'judging' | 'change' | 'rubric' | 'mapping'> {
  isOpen: boolean;
}

const shownAtOnce = 8;

function Errors({judging, change, rubric, mapping, isOpen}: ErrorsProps) {
  const [typed, setTyped] = useState('');
  const wanted = typed.trim().toLowerCase();
  const fits = rubric.taxonomy.filter(({name, meaning}) => wanted === '' || `${name} ${meaning}`.toLowerCase().replaceAll('_', ' ').includes(wanted.replaceAll('_', ' ')));
  const toggle = (name: string) => {
    change((before) => toggleError(before, name));
    setTyped('');
  };
  return (
    <fieldset class="stack">
      <legend class="small">
        What is wrong <kbd aria-hidden="true">{mapping.get('errors')}</kbd>
      </legend>
      <div class="row">
        {judging.errors.length === 0 && <span class="soft small">nothing named</span>}
        {judging.errors.map((name) => (
          <button key={name} type="button" class="option" aria-pressed onClick={() => toggle(name)}>
            <Said text={name} /> <span class="unseen">, take it away</span>
          </button>
        ))}
      </div>
      {isOpen && (
        <>
          <input
            data-part="errors"
            type="search"
            aria-label="Search the classes of errors; Enter takes the first"
            autocomplete="off"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={(event) => {
              const first = fits[0];
              if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.isComposing || !first) return;
              event.preventDefault();
              toggle(first.name);
            }}
          />
          <ul class="stack small">
            {fits.slice(0, shownAtOnce).map(({name, parent, meaning, severity}) => (
              <li key={name}>
                <button type="button" class="disclosure" onClick={() => toggle(name)}>
                  <strong>
                    <Said text={name} />
                  </strong>{' '}
                  <span class="soft">
                    <Said text={[parent && `a kind of ${parent}`, meaning, severity !== undefined && `severity ${severity} at least`].filter(Boolean).join('; ')} />
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </fieldset>
  );
}
