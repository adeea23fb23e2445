// Markdown of guidelines, drawn with elements of the page.

import {useMemo} from 'preact/hooks';
import {markdownOf, type Inline, type Node} from '../../model/markdown.ts';
import {Said} from '../../ui/text.tsx';

function Words({of}: {of: Inline[]}) {
  return (
    <>
      {of.map((each, at) => {
        switch (each.kind) {
          case 'text':
            return <Said key={at} text={each.text} />;
          case 'code':
            return (
              <code key={at}>
                <Said text={each.text} />
              </code>
            );
          case 'strong':
            return (
              <strong key={at}>
                <Words of={each.of} />
              </strong>
            );
          case 'emphasis':
            return (
              <em key={at}>
                <Words of={each.of} />
              </em>
            );
          case 'link':
            return (
              <span key={at}>
                <Words of={each.of} />{' '}
                <span class="soft small">
                  (<Said text={each.to} />)
                </span>
              </span>
            );
        }
      })}
    </>
  );
}

interface Props {
  of: Node[];
  prefix: string; // of the ids of clauses; '' none
}

function One({node, prefix}: {node: Node; prefix: string}) {
  switch (node.kind) {
    case 'heading': {
      const Title = `h${Math.min(6, node.level + 2)}` as 'h3';
      return (
        <Title {...(prefix && node.clause ? {id: `${prefix}${node.clause}`, tabIndex: -1} : {})}>
          <Words of={node.of} />
        </Title>
      );
    }
    case 'paragraph':
      return (
        <p dir="auto">
          <Words of={node.of} />
        </p>
      );
    case 'code':
      return (
        <pre>
          <Said text={node.text} />
        </pre>
      );
    case 'quote':
      return (
        <blockquote>
          <Nodes of={node.of} prefix="" />
        </blockquote>
      );
    case 'list': {
      const items = node.items.map((item, at) => (
        <li key={at} dir="auto">
          <Words of={item} />
        </li>
      ));
      return node.isOrdered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case 'rule':
      return <hr />;
  }
}

export function Nodes({of, prefix}: Props) {
  return (
    <>
      {of.map((node, at) => (
        <One key={at} node={node} prefix={prefix} />
      ))}
    </>
  );
}

export function Markdown({text, prefix = ''}: {text: string; prefix?: string}) {
  const nodes = useMemo(() => markdownOf(text), [text]);
  return (
    <div class="prose">
      <Nodes of={nodes} prefix={prefix} />
    </div>
  );
}
