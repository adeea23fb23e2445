// Where the parts of an interval stand on a line: all between 0 and 1, from the left.

export interface Interval {
  value?: number | undefined;
  lower?: number | undefined; // absent: unbounded below
  upper?: number | undefined; // absent: unbounded above
}

export interface Domain {
  from: number;
  to: number;
}

// Which side of the threshold passes.
export type Side = 'above' | 'below' | 'none';

export interface Drawn {
  value?: number | undefined;
  lower: number;
  upper: number;
  isOpenBelow: boolean; // the interval goes on beyond what is drawn
  isOpenAbove: boolean;
  threshold?: number | undefined;
}

const finite = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);

// Room for all of them and a margin around, so that a bound that touches the threshold can be seen to. Shares stay
// within 0 and 1.
export function domainOf(intervals: Interval[], thresholds: (number | undefined)[], isShare: boolean): Domain {
  const values = [...intervals.flatMap((each) => [each.value, each.lower, each.upper]), ...thresholds].filter(finite);
  if (values.length === 0) return {from: 0, to: 1};
  const least = Math.min(...values);
  const most = Math.max(...values);
  const room = most > least ? (most - least) * 0.12 : Math.max(Math.abs(most) * 0.1, isShare ? 0.05 : 1);
  const from = least - room;
  const to = most + room;
  return isShare ? {from: Math.max(0, from), to: Math.min(1, to)} : {from, to};
}

export function placeOn(domain: Domain, value: number): number {
  const width = domain.to - domain.from;
  if (!(width > 0)) return 0.5;
  return Math.min(1, Math.max(0, (value - domain.from) / width));
}

export function draw(interval: Interval, threshold: number | undefined, domain: Domain): Drawn | undefined {
  if (!finite(interval.value) && !finite(interval.lower) && !finite(interval.upper)) return undefined;
  return {
    value: finite(interval.value) ? placeOn(domain, interval.value) : undefined,
    lower: finite(interval.lower) ? placeOn(domain, interval.lower) : 0,
    upper: finite(interval.upper) ? placeOn(domain, interval.upper) : 1,
    isOpenBelow: !finite(interval.lower),
    isOpenAbove: !finite(interval.upper),
    threshold: finite(threshold) ? placeOn(domain, threshold) : undefined,
  };
}

// From what a rule asks for: ">= 0.9", "difference >= -0.02", "<= 2000".
export function passingSide(asks: string): Side {
  if (/(^|\s)>=?\s/.test(asks)) return 'above';
  if (/(^|\s)<=?\s/.test(asks)) return 'below';
  return 'none';
}

// Where the bound is held against in the drawing. What is asked of a difference says it with its sign, where the
// threshold of such a rule is the margin without one.
export function thresholdIn(asks: string, threshold: number | undefined): number | undefined {
  const said = /[<>]=?\s*(-?[\d.]+(?:e-?\d+)?)/i.exec(asks);
  return said?.[1] !== undefined && Number.isFinite(Number(said[1])) ? Number(said[1]) : threshold;
}

// A few round numbers of an axis.
export function ticksOf(domain: Domain, about = 3): number[] {
  const raw = (domain.to - domain.from) / about;
  if (!(raw > 0)) return [domain.from];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw) ?? 10 * power;
  const ticks: number[] = [];
  for (let tick = Math.ceil(domain.from / step) * step; tick <= domain.to + step * 1e-9; tick += step) {
    ticks.push(Number(tick.toPrecision(12)));
  }
  return ticks;
}
