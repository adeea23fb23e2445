// Items whose answer is known: how often they were shown, whether people find them right, and which are no good.

import {useState} from 'preact/hooks';
import {ItemPurpose_Value, type Gold} from '../../../gen/assay/v1/review_pb';
import {itemAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {dateOf} from '../../api/read.ts';
import {opinionInWords, wordOf} from '../../api/review.ts';
import {useAction, useCall} from '../../api/use.ts';
import {count, percent, shortId} from '../../model/format.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Form, Input, Select} from '../../ui/form.tsx';
import {Age, Facts, Section} from '../../ui/layout.tsx';
import {Await, Nothing} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {ReviewScreen} from './frame.tsx';

export function GoldScreen() {
  const loaded = useCall('gold', (signal) => reviews.listGold({}, {signal, timeoutMs: patience}));
  return (
    <ReviewScreen title="Gold">
      <Await of={loaded} what="The known answers">
        {({gold}) => (
          <>
            {gold.length === 0 ? (
              <Nothing title="No answer is known yet">
                <p>Take an item that is done and was judged well, by its number. It is then shown among the others, and looks like them.</p>
              </Nothing>
            ) : (
              <Table
                caption="Items whose answer is known"
                rows={gold}
                keyOf={(each) => each.id}
                detail={(each) => <Detail of={each} reload={loaded.reload} />}
                perPage={25}
                columns={[
                  {title: 'Item', cell: (each) => <span class="mono nowrap">{shortId(each.id)}</span>},
                  {title: 'Health', cell: (each) => <WordBadge word={each.isRetired ? 'retired' : each.health} tone={each.isRetired ? 'idle' : each.health === 'good' ? 'pass' : 'unsure'} />},
                  {title: 'Queue', cell: (each) => <Said text={each.queue} />},
                  {title: 'For', cell: (each) => wordOf(ItemPurpose_Value, each.purpose)},
                  {title: 'Shown', isNumber: true, cell: (each) => count(each.shown)},
                  {title: 'Right', isNumber: true, cell: (each) => (each.shown > 0n ? percent(Number(each.hits), Number(each.shown)) : '–')},
                  {title: 'Since', cell: (each) => <Age of={dateOf(each.madeAt)} />},
                ]}
              />
            )}
            <Add reload={loaded.reload} />
          </>
        )}
      </Await>
    </ReviewScreen>
  );
}

function Detail({of, reload}: {of: Gold; reload: () => void}) {
  const [reason, setReason] = useState('');
  const retire = useAction(async () => {
    await reviews.retireGold({id: of.id, reason}, {timeoutMs: patience});
    reload();
  });
  return (
    <div class="section">
      <Facts
        of={[
          ['Expected', <Said text={opinionInWords(of.expected)} />],
          ['Why', <Said text={of.why || '–'} />],
          ['Scores within', String(of.scoresWithin)],
          of.mustName.length > 0 && ['Must name', <Said text={of.mustName.join(', ')} />],
          ['Made of', <a href={itemAt(of.sourceItem)}>{shortId(of.sourceItem)}</a>],
          ['By', <Said text={of.madeBy} />],
          of.retiredBy !== '' && ['Retired by', <><Said text={of.retiredBy} /> <span class="soft small"><Age of={dateOf(of.retiredAt)} /></span></>],
          of.retiredWhy !== '' && ['Retired because', <Said text={of.retiredWhy} />],
        ]}
      />
      {!of.isRetired && (
        <Form label="Retire it" submit="Retire it" action={retire} failed="It stays in service">
          <Input label="Why" value={reason} onChange={setReason} width="20rem" />
        </Form>
      )}
    </div>
  );
}

function Add({reload}: {reload: () => void}) {
  const [item, setItem] = useState('');
  const [purpose, setPurpose] = useState<'GOLD' | 'TRAINING'>('GOLD');
  const [why, setWhy] = useState('');
  const [approval, setApproval] = useState('');
  const action = useAction(async () => {
    await reviews.addGold({item: item.trim(), purpose: ItemPurpose_Value[purpose], why, approval}, {timeoutMs: patience});
    setItem('');
    setWhy('');
    reload();
  });
  return (
    <Section title="Make one of an item that is done" says="Where a gate rests on the case, a peer and a lead have to approve.">
      <Form label="Known answer" submit="Make it known" action={action} failed="It was not made">
        <Input label="Item" value={item} onChange={setItem} width="22rem" placeholder="its whole number" />
        <Select label="For" value={purpose} onChange={(value) => setPurpose(value as typeof purpose)} options={[['GOLD', 'looking whether people are right'], ['TRAINING', 'newcomers, with the answer']]} />
        <Input label="Why the answer is right" value={why} onChange={setWhy} width="22rem" />
        <Input label="Approval, where one is needed" value={approval} onChange={setApproval} />
      </Form>
    </Section>
  );
}

