// The same done with many items: those that are marked, or all that fit the filter. What fails is told, item by item.

import {useRef, useState} from 'preact/hooks';
import {itemAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {Lacking, problemOf} from '../../api/errors.ts';
import {actionFrom, causes, noFields} from '../../api/itemactions.ts';
import {useKept} from '../../api/kept.ts';
import {useAction} from '../../api/use.ts';
import {count, plural, shortId} from '../../model/format.ts';
import {actionOf, bulkActions, forEach, mostAtOnce, type Missed} from '../../model/itemactions.ts';
import {Form, Input, Select} from '../../ui/form.tsx';
import {Section} from '../../ui/layout.tsx';
import {Note} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {LaneFields} from './itemactions.tsx';

interface Props {
  person: string;
  marked: string[];
  allThatFit: () => Promise<{items: string[]; areMore: boolean}>; // at most `mostAtOnce`
  isFiltered: boolean;
  onDone: () => void;
}

interface Progress {
  title: string;
  done: number;
  of: number;
  missed: readonly Missed[];
  isOver: boolean;
  isStopped: boolean;
  areMore: boolean; // than were asked for at once
}

export function Bulk({person, marked, allThatFit, isFiltered, onDone}: Props) {
  const kept = useKept(person, 'bulk', {action: 'change_lane', of: 'marked', ...noFields});
  const [progress, setProgress] = useState<Progress>();
  const isStopped = useRef(false);
  const {action: name, of, ...fields} = kept.now;
  const action = actionOf(name);
  const act = useAction(async () => {
    if (!action) return;
    if (fields.reason.trim() === '') throw new Lacking('it needs a reason, for whoever looks at the items later');
    setProgress(undefined);
    const {items, areMore} = of === 'marked' ? {items: marked, areMore: false} : await allThatFit();
    if (items.length === 0) throw new Lacking(of === 'marked' ? 'no item is marked: mark them in the table' : 'no item fits the filter');
    isStopped.current = false;
    const key = crypto.randomUUID();
    const at = new Date();
    const title = action.title;
    setProgress({title, done: 0, of: items.length, missed: [], isOver: false, isStopped: false, areMore});
    await forEach(
      items,
      async (item) => {
        const request = {item, key: `${key} ${item}`, action: actionFrom(action.name, {...fields, reason: fields.reason.trim()}, at)};
        await reviews.actOnItem(request, {timeoutMs: patience}).catch((cause: unknown) => Promise.reject(new Lacking(problemOf(cause).message)));
      },
      (done, missed) => setProgress({title, done, of: items.length, missed, isOver: false, isStopped: false, areMore}),
      () => isStopped.current,
    );
    setProgress((last) => last && {...last, isOver: true, isStopped: isStopped.current});
    kept.change({reason: ''});
    onDone();
  });
  return (
    <Section title="Do it with many" says={`By a lead; at most ${count(mostAtOnce)} at once. Each keeps the reason.`}>
      <Form label="Do it with many" submit={action?.does.replace(' it', ' them') ?? ''} action={act} failed="It was not begun">
        <Select label="Action" value={name} onChange={(value) => kept.change({action: value})} options={bulkActions.map((each): [string, string] => [each, actionOf(each)?.title ?? each])} />
        <Select label="With" value={of} onChange={(value) => kept.change({of: value})} options={[['marked', `those that are marked (${count(marked.length)})`], ['all', isFiltered ? 'all that fit the filter' : 'all items']]} />
        {name === 'change_lane' && <LaneFields kept={kept} />}
        {name === 'reopen' && <Select label="Because of" value={fields.cause} onChange={(cause) => kept.change({cause})} options={causes} />}
        <Input label="Reason for all" value={fields.reason} onChange={(reason) => kept.change({reason})} width="22rem" />
      </Form>
      {progress && <Shown of={progress} onStop={() => (isStopped.current = true)} />}
    </Section>
  );
}

function Shown({of: {title, done, of, missed, isOver, isStopped, areMore}, onStop}: {of: Progress; onStop: () => void}) {
  const says = `${title}: ${count(done - missed.length)} of ${plural(of, 'item')} done${missed.length > 0 ? `, ${count(missed.length)} refused` : ''}`;
  return (
    <>
      <div role="status">
        <Note tone={!isOver ? 'waits' : missed.length > 0 || isStopped ? 'unsure' : 'pass'} title={isOver ? says : `${says}…`}>
          <progress value={done} max={of} aria-label={title} />
          {isStopped && <p>It was stopped; what was done stays done.</p>}
          {isOver && areMore && <p>More items fit the filter: {count(mostAtOnce)} are done at once. Do it again for the next.</p>}
        </Note>
      </div>
      {!isOver && (
        <p>
          <button type="button" class="button" onClick={onStop}>
            Stop
          </button>
        </p>
      )}
      {missed.length > 0 && (
        <Table
          caption="Items with which it was not done"
          rows={[...missed]}
          keyOf={(each) => each.item}
          opens={(each) => itemAt(each.item)}
          perPage={25}
          columns={[
            {title: 'Item', cell: (each) => <span class="mono nowrap">{shortId(each.item)}</span>},
            {title: 'Why not', cell: (each) => <Said text={each.why} />},
          ]}
        />
      )}
    </>
  );
}
