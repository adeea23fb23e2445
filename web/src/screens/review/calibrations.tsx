// Sessions in which several people judge the same items blind, compare, and agree on what is right.

import {useLocation, useRoute} from 'preact-iso';
import {useState} from 'preact/hooks';
import {CalibrationPhase_Value, EscalationReason_Value, EscalationRoute_Value, ItemPurpose_Value, ReviewState_Value, type Calibration, type CalibrationRuling, type Calibration_Row, type ReviewEscalation, type ReviewItemView} from '../../../gen/assay/v1/review_pb';
import {calibrationAt, calibrationsAt, itemAt, workAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {Lacking} from '../../api/errors.ts';
import {useKept} from '../../api/kept.ts';
import {whoAmI} from '../../api/person.ts';
import {dateOf} from '../../api/read.ts';
import {opinionInWords, wordOf} from '../../api/review.ts';
import {useAction, useCall} from '../../api/use.ts';
import {amount, count, plural, shortId} from '../../model/format.ts';
import {namesIn} from '../../model/names.ts';
import {readFilled} from '../../model/paging.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Button, Form, Input, Select} from '../../ui/form.tsx';
import {Age, Facts, Section} from '../../ui/layout.tsx';
import {Await, Failed, Note, Nothing} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {CalibrationPack} from './artefacts.tsx';
import {BeforeAfter} from './beforeafter.tsx';
import {ReviewScreen} from './frame.tsx';

const phaseWord = (phase: CalibrationPhase_Value): string => wordOf(CalibrationPhase_Value, phase);

export function CalibrationsScreen() {
  const loaded = useCall('calibrations', async (signal) => {
    const [{calibrations}, person] = await Promise.all([reviews.listCalibrations({}, {signal, timeoutMs: patience}), whoAmI()]);
    return {calibrations, person};
  });
  return (
    <ReviewScreen title="Calibration">
      <Await of={loaded} what="The sessions">
        {({calibrations, person}) => (
          <>
            {calibrations.length === 0 ? (
              <Nothing title="No session was held yet">
                <p>Several people judge the same items blind, then all judgements are shown, and it is said what is right and from which clause that follows.</p>
              </Nothing>
            ) : (
              <Table
                caption="Calibration sessions"
                rows={calibrations}
                keyOf={(each) => each.id}
                opens={(each) => calibrationAt(each.id)}
                perPage={25}
                columns={[
                  {title: 'Session', cell: (each) => <span class="mono nowrap">{shortId(each.id)}</span>},
                  {title: 'Phase', cell: (each) => <WordBadge word={phaseWord(each.phase)} tone={each.phase === CalibrationPhase_Value.BLIND ? 'waits' : 'idle'} />},
                  {title: 'Queue', cell: (each) => <Said text={each.queue} />},
                  {title: 'Led by', cell: (each) => <Said text={each.facilitator} />},
                  {title: 'Judged', isNumber: true, cell: (each) => `${count(each.judged)}/${count(each.items.length * each.people.length)}`},
                  {title: 'Opened', cell: (each) => <Age of={dateOf(each.openedAt)} />},
                ]}
              />
            )}
            <Open person={person} />
          </>
        )}
      </Await>
    </ReviewScreen>
  );
}

function Open({person}: {person: string}) {
  const {route} = useLocation();
  const queues = useCall('queues of calibration', (signal) => reviews.listQueues({}, {signal, timeoutMs: patience}));
  const kept = useKept(person, 'calibration', {queue: '', items: '', people: ''});
  const {queue, items, people} = kept.now;
  const names = queues.value?.queues.map((each) => each.queue) ?? [];
  const action = useAction(async () => {
    const {calibration} = await reviews.openCalibration({queue: queue || (names[0] ?? ''), items: namesIn(items), people: namesIn(people)}, {timeoutMs: patience});
    kept.forget();
    if (calibration) route(calibrationAt(calibration.id));
  });
  return (
    <Section title="Open a session" says="By a lead. The items are judged anew, and what is said of them there never counts.">
      <Form label="Open a session" submit="Open it" action={action} failed="No session was opened">
        <Select label="Queue" value={queue || (names[0] ?? '')} onChange={(value) => kept.change({queue: value})} options={names.map((name) => [name, name])} />
        <Input label="People, their names" value={people} onChange={(value) => kept.change({people: value})} width="16rem" />
        <label class="field wide">
          <span>Items, their whole numbers, 2 to 100</span>
          <textarea rows={3} value={items} onInput={(event) => kept.change({items: event.currentTarget.value})} />
        </label>
      </Form>
    </Section>
  );
}

export function CalibrationScreen() {
  const {params} = useRoute();
  const id = params['id'] ?? '';
  const loaded = useCall(
    `calibration ${id}`,
    async (signal) => {
      const [{calibration}, person] = await Promise.all([reviews.getCalibration({id}, {signal, timeoutMs: patience}), whoAmI()]);
      if (!calibration) throw new Lacking('the answer holds no session');
      return {session: calibration, person};
    },
    10_000,
  );
  const phase = loaded.value?.session.phase;
  const act = (work: () => Promise<unknown>) => async () => {
    await work();
    loaded.reload();
  };
  const reveal = useAction(act(() => reviews.revealCalibration({id}, {timeoutMs: patience})));
  const close = useAction(act(() => reviews.closeCalibration({id}, {timeoutMs: patience})));
  const problem = reveal.problem ?? close.problem;
  return (
    <ReviewScreen
      title={`Session ${shortId(id)}`}
      path={[{title: 'Calibration', at: calibrationsAt}]}
      badge={phase !== undefined && <WordBadge word={phaseWord(phase)} tone="waits" />}
      actions={
        <>
          {phase === CalibrationPhase_Value.BLIND && <Button action={reveal}>Show all judgements</Button>}
          {phase === CalibrationPhase_Value.REVEALED && <Button action={close}>Close the session</Button>}
        </>
      }
    >
      {problem && <Failed what="It was not done" problem={problem} />}
      <Await of={loaded} what="The session">{({session, person}) => <Session of={session} person={person} reload={loaded.reload} />}</Await>
    </ReviewScreen>
  );
}

interface SessionProps {
  of: Calibration;
  person: string; // who is here
  reload: () => void;
}

function Session({of, person, reload}: SessionProps) {
  const asked = of.items.length * of.people.length;
  return (
    <>
      <Facts
        of={[
          ['Queue', <Said text={of.queue} />],
          ['Rubric', <Said text={`${of.rubric} ${of.rubricVersion}`} />],
          ['Led by', <Said text={of.facilitator} />],
          ['People', <Said text={of.people.join(', ')} />],
          ['Judged', `${count(of.judged)} of ${count(asked)}${of.escalated > 0 ? `, and ${count(of.escalated)} escalated instead` : ''}`],
          ['Opened', <Age of={dateOf(of.openedAt)} />],
        ]}
      />
      {of.phase === CalibrationPhase_Value.BLIND ? (
        <Note tone="waits" title="Everybody judges for themselves first">
          <p>
            {plural(asked - Number(of.judged) - Number(of.escalated), 'judgement')} to come. What others said is shown to nobody until then.{' '}
            <a href={workAt({queue: of.queue})}>Judge yours in the workspace</a>.
          </p>
        </Note>
      ) : (
        <>
          <Grid of={of} person={person} reload={reload} />
          <BeforeAfter of={of} />
          {of.phase === CalibrationPhase_Value.CLOSED && <CalibrationPack session={of.id} />}
        </>
      )}
    </>
  );
}

const askedInWords = (of: ReviewEscalation): string => `escalated: ${wordOf(EscalationReason_Value, of.reason)}, to ${wordOf(EscalationRoute_Value, of.route)}`;

const matches: Record<string, string> = {same: 'same', within: 'near', differ: 'differs'};

function Grid({of, person: me, reload}: SessionProps) {
  const rows = [...of.grid].sort((a, b) => b.disagreement - a.disagreement);
  return (
    <>
      <Section title="What was said" says="The items on which people differ most come first.">
        <Table
          caption="Judgements by item and person"
          rows={rows}
          keyOf={(row) => row.item}
          detail={(row) => <Ruling session={of} row={row} person={me} reload={reload} />}
          columns={[
            {title: 'Item', cell: (row) => <span class="mono nowrap">{shortId(row.item)}</span>},
            {title: 'They differ by', isNumber: true, cell: (row) => amount(row.disagreement, 'share')},
            ...of.people.map((person) => ({
              title: person,
              cell: (row: Calibration_Row) => {
                const cell = row.cells.find((each) => each.person === person);
                return (
                  <div class={`stack${cell?.match === 'differ' ? ' late' : ''}`}>
                    <Said text={opinionInWords(cell?.opinion)} />
                    {cell?.match && <span class="soft small">{matches[cell.match] ?? cell.match}</span>}
                    {row.escalations.filter((each) => each.by === person).map((each) => <span key={each.id} class="soft small">{askedInWords(each)}</span>)}
                  </div>
                );
              },
            })),
            {title: 'What is right', cell: (row) => <Said text={ruledOn(of, row.item)} />},
          ]}
        />
      </Section>
      {of.agreement.length > 0 && (
        <Section title="Agreement">
          <Facts of={of.agreement.map((each) => [each.criterion, <Said text={each.alpha === undefined ? each.note || 'no value' : `α ${amount(each.alpha, 'share')}, ${amount(each.percent, 'share')} of pairs agree`} />])} />
        </Section>
      )}
      {of.results.length > 0 && (
        <Section title="Held against what is right">
          <Facts of={of.results.map((each) => [each.person, each.judged > 0 ? `${count(each.right)} of ${count(each.judged)}` : 'nothing is ruled on yet'])} />
        </Section>
      )}
    </>
  );
}

function ruledOn({rulings}: Calibration, item: string): string {
  const ruling = rulings.findLast((each) => each.item === item);
  return ruling ? [opinionInWords(ruling.opinion), ruling.clause && `§ ${ruling.clause}`, ruling.note].filter(Boolean).join('; ') : 'not said yet';
}

// Nobody rules on them: what they ask is talked about here.
function Escalated({of}: {of: ReviewEscalation[]}) {
  return (
    <ul aria-label="Escalations" class="stack">
      {of.map((each) => (
        <li key={each.id}>
          <Said text={[`${each.by} ${askedInWords(each)}`, each.clause && `§ ${each.clause}`, each.note].filter(Boolean).join('; ')} /> <Age of={dateOf(each.at)} />
        </li>
      ))}
    </ul>
  );
}

// What is right is what one of them said, or is worked out elsewhere: here one points at it.
function Ruling({session, row, person: me, reload}: {session: Calibration; row: Calibration_Row; person: string; reload: () => void}) {
  const ruled = session.rulings.findLast((each) => each.item === row.item);
  const judged = row.cells.filter((each) => each.opinion !== undefined);
  const kept = useKept(me, `calibration.${session.id}.${row.item}`, {person: judged[0]?.person ?? '', note: '', clause: ''});
  const {person, note, clause} = kept.now;
  const action = useAction(async () => {
    const opinion = judged.find((each) => each.person === person)?.opinion;
    await reviews.ruleOnCalibration({id: session.id, ruling: {item: row.item, ...(opinion ? {opinion} : {}), note, clause}}, {timeoutMs: patience});
    kept.forget();
    reload();
  });
  return (
    <div class="section">
      <p>
        <a href={itemAt(row.item)}>Open the item</a>
      </p>
      {row.escalations.length > 0 && <Escalated of={row.escalations} />}
      {session.phase === CalibrationPhase_Value.REVEALED && judged.length > 0 && (
        <Form label={`What is right of ${shortId(row.item)}`} submit="So it is" action={action} failed="It was not kept">
          <Select label="Right is what was said by" value={person} onChange={(value) => kept.change({person: value})} options={judged.map((each) => [each.person, `${each.person}: ${opinionInWords(each.opinion)}`.slice(0, 80)])} />
          <Input label="From clause" value={clause} onChange={(value) => kept.change({clause: value})} width="6rem" />
          <Input label="Because" value={note} onChange={(value) => kept.change({note: value})} width="18rem" />
        </Form>
      )}
      {ruled?.opinion && <Promote item={row.item} ruling={ruled} />}
    </div>
  );
}

const textsIn = (view: ReviewItemView | undefined): string => JSON.stringify([...(view?.content?.responses.map(({text}) => text) ?? [])].sort());

// What was agreed on becomes a known answer, made of the item that the session's was copied from.
function Promote({item, ruling}: {item: string; ruling: CalibrationRuling}) {
  const [says, setSays] = useState('');
  const promote = useAction(async () => {
    const options = {timeoutMs: patience};
    const {view: copy} = await reviews.getItem({id: item}, options);
    const {queue = '', caseId = '', responses = []} = copy?.item ?? {};
    const {items} = await readFilled((pageToken) => reviews.listItems({queue, caseId, pageSize: 50, pageToken}, options), '', 50);
    const labelled = items.filter((each) => each.purpose === ItemPurpose_Value.LABEL && each.state === ReviewState_Value.DONE);
    const views = await Promise.all(labelled.map(({id}) => reviews.getItem({id}, options)));
    const source = views.find(({view}) => textsIn(view) === textsIn(copy))?.view?.item;
    if (!source) throw new Lacking('the item that it was copied from is not to be found, or is none that you may see');
    // Winners and ranks are ids of responses.
    const namesResponses = ruling.opinion?.answers.case === 'pairwise' || ruling.opinion?.answers.case === 'ranking';
    if (namesResponses && !source.responses.every((id) => responses.includes(id))) throw new Lacking('its responses have other names there: make it on the screen Gold, and say what is expected');
    const why = ruling.note || (ruling.clause ? `§ ${ruling.clause}` : 'agreed on in a session');
    const {gold} = await reviews.addGold({item: source.id, purpose: ItemPurpose_Value.GOLD, why, ...(ruling.opinion ? {expected: ruling.opinion} : {})}, options);
    setSays(`It is a known answer now: ${shortId(gold?.id ?? '')}.`);
  });
  return (
    <div class="stack">
      <p class="row">
        <Button action={promote}>Make it a known answer</Button>
        <span role="status">{says}</span>
      </p>
      {promote.problem && <Failed what="It was not made" problem={promote.problem} />}
    </div>
  );
}
