// Where every field that is typed into is kept until what it says is in: in this browser, for the person, by its place.

import {useRef, useState} from 'preact/hooks';
import {areFieldsAs, fieldsFrom, isForgotten, textOfFields, type Fields} from '../model/keptfields.ts';

const prefix = 'assay.kept.';

function read<Name extends string>(of: string, start: Fields<Name>): Fields<Name> {
  try {
    return fieldsFrom(localStorage.getItem(prefix + of), start);
  } catch {
    return start;
  }
}

function write<Name extends string>(of: string, fields: Fields<Name>, start: Fields<Name>): void {
  try {
    if (areFieldsAs(fields, start)) localStorage.removeItem(prefix + of);
    else localStorage.setItem(prefix + of, textOfFields(fields, Date.now()));
  } catch {
    // Without storage it lasts until the page is loaded again.
  }
}

// Once for each page: what was left behind long ago does not stay for ever.
export function forgetOld(): void {
  try {
    const own = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
    for (const name of own) if (isForgotten(localStorage.getItem(name) ?? '', Date.now())) localStorage.removeItem(name);
  } catch {
    // Nothing is kept.
  }
}

export interface KeptFields<Name extends string> {
  now: Fields<Name>;
  change: (changed: Partial<Record<Name, string>>) => void;
  forget: () => void; // once it is in
}

// `place` says what the fields are of, like "ruling.ITEM"; another place has fields of its own.
export function useKept<Name extends string>(person: string, place: string, start: Fields<Name>): KeptFields<Name> {
  const of = `${person}.${place}`;
  const latest = useRef<{of: string; fields: Fields<Name>} | undefined>(undefined);
  if (latest.current?.of !== of) latest.current = {of, fields: read(of, start)};
  const [, draw] = useState(0);
  const put = (fields: Fields<Name>): void => {
    latest.current = {of, fields};
    write(of, fields, start);
    draw((times) => times + 1);
  };
  return {
    now: latest.current.fields,
    change: (changed) => put({...(latest.current?.fields ?? start), ...changed}),
    forget: () => put(start),
  };
}
