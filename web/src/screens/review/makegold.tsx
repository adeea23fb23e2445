// A known answer made of an item that is done: as it was decided, or as one says it here.

import {useState} from 'preact/hooks';
import {ItemPurpose_Value} from '../../../gen/assay/v1/review_pb';
import {patience, reviews} from '../../api/client.ts';
import {useKept} from '../../api/kept.ts';
import {contentOf, itemOf, opinionInWords, readRubric} from '../../api/review.ts';
import {Lacking} from '../../api/errors.ts';
import {useAction, useCall} from '../../api/use.ts';
import {draftOf, judgingFrom} from '../../model/draft.ts';
import {choose, gapIn, nothingYet, questionsOf} from '../../model/judging.ts';
import {namesIn} from '../../model/names.ts';
import {Form, Input, Select} from '../../ui/form.tsx';
import {Section} from '../../ui/layout.tsx';
import {Await} from '../../ui/notes.tsx';
import {Said} from '../../ui/text.tsx';
import {Questions} from './asked.tsx';

const start = {item: '', purpose: 'GOLD', why: '', approval: '', expected: 'decided', said: '', within: '1', mustName: ''};
const noTimes = {firstInput: undefined, activeMs: 0, idleMs: 0};
const isWhole = (item: string): boolean => /^[0-9a-f-]{32,}$/.test(item);

async function readSource(id: string, signal: AbortSignal) {
  const {view} = await reviews.getItem({id}, {signal, timeoutMs: patience});
  if (!view?.item) throw new Lacking('there is no such item');
  return {view, rubric: await readRubric(view.item.rubric, view.item.rubricVersion, signal)};
}

export function MakeGold({person, reload}: {person: string; reload: () => void}) {
  const kept = useKept(person, 'gold', start);
  const {item, purpose, why, approval, expected, said, within, mustName} = kept.now;
  const [at, setAt] = useState(0);
  const source = useCall(isWhole(item.trim()) ? `source of gold ${item.trim()}` : '', (signal) => readSource(item.trim(), signal));
  const judging = judgingFrom(said) ?? nothingYet;
  const of = source.value;
  const questions = of ? questionsOf(itemOf(of.view), of.rubric) : [];
  const action = useAction(async () => {
    const gap = expected === 'said' && of ? gapIn(questions, judging) : undefined;
    if (gap) throw new Lacking(`still missing of the expected answer: ${gap.says}`);
    const opinion = expected === 'said' && of ? contentOf(itemOf(of.view), judging, of.rubric, noTimes).opinion : undefined;
    await reviews.addGold(
      {item: item.trim(), purpose: ItemPurpose_Value[purpose as 'GOLD' | 'TRAINING'], why, approval, scoresWithin: Number(within), mustName: namesIn(mustName), ...(opinion ? {expected: opinion} : {})},
      {timeoutMs: patience},
    );
    kept.forget();
    reload();
  });
  return (
    <Section title="Make one of an item that is done" says="Where a gate rests on the case, a peer and a lead have to approve.">
      <Form label="Known answer" submit="Make it known" action={action} failed="It was not made">
        <Input label="Item" value={item} onChange={(value) => kept.change({item: value})} width="22rem" placeholder="its whole number" />
        <Select label="For" value={purpose} onChange={(value) => kept.change({purpose: value})} options={[['GOLD', 'looking whether people are right'], ['TRAINING', 'newcomers, with the answer']]} />
        <Select label="Expected" value={expected} onChange={(value) => kept.change({expected: value})} options={[['decided', 'as it was decided'], ['said', 'as said below']]} />
        <Select label="Scores within" value={within} onChange={(value) => kept.change({within: value})} options={[['0', 'exactly'], ['1', '1 of it'], ['2', '2 of it']]} />
        <Input label="Must name" value={mustName} onChange={(value) => kept.change({mustName: value})} placeholder="classes of errors" />
        <Input label="Why the answer is right" value={why} onChange={(value) => kept.change({why: value})} width="22rem" />
        <Input label="Approval, where one is needed" value={approval} onChange={(value) => kept.change({approval: value})} />
      </Form>
      {isWhole(item.trim()) && (
        <Await of={source} what="The item">
          {({view, rubric}) => (
            <div class="card section" aria-label="What is expected" role="region">
              <p>
                Decided: <Said text={opinionInWords(view.decisions.find(({isActive}) => isActive)?.outcome)} />
              </p>
              {rubric.taxonomy.length > 0 && (
                <p class="soft small">
                  Classes of errors: <Said text={rubric.taxonomy.map(({name}) => name).join(', ')} />
                </p>
              )}
              {expected === 'said' && (
                <Questions
                  {...{questions, judging}}
                  current={at}
                  isBusy={action.isBusy}
                  onPick={(question, index, value) => {
                    kept.change({said: draftOf(choose(judging, question, value))});
                    setAt(index);
                  }}
                  onGo={setAt}
                  onClause={() => undefined}
                />
              )}
            </div>
          )}
        </Await>
      )}
    </Section>
  );
}
