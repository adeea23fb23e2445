// Guidelines in Markdown, as a tree that is drawn with elements of the page: no HTML of theirs, no picture, no address
// that opens by itself.

export type Inline =
  | {kind: 'text'; text: string}
  | {kind: 'code'; text: string}
  | {kind: 'strong' | 'emphasis'; of: Inline[]}
  | {kind: 'link'; of: Inline[]; to: string};

export type Node =
  | {kind: 'heading'; level: number; clause: string; of: Inline[]}
  | {kind: 'paragraph'; of: Inline[]}
  | {kind: 'code'; text: string}
  | {kind: 'quote'; of: Node[]}
  | {kind: 'list'; isOrdered: boolean; items: Inline[][]}
  | {kind: 'rule'};

const deepest = 6;

const inline = /`([^`\n]+)`|\*\*([^*\n]+(?:\*(?!\*)[^*\n]+)*)\*\*|(?<![\w*])\*([^*\s](?:[^*\n]*[^*\s])?)\*(?![\w*])|(?<!\w)_([^_\s](?:[^_\n]*[^_\s])?)_(?!\w)|!?\[([^\]\n]{0,500})\]\(([^()\s]{0,2000})\)/g;

export function inlineOf(text: string, depth = 0): Inline[] {
  if (depth > deepest) return [{kind: 'text', text}];
  const found: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(inline)) {
    const [whole, code, strong, emphasis, other, title, to] = match;
    if (match.index > from) found.push({kind: 'text', text: text.slice(from, match.index)});
    from = match.index + whole.length;
    const stressed = emphasis ?? other;
    if (code !== undefined) found.push({kind: 'code', text: code});
    else if (strong !== undefined) found.push({kind: 'strong', of: inlineOf(strong, depth + 1)});
    else if (stressed !== undefined) found.push({kind: 'emphasis', of: inlineOf(stressed, depth + 1)});
    else if (to !== undefined) found.push({kind: 'link', of: inlineOf(title ?? '', depth + 1), to});
  }
  if (from < text.length) found.push({kind: 'text', text: text.slice(from)});
  return found;
}

const heading = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$/;
const clause = /^(\d{1,3}(?:\.\d{1,3}){0,5})\.?(?:[ \t]+|$)/;
const fence = /^ {0,3}(`{3,}|~{3,})/;
const item = /^ {0,6}(?:[-*+]|(\d{1,9})[.)])[ \t]+(.*)$/;

export function markdownOf(text: string, depth = 0): Node[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const nodes: Node[] = [];
  let at = 0;
  const take = (belongs: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && belongs(lines[at] ?? '')) at += 1;
    return lines.slice(from, at);
  };
  const begins = (line: string): boolean => heading.test(line) || fence.test(line) || /^ {0,3}>/.test(line) || item.test(line) || isRule(line);
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const titled = heading.exec(line);
    const fenced = fence.exec(line);
    if (line.trim() === '') at += 1;
    else if (titled) {
      at += 1;
      const title = titled[2] ?? '';
      nodes.push({kind: 'heading', level: titled[1]?.length ?? 1, clause: clause.exec(title)?.[1] ?? '', of: inlineOf(title)});
    } else if (fenced) {
      at += 1;
      const end = fenced[1] ?? '```';
      nodes.push({kind: 'code', text: take((each) => !each.trimStart().startsWith(end)).join('\n')});
      at += 1;
    } else if (isRule(line)) {
      at += 1;
      nodes.push({kind: 'rule'});
    } else if (/^ {0,3}>/.test(line) && depth < deepest) {
      const quoted = take((each) => /^ {0,3}>/.test(each)).map((each) => each.replace(/^ {0,3}> ?/, ''));
      nodes.push({kind: 'quote', of: markdownOf(quoted.join('\n'), depth + 1)});
    } else if (item.test(line)) {
      const items: string[] = [];
      const listed = take((each) => each.trim() !== '' && (item.test(each) || (!heading.test(each) && !fence.test(each))));
      for (const each of listed) {
        const begun = item.exec(each);
        if (begun) items.push(begun[2] ?? '');
        else items.push(`${items.pop() ?? ''} ${each.trim()}`);
      }
      nodes.push({kind: 'list', isOrdered: item.exec(line)?.[1] !== undefined, items: items.map((each) => inlineOf(each))});
    } else {
      at += 1;
      const rest = take((each) => each.trim() !== '' && !begins(each));
      nodes.push({kind: 'paragraph', of: inlineOf([line, ...rest].map((each) => each.trim()).join(' '))});
    }
  }
  return nodes;
}

const isRule = (line: string): boolean => /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/.test(line);

export function clausesOf(nodes: Node[]): {clause: string; title: string}[] {
  return nodes.flatMap((node) => (node.kind === 'heading' && node.clause !== '' ? [{clause: node.clause, title: wordsOf(node.of)}] : []));
}

export function wordsOf(of: Inline[]): string {
  return of.map((each) => ('text' in each ? each.text : wordsOf(each.of))).join('');
}

// The heading of a clause and what stands under it, its own clauses included.
export function clauseIn(nodes: Node[], wanted: string): Node[] {
  const from = nodes.findIndex((node) => node.kind === 'heading' && node.clause === wanted);
  if (from === -1) return [];
  const level = (nodes[from] as {level: number}).level;
  const rest = nodes.slice(from + 1).findIndex((node) => node.kind === 'heading' && node.level <= level);
  return nodes.slice(from, rest === -1 ? nodes.length : from + 1 + rest);
}
