// The known answers of each queue as a set: what it is for, its versions, and what changed between them.

import type {GoldSetDifference, ListGoldSetsResponse} from '../../../gen/assay/v1/review_artefact_pb';
import {artefacts, patience} from '../../api/client.ts';
import {useKept} from '../../api/kept.ts';
import {dateOf} from '../../api/read.ts';
import {useAction, useCall} from '../../api/use.ts';
import {count, shortHash, shortId} from '../../model/format.ts';
import {Form, Input} from '../../ui/form.tsx';
import {Age, Copyable, Facts, Section} from '../../ui/layout.tsx';
import {Await} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';

const sizes = ({added, removed, changed}: GoldSetDifference): string =>
  [added.length > 0 && `${count(added.length)} added`, removed.length > 0 && `${count(removed.length)} removed`, changed.length > 0 && `${count(changed.length)} changed`].filter(Boolean).join(', ');

function Differs({by}: {by: GoldSetDifference | undefined}) {
  const parts: [string, string[]][] = [['Added', by?.added ?? []], ['Removed', by?.removed ?? []], ['Changed', by?.changed ?? []]];
  const facts = parts.filter(([, items]) => items.length > 0).map(([title, items]): [string, string] => [title, items.map(shortId).join(', ')]);
  return facts.length > 0 ? <Facts of={facts} /> : <p class="soft">The same answers, with another intent.</p>;
}

export function GoldSets({queue, person}: {queue: string; person: string}) {
  const loaded = useCall(`gold sets ${queue}`, (signal) => artefacts.listGoldSets({queue}, {signal, timeoutMs: patience}));
  return (
    <Section title={`The set of ${queue}`} says="A version says what the answers are for, and why they became others. Manifests of exports name the last one.">
      <Await of={loaded} what="The versions">{(sets) => <Versions {...{queue, person, sets}} reload={loaded.reload} />}</Await>
    </Section>
  );
}

function Versions({queue, person, sets: {sets, undeclared}, reload}: {queue: string; person: string; sets: ListGoldSetsResponse; reload: () => void}) {
  const waits = undeclared ? sizes(undeclared) : '';
  return (
    <>
      {sets.length > 0 && (
        <Table
          caption={`Versions of the known answers of ${queue}`}
          rows={sets}
          keyOf={(each) => String(each.version)}
          detail={(each) => <Differs by={each.changes} />}
          perPage={10}
          columns={[
            {title: 'Version', isNumber: true, cell: (each) => String(each.version)},
            {title: 'For', cell: (each) => <Said text={each.intent} />},
            {title: 'Because', cell: (each) => <Said text={each.reason || '–'} />},
            {title: 'Answers', isNumber: true, cell: (each) => count(each.items.length)},
            {title: 'Content', cell: (each) => <Copyable text={each.digest} short={shortHash(each.digest)} />},
            {title: 'By', cell: (each) => <Said text={each.by} />},
            {title: 'Since', cell: (each) => <Age of={dateOf(each.at)} />},
          ]}
        />
      )}
      <p class="soft">{waits === '' ? 'What is asked now is the last version.' : `Not declared yet: ${waits}.`}</p>
      <Declare {...{queue, person, reload}} isFirst={sets.length === 0} />
    </>
  );
}

function Declare({queue, person, isFirst, reload}: {queue: string; person: string; isFirst: boolean; reload: () => void}) {
  const kept = useKept(person, `goldset.${queue}`, {intent: '', reason: ''});
  const {intent, reason} = kept.now;
  const action = useAction(async () => {
    await artefacts.declareGoldSet({queue, intent, reason}, {timeoutMs: patience});
    kept.forget();
    reload();
  });
  return (
    <Form label={`Declare the set of ${queue}`} submit="Declare what is asked now" action={action} failed="No version was declared">
      <Input label={isFirst ? 'What the set is for' : 'What the set is for, where that changes'} value={intent} onChange={(value) => kept.change({intent: value})} width="22rem" />
      {!isFirst && <Input label="Why it becomes another" value={reason} onChange={(value) => kept.change({reason: value})} width="22rem" />}
    </Form>
  );
}
