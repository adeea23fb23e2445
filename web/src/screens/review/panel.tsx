// The guideline beside the item: it follows what is asked, and can be searched.

import {useEffect, useMemo, useState} from 'preact/hooks';
import {guidelineAt, itemAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {useCall} from '../../api/use.ts';
import {shortId} from '../../model/format.ts';
import {clauseIn, clausesOf, markdownOf, wordsOf, type Node} from '../../model/markdown.ts';
import {readFilled} from '../../model/paging.ts';
import type {Example, Rubric} from '../../model/rubric.ts';
import {Input} from '../../ui/form.tsx';
import {Await} from '../../ui/notes.tsx';
import {Said, Text} from '../../ui/text.tsx';
import {Nodes} from './marks.tsx';

interface Props {
  rubric: Rubric;
  clause: string; // of what is asked; '' none
  criterion: string;
  queue: string; // whose precedents are searched
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

export function GuidelinePanel({rubric, clause, criterion, queue, cited, onCite}: Props) {
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
      <Input label="Search guideline and precedents" type="search" value={search} onChange={setSearch} isFilter />
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
      {wanted.length >= shortestSearch && <Precedents text={search.trim()} queue={queue} />}
      {wanted === '' && examples.map((each) => <One key={each.title} of={each} />)}
    </aside>
  );
}

const shortestSearch = 3;
const mostPrecedents = 5;

interface Precedent {
  item: string;
  says: string;
}

// Rulings and reasons that hold these words, of items that who is here may see so.
async function readPrecedents(text: string, queue: string, signal: AbortSignal): Promise<Precedent[]> {
  const options = {signal, timeoutMs: patience};
  const {items} = await readFilled((pageToken) => reviews.listItems({text, queue, pageSize: 20, pageToken}, options), '', mostPrecedents, 5);
  const views = await Promise.all(items.slice(0, mostPrecedents).map(({id}) => reviews.getItem({id}, options)));
  return views.flatMap(({view}) => {
    const said = [...(view?.escalations.map(({ruling}) => ruling) ?? []), ...(view?.judgements.map(({content}) => content?.rationale ?? '') ?? [])];
    const says = said.find((each) => each.includes(text)) ?? said.find((each) => each !== '');
    return view?.item && says ? [{item: view.item.id, says}] : [];
  });
}

function Precedents({text, queue}: {text: string; queue: string}) {
  const [asked, setAsked] = useState('');
  // Not of every letter.
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), 300);
    return () => clearTimeout(timer);
  }, [text]);
  const loaded = useCall(asked === '' ? '' : `precedents ${queue} ${asked}`, (signal) => readPrecedents(asked, queue, signal));
  return (
    <section class="stack" aria-label="Precedents">
      <h3>Precedents</h3>
      <Await of={loaded} what="The precedents">
        {(found) =>
          found.length === 0 ? (
            <p class="soft small">No ruling or reason that you may see says that.</p>
          ) : (
            <ul class="stack small">
              {found.map(({item, says}) => (
                <li key={item}>
                  <a href={itemAt(item)} target="_blank" rel="noopener noreferrer">
                    {shortId(item)}
                  </a>{' '}
                  <Said text={says.length > 240 ? `${says.slice(0, 240)}…` : says} />
                </li>
              ))}
            </ul>
          )
        }
      </Await>
    </section>
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
