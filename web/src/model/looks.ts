// At which numbers of cases a gate was looked at, and what of the baseline was compared with its own past.

// As many as `look` of `looks` had: each look has twice the cases of the one before, the last all that were planned.
export function casesAt(look: number, looks: number, planned: number): number {
  return Math.ceil(planned / 2 ** (looks - look));
}

export interface Control {
  suite: string;
  metric: string;
  earlierRun: string;
  before: number | undefined;
  now: number | undefined;
  hasMoved: boolean;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

// Of the document of a verdict; none where it has none, or comes from a version without.
export function controlsOf(document: string): Control[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    return [];
  }
  const listed = (parsed as {controls?: unknown} | null)?.controls;
  if (!Array.isArray(listed)) return [];
  return listed
    .filter((each): each is Record<string, unknown> => typeof each === 'object' && each !== null)
    .map((each) => ({
      suite: textOf(each['suite']),
      metric: textOf(each['metric']),
      earlierRun: textOf(each['earlier_run']),
      before: numberOf(each['before']),
      now: numberOf(each['now']),
      hasMoved: each['has_moved'] === true,
    }));
}
