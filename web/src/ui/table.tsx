// The one table. A row that opens something has one link, which keys move between; details stand below their row.

import type {ComponentChildren} from 'preact';
import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import {count} from '../model/format.ts';

export interface Column<Row> {
  title: string;
  isNumber?: boolean;
  isPlain?: boolean; // a first column that is a text and no name
  isProse?: boolean; // sentences: where the window is narrow they keep a width in which they can be read
  width?: string;
  cell: (row: Row) => ComponentChildren;
}

interface Props<Row> {
  caption: string; // for those who do not see what stands above it
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string;
  opens?: (row: Row) => string; // the address that the row's first column links to
  detail?: ((row: Row) => ComponentChildren) | undefined; // undefined from it: the row has none
  startsOpen?: (row: Row) => boolean;
  perPage?: number; // of rows that are all there already
}

export function Table<Row>({perPage, ...props}: Props<Row>) {
  const [page, setPage] = useState(1);
  const {length} = props.rows;
  if (!perPage || length <= perPage) return <Whole {...props} />;
  const from = (Math.min(page, Math.ceil(length / perPage)) - 1) * perPage;
  const rows = props.rows.slice(from, from + perPage);
  return (
    <>
      <Whole {...props} rows={rows} />
      <Pager
        page={from / perPage + 1}
        says={`${count(from + 1)} to ${count(from + rows.length)} of ${count(length)}`}
        hasNext={from + perPage < length}
        onNext={() => setPage(from / perPage + 2)}
        onBefore={() => setPage(from / perPage)}
      />
    </>
  );
}

// Whether only a mouse would scroll it: it is wider than its place, and nothing in it takes the focus.
function useScrollsAlone() {
  const place = useRef<HTMLDivElement>(null);
  const [scrollsAlone, setScrollsAlone] = useState(false);
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const look = () => setScrollsAlone(element.scrollWidth > element.clientWidth && element.querySelector('a, button, input, select, textarea') === null);
    const observer = new ResizeObserver(look);
    observer.observe(element);
    if (element.firstElementChild) observer.observe(element.firstElementChild);
    return () => observer.disconnect();
  }, []);
  return {place, scrollsAlone};
}

function Whole<Row>({caption, columns, rows, keyOf, opens, detail, startsOpen}: Omit<Props<Row>, 'perPage'>) {
  const {place, scrollsAlone} = useScrollsAlone();
  return (
    <div class="table" ref={place} {...(scrollsAlone ? {tabIndex: 0, role: 'group', 'aria-label': caption} : {})}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={column.isNumber ? 'number' : ''} style={{width: column.width}}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={keyOf(row)} row={row} {...{columns, opens, detail}} isOpenFirst={startsOpen?.(row) ?? false} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface LineProps<Row> {
  row: Row;
  columns: Column<Row>[];
  opens?: ((row: Row) => string) | undefined;
  detail?: ((row: Row) => ComponentChildren) | undefined;
  isOpenFirst: boolean;
}

function Line<Row>({row, columns, opens, detail, isOpenFirst}: LineProps<Row>) {
  const [isOpen, setOpen] = useState(isOpenFirst);
  const more = detail?.(row);
  const hasMore = more !== undefined && more !== null && more !== false;
  const first = (column: Column<Row>) => {
    const content = column.cell(row);
    if (opens) {
      return (
        <a href={opens(row)} data-row>
          {content}
        </a>
      );
    }
    if (!hasMore) return content;
    return (
      <button type="button" class="disclosure opener" data-row aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> <span>{content}</span>
      </button>
    );
  };
  return (
    <>
      <tr class={opens || hasMore ? 'opens' : ''}>
        {columns.map((column, at) => {
          const content = at === 0 ? first(column) : column.cell(row);
          return at === 0 ? (
            <th key={column.title} scope="row" class={`${column.isPlain ? 'plain' : ''} ${column.isProse ? 'sentences' : ''}`}>
              {content}
            </th>
          ) : (
            <td key={column.title} class={column.isNumber ? 'number' : column.isProse ? 'sentences' : ''}>
              {content}
            </td>
          );
        })}
      </tr>
      {hasMore && isOpen && (
        <tr class="detail">
          <td colSpan={columns.length}>
            <div class="beneath">{more}</div>
          </td>
        </tr>
      )}
    </>
  );
}

interface PagerProps {
  page: number; // from 1
  says?: string;
  hasNext: boolean;
  onNext: () => void;
  onBefore: () => void;
}

export function Pager({page, says, hasNext, onNext, onBefore}: PagerProps) {
  if (page === 1 && !hasNext) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" class="button" data-key="p" disabled={page === 1} onClick={onBefore}>
        Page before
      </button>
      <span class="soft">{says ?? `Page ${page}`}</span>
      <button type="button" class="button" data-key="n" disabled={!hasNext} onClick={onNext}>
        Next page
      </button>
    </nav>
  );
}
