import assert from 'node:assert/strict';
import {test} from 'node:test';
import {clauseIn, clausesOf, inlineOf, markdownOf, wordsOf, type Inline, type Node} from '../../web/src/model/markdown.ts';

const said = (of: Inline[]): string =>
  of.map((each) => {
    switch (each.kind) {
      case 'text': return each.text;
      case 'code': return `\`${each.text}\``;
      case 'strong': return `<b>${said(each.of)}</b>`;
      case 'emphasis': return `<i>${said(each.of)}</i>`;
      case 'link': return `<link ${each.to}>${said(each.of)}</link>`;
    }
  }).join('');
const drawn = (nodes: Node[]): string =>
  nodes.map((node) => {
    switch (node.kind) {
      case 'heading': return `h${node.level}[${node.clause}] ${said(node.of)}`;
      case 'paragraph': return `p ${said(node.of)}`;
      case 'code': return `code ${JSON.stringify(node.text)}`;
      case 'quote': return `quote(${drawn(node.of)})`;
      case 'list': return `${node.isOrdered ? 'ol' : 'ul'}(${node.items.map(said).join(' | ')})`;
      case 'rule': return 'hr';
    }
  }).join(' / ');

const rows: [name: string, text: string, expected: string][] = [
  ['headings with clauses', '# T\n## 2.3 Refunds\n### 2.3.1. Late', 'h1[] T / h2[2.3] 2.3 Refunds / h3[2.3.1] 2.3.1. Late'],
  ['paragraphs join their lines', 'one\ntwo\n\nthree', 'p one two / p three'],
  ['stress, code and links', 'a **b *c* x** `d*` [e](http://f)', 'p a <b>b <i>c</i> x</b> `d*` <link http://f>e</link>'],
  ['names with underscores stay', 'invented_amount and other_name', 'p invented_amount and other_name'],
  ['lists', '- a\n- b\n  goes on\n\n1. c\n2) d', 'ul(a | b goes on) / ol(c | d)'],
  ['code is no markup', '```\n# no\n**no**\n```\nafter', 'code "# no\\n**no**" / p after'],
  ['code that never ends', '```\na', 'code "a"'],
  ['quotes', '> a\n> - b', 'quote(p a / ul(b))'],
  ['rules', 'a\n\n---\n\nb', 'p a / hr / p b'],
  ['HTML is text', '<script>alert(1)</script>\n<img src=x>', 'p <script>alert(1)</script> <img src=x>'],
  ['a picture is a link that nobody follows', '![t](http://evil/x.png)', 'p <link http://evil/x.png>t</link>'],
  ['nothing', '', ''],
];
for (const [name, text, expected] of rows) {
  test(`markdown: ${name}`, () => assert.equal(drawn(markdownOf(text)), expected));
}

test('a clause holds its own clauses', () => {
  const nodes = markdownOf('## 1 A\na\n### 1.1 B\nb\n## 2 C\nc');
  assert.deepEqual(clausesOf(nodes), [{clause: '1', title: '1 A'}, {clause: '1.1', title: '1.1 B'}, {clause: '2', title: '2 C'}]);
  assert.equal(drawn(clauseIn(nodes, '1')), 'h2[1] 1 A / p a / h3[1.1] 1.1 B / p b');
  assert.equal(drawn(clauseIn(nodes, '1.1')), 'h3[1.1] 1.1 B / p b');
  assert.deepEqual(clauseIn(nodes, '9'), []);
  assert.equal(wordsOf(inlineOf('a **b** `c`')), 'a b c');
});

test('texts made to take long do not', () => {
  const began = performance.now();
  for (const text of ['*'.repeat(50_000), '['.repeat(50_000), '> '.repeat(5000), '`'.repeat(50_000), '_a'.repeat(30_000), '**a'.repeat(20_000), `${'- '.repeat(10_000)}a`]) markdownOf(text);
  assert.ok(performance.now() - began < 3000, `${performance.now() - began} ms`);
});
