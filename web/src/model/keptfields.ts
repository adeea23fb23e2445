// Fields that were typed into and are not sent yet, as a text that outlives the page.

export type Fields<Name extends string> = Readonly<Record<Name, string>>;

export const keptForMs = 30 * 86_400_000;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

export const textOfFields = (fields: Fields<string>, at: number): string => JSON.stringify({v: 1, at, fields});

// What is missing, or is no text, is as it starts; names that are not asked for are left out.
export function fieldsFrom<Name extends string>(text: string | null, start: Fields<Name>): Fields<Name> {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? '');
  } catch {
    return start;
  }
  if (!isObject(kept) || kept['v'] !== 1 || !isObject(kept['fields'])) return start;
  const {fields} = kept as {fields: Record<string, unknown>};
  const read = Object.entries<string>(start).map(([name, first]): [string, string] => {
    const value = fields[name];
    return [name, typeof value === 'string' ? value : first];
  });
  return Object.fromEntries(read) as Fields<Name>;
}

export const areFieldsAs = <Name extends string>(fields: Fields<Name>, start: Fields<Name>): boolean =>
  Object.entries<string>(start).every(([name, first]) => fields[name as Name] === first);

// Of something that nobody came back to for so long, or that no page wrote.
export function isForgotten(text: string, now: number): boolean {
  try {
    const kept: unknown = JSON.parse(text);
    return !isObject(kept) || typeof kept['at'] !== 'number' || now - kept['at'] > keptForMs;
  } catch {
    return true;
  }
}
