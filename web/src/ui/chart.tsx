// A line over time with its interval as a band, and the threshold. The figures stand in the table beside it, so that
// the picture says nothing that cannot be read.

import {useEffect, useRef} from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import {amount, type Unit} from '../model/format.ts';

export interface Point {
  at: Date;
  value?: number | undefined;
  lower?: number | undefined;
  upper?: number | undefined;
}

interface Props {
  label: string;
  points: Point[];
  threshold?: number | undefined;
  unit: Unit;
  isMargin?: boolean; // amounts are signed, and zero is where it stops to pass
}

function colour(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

// The day where it changes, else the time, in UTC.
function labelsOf(times: Date[]): string[] {
  const two = (value: number): string => String(value).padStart(2, '0');
  let day = '';
  return times.map((time) => {
    const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`.replace(/:00$/, '');
    const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
    const isNew = date !== day;
    day = date;
    if (clock === '00:00') return date;
    return isNew ? `${clock}\n${date}` : clock;
  });
}

function optionsFor(element: HTMLElement, {unit, isMargin, threshold}: Props): uPlot.Options {
  const soft = colour(element, '--text-soft');
  const line = colour(element, '--line');
  const accent = colour(element, '--accent');
  const font = `12px ${colour(element, '--font')}`;
  const utc = (seconds: number): Date => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC');
  const axis = {stroke: soft, grid: {stroke: line, width: 1}, ticks: {stroke: line, width: 1}, font};
  const limit = isMargin ? 0 : threshold;
  return {
    width: element.clientWidth,
    height: 220,
    cursor: {show: false},
    legend: {show: false},
    tzDate: utc,
    scales: {
      x: {time: true},
      y: {
        range: (_plot, least, most) => {
          const low = Math.min(least ?? 0, limit ?? least ?? 0);
          const high = Math.max(most ?? 1, limit ?? most ?? 1);
          const room = (high - low || Math.abs(high) || 1) * 0.1;
          return [low - room, high + room];
        },
      },
    },
    axes: [
      {...axis, space: 110, values: (_plot, splits) => labelsOf(splits.map(utc))},
      {...axis, size: 64, values: (_plot, splits) => splits.map((value) => amount(value, unit))},
    ],
    series: [
      {},
      {label: 'upper', stroke: 'transparent', points: {show: false}},
      {label: 'lower', stroke: 'transparent', points: {show: false}},
      {label: 'value', stroke: accent, width: 2, spanGaps: true, points: {show: true, size: 7, fill: accent}},
      {label: 'threshold', stroke: colour(element, '--text'), width: 1.5, dash: [6, 4], points: {show: false}},
    ],
    bands: [{series: [1, 2], fill: colour(element, '--accent-soft')}],
  };
}

function dataOf({points, threshold, isMargin}: Props): uPlot.AlignedData {
  const limit = isMargin ? 0 : threshold;
  const column = (pick: (point: Point) => number | undefined): (number | null)[] =>
    points.map((point) => pick(point) ?? null);
  return [
    points.map((point) => point.at.getTime() / 1000),
    column((point) => point.upper),
    column((point) => point.lower),
    column((point) => point.value),
    column(() => limit),
  ];
}

export function Chart(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const shown = useRef(props);
  shown.current = props;
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let plot: uPlot | undefined;
    const make = () => {
      plot?.destroy();
      plot = new uPlot(optionsFor(element, shown.current), dataOf(shown.current), element);
    };
    make();
    const sized = new ResizeObserver(() => plot?.setSize({width: element.clientWidth, height: 220}));
    sized.observe(element);
    // The colours are the theme's.
    const themed = new MutationObserver(make);
    themed.observe(document.documentElement, {attributeFilter: ['data-theme']});
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', make);
    return () => {
      sized.disconnect();
      themed.disconnect();
      system.removeEventListener('change', make);
      plot?.destroy();
    };
  }, [props.points, props.threshold, props.unit, props.isMargin]);
  return <div class="chart" ref={place} role="img" aria-label={props.label} />;
}
