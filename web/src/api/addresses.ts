// The addresses of screens, and what is asked for in them.

export const gatesAt = '/gates';
export const gateAt = (name: string): string => `/gates/${encodeURIComponent(name)}`;
export const verdictAt = (id: string): string => `/verdicts/${id}`;
export const lineageAt = (id: string): string => `/verdicts/${id}/lineage`;
export const checkAt = (id: string): string => `/checks/${id}`;
export const runsAt = (query: Record<string, string> = {}): string => withQuery('/runs', query);
export const runAt = (id: string, query: Record<string, string> = {}): string => withQuery(`/runs/${id}`, query);
export const caseAt = (run: string, ordinal: bigint | number, baseline = ''): string =>
  withQuery(`/runs/${run}/cases/${ordinal}`, {with: baseline});
export const modelsAt = '/models';
export const modelAt = (name: string, version: string): string =>
  `/models/${encodeURIComponent(name)}/${encodeURIComponent(version)}`;
export const catalogAt = (query: Record<string, string> = {}): string => withQuery('/catalog', query);
export const documentAt = (kind: string, name: string): string =>
  `/catalog/${kind.toLowerCase()}/${encodeURIComponent(name)}`;

export const reviewAt = '/review';
export const workAt = (query: Record<string, string> = {}): string => withQuery('/review/work', query);
export const itemsAt = (query: Record<string, string> = {}): string => withQuery('/review/items', query);
export const itemAt = (id: string, query: Record<string, string> = {}): string => withQuery(`/review/items/${encodeURIComponent(id)}`, query);
export const queuesAt = '/review/queues';
export const queueAt = (name: string): string => `/review/queues/${encodeURIComponent(name)}`;
export const auditsAt = (query: Record<string, string> = {}): string => withQuery('/review/audits', query);
export const escalationsAt = '/review/escalations';
export const guidelinesAt = '/review/guidelines';
export const guidelineAt = (rubric: string, query: Record<string, string> = {}): string =>
  withQuery(`/review/guidelines/${encodeURIComponent(rubric)}`, query);
export const calibrationsAt = '/review/calibration';
export const calibrationAt = (id: string): string => `/review/calibration/${encodeURIComponent(id)}`;
export const goldAt = '/review/gold';
export const approvalsAt = '/review/approvals';
export const exportsAt = '/review/exports';
export const reviewKeysAt = '/review/keys';

export function withQuery(path: string, query: Record<string, string>): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '');
  return kept.length === 0 ? path : `${path}?${new URLSearchParams(kept)}`;
}
