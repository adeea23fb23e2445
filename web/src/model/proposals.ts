// Words that people propose for a guideline, by the clause that they are about.

// As the page and the daemon write it: "rubric NAME" or "rubric NAME § CLAUSE".
export const subjectOf = (rubric: string, clause: string): string => `rubric ${rubric}${clause ? ` § ${clause}` : ''}`;

// '' for no clause; undefined where it is about another rubric.
export function clauseOf(subject: string, rubric: string): string | undefined {
  if (subject === subjectOf(rubric, '')) return '';
  const start = `${subjectOf(rubric, '')} § `;
  return subject.startsWith(start) ? subject.slice(start.length).trim() : undefined;
}

// The item that a judgement proposed it of; '' where that is not told.
export const itemOfReason = (reason: string): string => /^while judging item (\S+)$/.exec(reason)?.[1] ?? '';

// "2" before "10", and what has no clause last.
export function byClause(a: string, b: string): number {
  if (a === '' || b === '') return a === b ? 0 : a === '' ? 1 : -1;
  return a.localeCompare(b, 'en', {numeric: true});
}
