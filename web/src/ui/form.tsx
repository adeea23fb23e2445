// The one form: labelled fields in a line, one main action, and what went wrong below it.

import type {ComponentChildren} from 'preact';
import {useEffect, useId, useLayoutEffect, useRef, useState} from 'preact/hooks';
import type {Action} from '../api/use.ts';
import {Failed} from './notes.tsx';

interface FormProps {
  label: string;
  submit?: string; // absent: fields act at once
  action?: Action;
  failed?: string;
  children: ComponentChildren;
}

export function Form({label, submit, action, failed, children}: FormProps) {
  return (
    <div class="stack">
      <form
        class="form"
        aria-label={label}
        onSubmit={(event) => {
          event.preventDefault();
          action?.run();
        }}
      >
        {children}
        {submit && (
          <button type="submit" class="button main-action" disabled={action?.isBusy}>
            {action?.isBusy ? 'Working…' : submit}
          </button>
        )}
      </form>
      {action?.problem && <Failed what={failed ?? `${submit ?? label} failed`} problem={action.problem} again={action.run} />}
    </div>
  );
}

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

interface InputProps extends FieldProps {
  type?: 'text' | 'password' | 'search';
  placeholder?: string;
  width?: string;
  isFilter?: boolean; // "/" goes to it
  hint?: string;
}

export function Input({label, value, onChange, type = 'text', placeholder, width, isFilter, hint}: InputProps) {
  const id = useId();
  return (
    <div class="field" style={{width}}>
      <label for={id}>{label}</label>
      {hint && (
        <span id={`${id}-hint`} class="soft small">
          {hint}
        </span>
      )}
      <input
        {...{id, value, placeholder}}
        type={type as 'text'}
        aria-describedby={hint ? `${id}-hint` : undefined}
        autocomplete="off"
        spellcheck={false}
        data-filter={isFilter ? '' : undefined}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}

// Waits for the end of typing, so that not every letter is asked for.
export function LateInput({value, onChange, ...rest}: InputProps) {
  const [typed, setTyped] = useState(value);
  const told = useRef(value);
  const latest = useRef(onChange);
  latest.current = onChange;
  // What comes back of one's own is behind what was typed since.
  useLayoutEffect(() => {
    if (value !== told.current) setTyped(value);
    told.current = value;
  }, [value]);
  useEffect(() => {
    if (typed === told.current) return;
    const timer = setTimeout(() => {
      told.current = typed;
      latest.current(typed);
    }, 250);
    return () => clearTimeout(timer);
  }, [typed]);
  return <Input {...rest} value={typed} onChange={setTyped} />;
}

interface SelectProps extends FieldProps {
  options: [value: string, title: string][];
  isFilter?: boolean;
}

export function Select({label, value, onChange, options, isFilter}: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        {...{id, value}}
        data-filter={isFilter ? '' : undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map(([key, title]) => (
          <option key={key} value={key}>
            {title}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Button({action, children}: {action: Action; children: ComponentChildren}) {
  return (
    <button type="button" class="button" disabled={action.isBusy} onClick={action.run}>
      {children}
    </button>
  );
}
