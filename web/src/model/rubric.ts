// A rubric as the page uses it, read from the document that the daemon keeps.

export interface Scale {
  from: number;
  to: number;
  pass: number | undefined;
  anchors: ReadonlyMap<string, string>;
}

export interface Label {
  name: string;
  meaning: string;
}

export interface Criterion {
  name: string;
  title: string;
  meaning: string;
  scale: Scale | undefined;
  labels: Label[];
  several: boolean;
  required: boolean;
  notApplicable: boolean;
  clause: string;
}

export interface ErrorClass {
  name: string;
  parent: string;
  meaning: string;
  severity: number | undefined;
  clause: string;
}

export interface SeverityLevel {
  level: number;
  name: string;
  meaning: string;
  clause: string;
}

export interface Example {
  title: string;
  prompt: string;
  response: string;
  criterion: string;
  verdict: string;
  why: string;
  clause: string;
  isCounter: boolean;
}

export interface Rubric {
  name: string;
  version: string;
  description: string;
  guideline: string;
  criteria: Criterion[];
  taxonomy: ErrorClass[];
  severities: SeverityLevel[];
  examples: Example[];
  changes: {version: string; reason: string}[];
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const number = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
// A list of one may be written without brackets.
const list = (value: unknown): Fields[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]).filter(isFields);

function scaleOf(value: unknown): Scale | undefined {
  if (!isFields(value)) return undefined;
  const anchors = isFields(value['anchors']) ? Object.entries(value['anchors']) : [];
  return {
    from: number(value['from']) ?? 1,
    to: number(value['to']) ?? 5,
    pass: number(value['pass']),
    anchors: new Map(anchors.map(([score, says]) => [score, text(says)])),
  };
}

function criterionOf(value: Fields): Criterion {
  return {
    name: text(value['name']),
    title: text(value['title']) || text(value['name']),
    meaning: text(value['meaning']),
    scale: scaleOf(value['scale']),
    labels: list(value['labels']).map((each) => ({name: text(each['name']), meaning: text(each['meaning'])})),
    several: value['several'] === true,
    required: value['required'] !== false,
    notApplicable: value['not_applicable'] === true,
    clause: text(value['clause']),
  };
}

function exampleOf(value: Fields, isCounter: boolean): Example {
  const of = (name: string): string => text(value[name]);
  return {
    title: of('title'), prompt: of('prompt'), response: of('response'), criterion: of('criterion'),
    verdict: of('verdict'), why: of('why'), clause: of('clause'), isCounter,
  };
}

// Of the JSON of a document of kind Rubric; undefined for anything else.
// The version itself, or the newest words of its major version, as the daemon does it: of an item of elsewhere the very
// version may never have been in service here. `versions` are in their order.
export function listedVersion<T extends {version: string}>(versions: readonly T[], version: string): T | undefined {
  const major = version.split('.')[0];
  return versions.find((each) => each.version === version) ?? versions.findLast((each) => each.version.split('.')[0] === major);
}

export function rubricFrom(json: string): Rubric | undefined {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isFields(document)) return undefined;
  return {
    name: text(document['name']),
    version: text(document['version']),
    description: text(document['description']),
    guideline: text(document['guideline']),
    criteria: list(document['criteria']).map(criterionOf),
    taxonomy: list(document['taxonomy']).map((each) => ({
      name: text(each['name']),
      parent: text(each['parent']),
      meaning: text(each['meaning']),
      severity: number(each['severity']),
      clause: text(each['clause']),
    })),
    severities: list(document['severities']).map((each) => ({
      level: number(each['level']) ?? 0,
      name: text(each['name']),
      meaning: text(each['meaning']),
      clause: text(each['clause']),
    })),
    examples: [
      ...list(document['examples']).map((each) => exampleOf(each, false)),
      ...list(document['counterexamples']).map((each) => exampleOf(each, true)),
    ],
    changes: list(document['changes']).map((each) => ({version: text(each['version']), reason: text(each['reason'])})),
  };
}
