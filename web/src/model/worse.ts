// Whether a candidate does worse on a case than the baseline.

import type {Side} from './interval.ts';

// `passes`: on which side of the threshold the rule passes. A case that the candidate has no value of counts as worse.
export function isWorse(candidate: number | undefined, baseline: number | undefined, passes: Side): boolean {
  if (baseline === undefined) return false;
  if (candidate === undefined) return true;
  return passes === 'below' ? candidate > baseline : candidate < baseline;
}
