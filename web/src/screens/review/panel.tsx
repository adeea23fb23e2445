// The guideline beside the item: it follows what is asked, and can be searched.

import {useMemo, useState} from 'preact/hooks';
import {guidelineAt} from '../../api/addresses.ts';
import {clauseIn, clausesOf, markdownOf, wordsOf, type Node} from '../../model/markdown.ts';
import type {Example, Rubric} from '../../model/rubric.ts';
import {Input} from '../../ui/form.tsx';
import {Said, Text} from '../../ui/text.tsx';
import {Nodes} from './marks.tsx';

interface Props {
  rubric: Rubric;
  clause: string; // of what is asked; '' none
  criterion: string;
  cited: readonly string[];
  onCite: (clause: string) => void;
}

const textOf = (nodes: Node[]): string =>
  nodes
    .map((node) => {
      if (node.kind === 'list') return node.items.map(wordsOf).join(' ');
      if (node.kind === 'code') return node.text;
      if (node.kind === 'quote') return textOf(node.of);
      return node.kind === 'rule' ? '' : wordsOf(node.of);
    })
    .join(' ');

export function GuidelinePanel({rubric, clause, criterion, cited, onCite}: Props) {
  const [search, setSearch] = useState('');
  const nodes = useMemo(() => markdownOf(rubric.guideline), [rubric.guideline]);
  const clauses = useMemo(() => clausesOf(nodes).map((each) => ({...each, nodes: clauseIn(nodes, each.clause)})), [nodes]);
  const wanted = search.trim().toLowerCase();
  const found = wanted === '' ? [] : clauses.filter((each) => textOf(each.nodes).toLowerCase().includes(wanted));
  const shown = wanted !== '' ? found : clauses.filter((each) => each.clause === clause);
  const examples = rubric.examples.filter((each) => each.criterion === criterion || (each.clause !== '' && each.clause === clause));
  return (
    <aside class="guideline section" aria-label="Guideline">
      <header>
        <h2>Guideline</h2>
        <a class="small" href={guidelineAt(rubric.name)} target="_blank" rel="noopener noreferrer">
          <Said text={`${rubric.name} ${rubric.version}`} />
        </a>
      </header>
      <Input label="Search" type="search" value={search} onChange={setSearch} isFilter />
      {wanted !== '' && found.length === 0 && <p class="soft">No clause says that. If it should, propose it.</p>}
      {shown.map((each) => (
        <section key={each.clause} class="stack" aria-label={`Clause ${each.clause}`}>
          <div class="prose">
            <Nodes of={each.nodes} prefix="" />
          </div>
          <label class="row small">
            <input type="checkbox" checked={cited.includes(each.clause)} onChange={() => onCite(each.clause)} /> My judgement rests on § {each.clause}
          </label>
        </section>
      ))}
      {wanted === '' && shown.length === 0 && (
        <div class="prose">
          <Nodes of={nodes} prefix="" />
        </div>
      )}
      {wanted === '' && examples.map((each) => <One key={each.title} of={each} />)}
    </aside>
  );
}

export function One({of}: {of: Example}) {
  return (
    <section class={`example stack${of.isCounter ? ' counter' : ''}`} aria-label={of.title}>
      <h3>
        {of.isCounter ? '✕ Often judged wrongly: ' : '✓ Example: '}
        <Said text={of.title} />
      </h3>
      {of.prompt && <Text text={of.prompt} label={`Prompt of ${of.title}`} />}
      <Text text={of.response} label={`Response of ${of.title}`} />
      <p class="small">
        {of.verdict && (
          <strong>
            <Said text={`${of.criterion} ${of.verdict}: `} />
          </strong>
        )}
        <Said text={of.why} />
      </p>
    </section>
  );
}
