// The order in which work comes, lane by lane.

export const laneOrder = ['INCIDENT', 'GATE_BLOCKING', 'ADJUDICATION', 'REWORK', 'AUDIT', 'CALIBRATION', 'NORMAL'] as const;

export interface Waiting {
  lane: string;
  enteredAt: number; // milliseconds
  dueAt: number | undefined;
}

export interface Lane {
  lane: string;
  items: number;
  oldestAt: number;
  dueAt: number | undefined; // the first
}

export function lanesOf(waiting: readonly Waiting[]): Lane[] {
  return laneOrder.flatMap((lane) => {
    const of = waiting.filter((each) => each.lane === lane);
    if (of.length === 0) return [];
    const dues = of.flatMap(({dueAt}) => (dueAt === undefined ? [] : [dueAt]));
    return [{lane, items: of.length, oldestAt: Math.min(...of.map(({enteredAt}) => enteredAt)), dueAt: dues.length > 0 ? Math.min(...dues) : undefined}];
  });
}
