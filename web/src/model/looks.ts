// At which numbers of cases a gate was looked at.

// As many as `look` of `looks` had: each look has twice the cases of the one before, the last all that were planned.
export function casesAt(look: number, looks: number, planned: number): number {
  return Math.ceil(planned / 2 ** (looks - look));
}
