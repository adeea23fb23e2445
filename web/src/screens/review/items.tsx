// Items of reviews, newest first; by words of rulings and rationales they are precedents.

import {useLocation} from 'preact-iso';
import {useEffect, useState} from 'preact/hooks';
import {ReviewItemKind_Value, ReviewLane_Value, ReviewRole_Value, ReviewState_Value} from '../../../gen/assay/v1/review_pb';
import {itemAt, itemsAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {dateOf} from '../../api/read.ts';
import {wordOf} from '../../api/review.ts';
import {useCall} from '../../api/use.ts';
import {shortId} from '../../model/format.ts';
import {mostAtOnce} from '../../model/itemactions.ts';
import {readFilled} from '../../model/paging.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Form, LateInput, Select} from '../../ui/form.tsx';
import {Age} from '../../ui/layout.tsx';
import {Await, Nothing} from '../../ui/notes.tsx';
import {usePages} from '../../ui/pages.ts';
import {Pager, Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {Bulk} from './bulk.tsx';
import {Due} from './due.tsx';
import {readMyWork, ReviewScreen} from './frame.tsx';

const states = ['QUEUED', 'LEASED', 'PARTIAL', 'ADJUDICATION', 'DECIDED', 'AUDIT', 'REWORK', 'DONE', 'ESCALATED', 'BLOCKED', 'QUARANTINED', 'CANCELLED'] as const;

export function ItemsScreen() {
  const {query, route} = useLocation();
  const [queue, state, text, rubric] = [query['queue'] ?? '', query['state'] ?? '', query['text'] ?? '', query['rubric'] ?? ''];
  const outdated = rubric === 'outdated';
  const key = `items ${queue} ${state} ${text} ${rubric}`;
  const pages = usePages(key);
  const filter = (changed: Record<string, string>) => route(itemsAt({queue, state, text, rubric, ...changed}), true);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => setMarked(new Set()), [key]);
  const read = (pageSize: number, signal?: AbortSignal) => (pageToken: string) =>
    reviews.listItems(
      {queue, text, outdated, rubricVersion: outdated ? '' : rubric, states: states.some((each) => each === state) ? [ReviewState_Value[state as (typeof states)[number]]] : [], pageSize, pageToken},
      {timeoutMs: patience, ...(signal ? {signal} : {})},
    );
  const loaded = useCall(`${key} ${pages.token}`, (signal) => readFilled(read(50, signal), pages.token, 1));
  const me = useCall('who acts on items', readMyWork).value?.me;
  const mayActOnMany = me?.roles.includes(ReviewRole_Value.LEAD) ?? false;
  const allThatFit = async () => {
    const {items, nextPageToken} = await readFilled(read(250), '', mostAtOnce);
    return {items: items.slice(0, mostAtOnce).map(({id}) => id), areMore: nextPageToken !== '' || items.length > mostAtOnce};
  };
  // What became of it stays to be read, also where nothing fits the filter any more.
  const afterMany = () => {
    setMarked(new Set());
    loaded.reload();
  };
  const mark = (ids: string[], isOn: boolean) => setMarked((before) => new Set(isOn ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id))));
  const queues = useCall('queues', (signal) => reviews.listQueues({}, {signal, timeoutMs: patience}));
  return (
    <ReviewScreen title="Items">
      <Form label="Filter of items">
        <LateInput label="Words of rulings and rationales" type="search" isFilter value={text} onChange={(value) => filter({text: value})} />
        <Select
          label="Queue"
          value={queue}
          onChange={(value) => filter({queue: value})}
          options={[['', 'all'], ...(queues.value?.queues.map((each): [string, string] => [each.queue, each.queue]) ?? [])]}
        />
        <Select
          label="State"
          value={state}
          onChange={(value) => filter({state: value})}
          options={[['', 'all'], ...states.map((each): [string, string] => [each, each.toLowerCase()])]}
        />
        <Select
          label="Answered under"
          value={rubric}
          onChange={(value) => filter({rubric: value})}
          options={[['', 'any version of the rubric'], ['outdated', 'one before the version in service'], ...(rubric !== '' && !outdated ? [[rubric, rubric] as [string, string]] : [])]}
        />
      </Form>
      <Await of={loaded} what="The items">
        {({items, nextPageToken}) =>
          items.length === 0 && nextPageToken === '' && pages.page === 1 ? (
            <Nothing title={queue || state || text || rubric ? 'No item fits the filter' : 'Nothing is reviewed yet'}>
              {queue || state || text || rubric ? (
                <p>
                  <a href={itemsAt()}>Show all items</a>.
                </p>
              ) : (
                <p>Items enter from complete runs of the suites that a queue names.</p>
              )}
            </Nothing>
          ) : (
            <>
              {items.length === 0 && <p class="soft">{nextPageToken ? 'None was found yet; more items are to be looked through.' : 'Nothing follows.'}</p>}
              {items.length > 0 && <Table
                caption="Items"
                rows={items}
                keyOf={(item) => item.id}
                opens={(item) => itemAt(item.id)}
                columns={[
                  {title: 'Item', cell: (item) => <span class="mono nowrap">{shortId(item.id)}</span>},
                  {title: 'State', cell: (item) => <WordBadge word={wordOf(ReviewState_Value, item.state)} />},
                  {title: 'Queue', cell: (item) => <Said text={item.queue} />},
                  {title: 'Asked', cell: (item) => wordOf(ReviewItemKind_Value, item.kind)},
                  {title: 'Case', cell: (item) => <Said text={item.caseId} />},
                  {title: 'Lane', cell: (item) => wordOf(ReviewLane_Value, item.lane)},
                  ...(rubric === '' ? [] : [{title: 'Answered under', cell: (item: (typeof items)[number]) => <Said text={item.answeredUnder || '–'} />}]),
                  {title: 'Entered', cell: (item) => <Age of={dateOf(item.enteredAt)} />},
                  {title: 'Due', cell: (item) => <Due at={dateOf(item.dueAt)} />},
                  ...(mayActOnMany
                    ? [{title: 'Mark', cell: (item: (typeof items)[number]) => <input type="checkbox" aria-label={`Mark ${shortId(item.id)}`} checked={marked.has(item.id)} onChange={(event) => mark([item.id], event.currentTarget.checked)} />}]
                    : []),
                ]}
              />}
              {mayActOnMany && items.length > 0 && (
                <p class="row">
                  <button type="button" class="button" onClick={() => mark(items.map(({id}) => id), !items.every(({id}) => marked.has(id)))}>
                    {items.every(({id}) => marked.has(id)) ? 'Mark none of this page' : 'Mark all of this page'}
                  </button>
                </p>
              )}
              <Pager page={pages.page} hasNext={nextPageToken !== ''} onNext={() => pages.next(nextPageToken)} onBefore={pages.before} />
            </>
          )
        }
      </Await>
      {mayActOnMany && <Bulk person={me?.id ?? ''} marked={[...marked]} allThatFit={allThatFit} isFiltered={Boolean(queue || state || text || rubric)} onDone={afterMany} />}
    </ReviewScreen>
  );
}
