// Errors by cause: messages that differ only in numbers, ids and addresses are one.

export interface Failure {
  ordinal: number;
  caseId: string;
  message: string;
}

export interface Cause {
  message: string; // of the first
  count: number;
  examples: Failure[]; // the first few
}

const mostExamples = 3;

export function shapeOf(message: string): string {
  return message
    .replace(/https?:\/\/\S+/g, '<address>')
    .replace(/"[^"]{0,400}"/g, '<text>')
    .replace(/\b[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b/gi, '<id>')
    .replace(/\d+(?:\.\d+)?/g, '<n>')
    .trim();
}

// The most frequent first.
export function causesOf(failures: Failure[]): Cause[] {
  const causes = new Map<string, Cause>();
  for (const failure of failures) {
    const shape = shapeOf(failure.message);
    const cause = causes.get(shape) ?? {message: failure.message, count: 0, examples: []};
    cause.count += 1;
    if (cause.examples.length < mostExamples) cause.examples.push(failure);
    causes.set(shape, cause);
  }
  return [...causes.values()].sort((a, b) => b.count - a.count);
}
