// Items whose answer is known: how often they were shown, whether people find them right, and which are no good.

import {ItemPurpose_Value, type Gold} from '../../../gen/assay/v1/review_pb';
import {itemAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {useKept} from '../../api/kept.ts';
import {whoAmI} from '../../api/person.ts';
import {dateOf} from '../../api/read.ts';
import {opinionInWords, wordOf} from '../../api/review.ts';
import {useAction, useCall} from '../../api/use.ts';
import {count, percent, shortId} from '../../model/format.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Form, Input} from '../../ui/form.tsx';
import {Age, Facts} from '../../ui/layout.tsx';
import {Await, Nothing} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {ReviewScreen} from './frame.tsx';
import {GoldSets} from './goldsets.tsx';
import {MakeGold} from './makegold.tsx';

export function GoldScreen() {
  const loaded = useCall('gold', async (signal) => {
    const [{gold}, person] = await Promise.all([reviews.listGold({}, {signal, timeoutMs: patience}), whoAmI()]);
    return {gold, person};
  });
  return (
    <ReviewScreen title="Gold">
      <Await of={loaded} what="The known answers">
        {({gold, person}) => (
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
                detail={(each) => <Detail of={each} person={person} reload={loaded.reload} />}
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
            {[...new Set(gold.map(({queue}) => queue))].map((queue) => (
              <GoldSets key={queue} {...{queue, person}} />
            ))}
            <MakeGold person={person} reload={loaded.reload} />
          </>
        )}
      </Await>
    </ReviewScreen>
  );
}

function Detail({of, person, reload}: {of: Gold; person: string; reload: () => void}) {
  const kept = useKept(person, `retire.${of.id}`, {reason: ''});
  const {reason} = kept.now;
  const retire = useAction(async () => {
    await reviews.retireGold({id: of.id, reason}, {timeoutMs: patience});
    kept.forget();
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
          <Input label="Why" value={reason} onChange={(value) => kept.change({reason: value})} width="20rem" />
        </Form>
      )}
    </div>
  );
}
