// An interval on a line, with the threshold that it is held against and the side that passes.

import {amount, type Unit} from '../model/format.ts';
import {draw, type Domain, type Interval, type Side} from '../model/interval.ts';
import type {Tone} from './badge.tsx';

interface Props {
  interval: Interval;
  threshold: number | undefined;
  side: Side;
  domain: Domain;
  unit: Unit;
  tone: Tone;
}

const width = 240;
const height = 30;
const inset = 6;
const middle = height / 2;

export function IntervalLine({interval, threshold, side, domain, unit, tone}: Props) {
  const drawn = draw(interval, threshold, domain);
  if (!drawn) return <span class="soft">no interval</span>;
  const x = (place: number): number => inset + place * (width - 2 * inset);
  const limit = drawn.threshold;
  const says =
    `${amount(interval.value, unit)}, from ${drawn.isOpenBelow ? 'unbounded' : amount(interval.lower, unit)} ` +
    `to ${drawn.isOpenAbove ? 'unbounded' : amount(interval.upper, unit)}` +
    (threshold === undefined ? '' : `, threshold ${amount(threshold, unit)}`);
  return (
    <svg class={`interval tone-${tone}`} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={says}>
      <title>{says}</title>
      {limit !== undefined && side === 'above' && (
        <rect class="passes" x={x(limit)} y={3} width={x(1) - x(limit)} height={height - 6} />
      )}
      {limit !== undefined && side === 'below' && (
        <rect class="passes" x={x(0)} y={3} width={x(limit) - x(0)} height={height - 6} />
      )}
      <line class="axis" x1={x(0)} x2={x(1)} y1={middle} y2={middle} vector-effect="non-scaling-stroke" />
      <line class="bar" x1={x(drawn.lower)} x2={x(drawn.upper)} y1={middle} y2={middle} vector-effect="non-scaling-stroke" />
      {limit !== undefined && (
        <line class="threshold" x1={x(limit)} x2={x(limit)} y1={2} y2={height - 2} vector-effect="non-scaling-stroke" />
      )}
      {drawn.value !== undefined && (
        <line
          class="bar"
          x1={x(drawn.value)}
          x2={x(drawn.value)}
          y1={middle - 7}
          y2={middle + 7}
          vector-effect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}
