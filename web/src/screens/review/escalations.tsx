// What waits for a ruling, the one that is due first at the top; and rulings, to be found again.

import {EscalationReason_Value, EscalationRoute_Value, ReviewState_Value, type ReviewEscalation, type ReviewItemView} from '../../../gen/assay/v1/review_pb';
import {itemAt, itemsAt} from '../../api/addresses.ts';
import {readViews} from '../../api/items.ts';
import {dateOf} from '../../api/read.ts';
import {wordOf} from '../../api/review.ts';
import {useCall} from '../../api/use.ts';
import {shortId} from '../../model/format.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Await, Nothing} from '../../ui/notes.tsx';
import {usePages} from '../../ui/pages.ts';
import {Pager, Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {Due} from './due.tsx';
import {ReviewScreen} from './frame.tsx';
import {stateWord} from './item.tsx';

const perPage = 50;

interface Waiting {
  view: ReviewItemView;
  escalation: ReviewEscalation | undefined; // absent: it is withheld
}

async function readWaiting(token: string, signal: AbortSignal): Promise<{waiting: Waiting[]; nextPageToken: string}> {
  const states = [ReviewState_Value.ESCALATED, ReviewState_Value.QUARANTINED, ReviewState_Value.BLOCKED];
  const {views, nextPageToken} = await readViews({states}, perPage, token, signal);
  const waiting = views.map((view) => ({view, escalation: view.escalations.find(({resolvedAt}) => resolvedAt === undefined)}));
  const dueOf = ({escalation}: Waiting): number => dateOf(escalation?.dueAt)?.getTime() ?? 0;
  return {waiting: waiting.sort((a, b) => dueOf(a) - dueOf(b)), nextPageToken};
}

export function EscalationsScreen() {
  const pages = usePages('escalations');
  const loaded = useCall(`escalations ${pages.token}`, (signal) => readWaiting(pages.token, signal), 15_000);
  return (
    <ReviewScreen
      title="Escalations"
      actions={
        <a class="button" href={itemsAt({state: 'DONE'})}>
          Earlier rulings, by their words
        </a>
      }
    >
      <Await of={loaded} what="What waits">
        {({waiting, nextPageToken}) =>
          waiting.length === 0 && nextPageToken === '' && pages.page === 1 ? (
            <Nothing title="Nothing waits for a ruling">
              <p>
                Whoever judges an item escalates it with <kbd>e</kbd> and a digit, or withholds it with <kbd>f</kbd>. It then stands here, with the time that it may take.
              </p>
            </Nothing>
          ) : (
            <>
              {waiting.length === 0 && <p class="soft">{nextPageToken ? 'None was found yet; more items are to be looked through.' : 'Nothing follows.'}</p>}
              {waiting.length > 0 && <Table
                caption="Items that wait for a ruling"
                rows={waiting}
                keyOf={({view}) => view.item?.id ?? ''}
                opens={({view}) => itemAt(view.item?.id ?? '')}
                columns={[
                  {title: 'Item', cell: ({view}) => <span class="mono nowrap">{shortId(view.item?.id ?? '')}</span>},
                  {title: 'State', cell: ({view}) => <WordBadge word={stateWord(view.item?.state ?? 0)} tone={view.item?.state === ReviewState_Value.QUARANTINED ? 'fail' : 'waits'} />},
                  {title: 'Queue', cell: ({view}) => <Said text={view.item?.queue ?? ''} />},
                  {title: 'Why', cell: ({escalation, view}) => <Said text={escalation ? wordOf(EscalationReason_Value, escalation.reason) : view.withheld || view.awaitedClarification} />},
                  {title: 'Goes to', cell: ({escalation}) => wordOf(EscalationRoute_Value, escalation?.route ?? 0) || '–'},
                  {title: 'Note', isProse: true, width: '30%', cell: ({escalation}) => <Said text={escalation?.note ?? ''} />},
                  {title: 'Ruling due', cell: ({escalation}) => <Due at={dateOf(escalation?.dueAt)} />},
                  {title: 'You may rule', cell: ({escalation}) => (escalation?.mayResolve ? <WordBadge word="✓ yes" tone="pass" /> : <span class="soft">no</span>)},
                ]}
              />}
              <Pager page={pages.page} hasNext={nextPageToken !== ''} onNext={() => pages.next(nextPageToken)} onBefore={pages.before} />
            </>
          )
        }
      </Await>
    </ReviewScreen>
  );
}
