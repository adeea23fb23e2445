// How fast a run goes on, from what was seen of it.

export interface Sighting {
  at: number; // milliseconds
  done: number; // trials that have ended
}

const windowMilliseconds = 10_000;

export function addSighting(seen: Sighting[], next: Sighting): Sighting[] {
  const recent = seen.filter((each) => next.at - each.at <= windowMilliseconds && each.done <= next.done);
  return [...recent, next];
}

// Trials a second over the last ten; undefined until two sightings tell.
export function rateOf(seen: Sighting[]): number | undefined {
  const first = seen[0];
  const last = seen[seen.length - 1];
  if (!first || !last || last.at - first.at < 500) return undefined;
  return (1000 * (last.done - first.done)) / (last.at - first.at);
}

export function secondsLeft(outstanding: number, rate: number | undefined): number | undefined {
  return rate && rate > 0 ? outstanding / rate : undefined;
}
