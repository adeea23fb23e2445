// Who has which item, and until when: for leads.

import {LeaseRole_Value, type HeldItem} from '../../../gen/assay/v1/review_pb';
import {itemAt} from '../../api/addresses.ts';
import {dateOf} from '../../api/read.ts';
import {wordOf} from '../../api/review.ts';
import {shortId} from '../../model/format.ts';
import {Age, Section} from '../../ui/layout.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {Due} from './due.tsx';

export interface HeldIn {
  queue: string;
  held: HeldItem;
}

export function Held({of, ofOneQueue = false}: {of: HeldIn[]; ofOneQueue?: boolean}) {
  if (of.length === 0) return null;
  const named = {title: 'Queue', cell: ({queue}: HeldIn) => <Said text={queue} />};
  return (
    <Section title="Who has what" says="For leads. What ends first stands first; a lease that ends gives the item to others.">
      <Table
        caption="Items that somebody has"
        rows={of}
        keyOf={({held}) => `${held.item} ${held.lease?.token}`}
        opens={({held}) => itemAt(held.item)}
        perPage={25}
        columns={[
          {title: 'Item', cell: ({held}) => <span class="mono">{shortId(held.item)}</span>},
          {title: 'Person', cell: ({held}) => <Said text={held.lease?.person ?? ''} />},
          ...(ofOneQueue ? [] : [named]),
          {title: 'To', cell: ({held}) => `${wordOf(LeaseRole_Value, held.lease?.role ?? 0)}${held.lease?.isPrefetch ? ', next' : ''}`},
          {title: 'Since', cell: ({held}) => <Age of={dateOf(held.lease?.grantedAt)} />},
          {title: 'Ends', cell: ({held}) => <Due at={dateOf(held.lease?.expiresAt)} />},
        ]}
      />
    </Section>
  );
}
