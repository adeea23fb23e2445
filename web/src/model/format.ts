// Numbers, times and names as people read them. Locale en: what is copied from the page is the same everywhere.

export type Unit = 'share' | 'ms' | 'usd' | 'tokens' | 'number';

const minus = '\u2212';
const none = '\u2013';

function grouped(value: number, digits: number): string {
  return value.toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits});
}

function withMinus(text: string): string {
  return text.replace('-', minus);
}

// The unit of a metric by its source, and for scores whether they are shares.
export function unitOf(source: string, values: (number | undefined)[]): Unit {
  if (source === 'latency_ms' || source === 'ttft_ms') return 'ms';
  if (source === 'cost_usd') return 'usd';
  if (source === 'tokens_in' || source === 'tokens_out') return 'tokens';
  if (source !== '' && source !== 'score' && source !== 'pass') return 'number';
  return values.every((value) => value === undefined || (value >= -1 && value <= 1)) ? 'share' : 'number';
}

export function amount(value: number | undefined, unit: Unit): string {
  if (value === undefined || !Number.isFinite(value)) return none;
  switch (unit) {
    case 'share':
      return withMinus(value.toFixed(3));
    case 'ms':
      return withMinus(milliseconds(value));
    case 'usd':
      return withMinus(usd(value));
    case 'tokens':
      return withMinus(grouped(Math.round(value), 0));
    case 'number':
      return withMinus(Math.abs(value) >= 100 ? grouped(value, 0) : String(Number(value.toPrecision(4))));
  }
}

// What a rule asks, with the signs that people write.
export function asked(text: string): string {
  return text.replace(/>=/g, '\u2265').replace(/<=/g, '\u2264').replace(/(^|\s)-(?=\d)/g, `$1${minus}`);
}

// A sentence of a verdict with figures as long as the page shows them elsewhere; the verdict itself has them whole.
export const rounded = (text: string): string => text.replace(/(?<![\w.])-?\d+\.\d{4,}(?![\w.])/g, (figure) => Number(figure).toFixed(3)).replace(/(?<![\w.-])-(?=\d)/g, minus);

// A margin says on which side it is.
export function signed(value: number | undefined, unit: Unit): string {
  const text = amount(value, unit);
  return value !== undefined && value > 0 && Number.isFinite(value) ? `+${text}` : text;
}

export function milliseconds(value: number): string {
  const size = Math.abs(value);
  if (size >= 60_000) return `${Number((value / 60_000).toPrecision(3))} min`;
  if (size >= 1000) return `${Number((value / 1000).toPrecision(3))} s`;
  return `${size >= 10 ? Math.round(value) : Number(value.toPrecision(2))} ms`;
}

export function usd(value: number): string {
  if (value === 0) return '$0';
  const digits = Math.abs(value) >= 1 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(Math.abs(value))));
  return `${value < 0 ? '-' : ''}$${Math.abs(value).toFixed(digits)}`;
}

export function count(value: number | bigint): string {
  return value.toLocaleString('en');
}

export function plural(value: number | bigint, one: string, many = `${one}s`): string {
  return `${count(value)} ${Number(value) === 1 ? one : many}`;
}

export function percent(part: number, whole: number): string {
  if (whole === 0) return none;
  const share = (100 * part) / whole;
  if (part > 0 && share < 0.1) return '<0.1 %';
  if (part < whole && share > 99.9) return '>99.9 %';
  return `${Number(share.toFixed(share < 10 || share > 90 ? 1 : 0))} %`;
}

export function span(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return none;
  if (seconds < 1) return milliseconds(seconds * 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} days`;
}

export function age(then: Date, now: Date): string {
  const seconds = (now.getTime() - then.getTime()) / 1000;
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

// As age, of what is to come.
export function ahead(then: Date, now: Date): string {
  const seconds = (then.getTime() - now.getTime()) / 1000;
  if (seconds <= 0) return 'now';
  if (seconds < 60) return `in ${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `in ${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `in ${Math.floor(seconds / 3600)} h`;
  return `in ${Math.floor(seconds / 86_400)} days`;
}

// Stored times are UTC, and so is what the page shows.
export function moment(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ') + ' UTC';
}

// Ids made at about the same time begin alike; their end tells them apart.
export function shortId(id: string): string {
  return id.length > 12 ? `\u2026${id.slice(-8)}` : id;
}

export function shortHash(hash: string): string {
  const hex = hash.replace(/^sha256:/, '');
  return hex.length > 12 ? hex.slice(0, 12) : hex;
}
