// Which answer stands against which, as a table that reads the same from either side.

export interface AnswerPair {
  one: string;
  other: string;
  count: bigint;
}

export interface ConfusionRow {
  answer: string;
  cells: number[]; // against each answer, in their order
}

// The diagonal is where both said the same; each pair of judgements stands on both sides of it.
export function confusionOf(answers: readonly string[], pairs: readonly AnswerPair[]): ConfusionRow[] {
  const counts = new Map<string, number>();
  for (const {one, other, count} of pairs) {
    counts.set(JSON.stringify([one, other]), Number(count));
    counts.set(JSON.stringify([other, one]), Number(count));
  }
  return answers.map((answer) => ({answer, cells: answers.map((other) => counts.get(JSON.stringify([answer, other])) ?? 0)}));
}

// The pair of different answers that stand against each other most; undefined where nobody differs.
export function mostConfused(pairs: readonly AnswerPair[]): AnswerPair | undefined {
  return pairs.filter(({one, other}) => one !== other).reduce<AnswerPair | undefined>((most, pair) => (!most || pair.count > most.count ? pair : most), undefined);
}
