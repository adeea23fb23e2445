// One item by its address: what the caller may see of it, and what they may do with it.

import {useLocation, useRoute} from 'preact-iso';
import {useEffect, useState} from 'preact/hooks';
import {
  DecisionMethod_Value,
  EscalationOutcome_Value,
  EscalationReason_Value,
  EscalationRoute_Value,
  LeaseRole_Value,
  ReviewCause_Value,
  ReviewItemKind_Value,
  ReviewState_Value,
  type MyJudgement,
  type ReviewEscalation,
  type ReviewRole_Value as Role,
  type ReviewItemView,
} from '../../../gen/assay/v1/review_pb';
import {caseAt, itemAt, itemsAt, queueAt, workAt} from '../../api/addresses.ts';
import {patience, reviews, runs} from '../../api/client.ts';
import {sessionItems} from '../../api/history.ts';
import {Lacking} from '../../api/errors.ts';
import {useKept} from '../../api/kept.ts';
import {dateOf} from '../../api/read.ts';
import {itemOf, opinionInWords, readRubric, wordOf} from '../../api/review.ts';
import {useAction, useCall} from '../../api/use.ts';
import {amount, moment, shortId} from '../../model/format.ts';
import {questionsOf} from '../../model/judging.ts';
import type {Rubric} from '../../model/rubric.ts';
import {unreadIn} from '../../model/unread.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Button, Form, Input, Select} from '../../ui/form.tsx';
import {Age, Facts, Section} from '../../ui/layout.tsx';
import {Await, Failed, Note} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';
import {Desk, rulingPlace, rulingStart} from './desk.tsx';
import {Due} from './due.tsx';
import {ReviewScreen} from './frame.tsx';
import {ItemActions} from './itemactions.tsx';
import {Others} from './others.tsx';
import {ReadFirst} from './unread.tsx';
import {Redaction} from './redaction.tsx';
import type {Mode} from './send.ts';
import {Context, Responses} from './shown.tsx';
import {modeOf} from './workspace.tsx';

async function readItem(id: string, signal: AbortSignal) {
  const options = {signal, timeoutMs: patience};
  const [{view}, {me, denied, recent}] = await Promise.all([reviews.getItem({id}, options), reviews.getMyWork({}, options)]);
  if (!view?.item) throw new Lacking('the answer holds no item');
  const rubric = await readRubric(view.item.rubric, view.lease?.rubricVersion || view.item.rubricVersion, signal);
  return {view, rubric, person: me?.id ?? '', roles: me?.roles ?? [], mayReview: denied === '', own: revisable(id, recent)};
}

export const stateWord = (state: ReviewState_Value): string => wordOf(ReviewState_Value, state);

// The judgement of one's own that may still be changed.
function revisable(item: string, recent: MyJudgement[]): string | undefined {
  const own = recent.find((each) => each.item === item);
  const until = dateOf(own?.revisableUntil);
  return until && until > new Date() ? own?.judgement : undefined;
}

export function ItemScreen() {
  const {params} = useRoute();
  const {route, query} = useLocation();
  const id = params['id'] ?? '';
  const [mode, setMode] = useState<Mode>();
  const [claimed, setClaimed] = useState<{view: ReviewItemView; rubric: Rubric}>();
  const loaded = useCall(`item ${id}`, (signal) => readItem(id, signal));
  useEffect(() => {
    setMode(undefined);
    setClaimed(undefined);
  }, [id]);
  const take = useAction(async () => {
    const {view, whyNone} = await reviews.claimItem({item: id}, {timeoutMs: patience});
    if (!view?.item || !view.lease) throw new Lacking(whyNone || 'it is not to be had');
    // A lease is under the newest words of its major version, which may not be those that the item was answered under.
    setClaimed({view, rubric: await readRubric(view.item.rubric, view.lease.rubricVersion)});
    setMode(modeOf(view));
  });
  const unread = take.problem && unreadIn(take.problem.message);
  const found = loaded.value;
  const view = claimed?.view ?? found?.view;
  const back = () => {
    if (query['revise']) route(itemAt(id), true);
    setMode(undefined);
    setClaimed(undefined);
    loaded.reload();
  };
  const own = found?.own;
  // Who takes a submission back goes on with it at once.
  useEffect(() => {
    if (query['revise'] && own) setMode({does: 'revise', judgement: own});
  }, [query['revise'], own]);
  return (
    <ReviewScreen
      title={`Item ${shortId(id)}`}
      path={[{title: 'Items', at: itemsAt()}]}
      isFolded={mode !== undefined}
      badge={view?.item && <WordBadge word={stateWord(view.item.state)} tone="waits" />}
      actions={
        view && !mode && found?.mayReview && (
          <>
            {query['session'] && <Session person={found.person} item={id} queue={query['session']} />}
            {own && (
              <button type="button" class="button" onClick={() => setMode({does: 'revise', judgement: own})}>
                Revise your judgement
              </button>
            )}
            {(view.lease || view.item?.offers) ? <Button action={take}>{view.lease ? 'Go on with it' : `Take it, to ${wordOf(LeaseRole_Value, view.item?.offers ?? 0)}`}</Button> : null}
          </>
        )
      }
    >
      {take.problem && !unread && <Failed what="It could not be taken" problem={take.problem} again={take.run} />}
      {unread && <ReadFirst of={unread} onRead={take.run} />}
      <Await of={loaded} what="The item">
        {({rubric, person, roles}) =>
          view && mode ? (
            <Desk
              key={`${id} ${mode.does}`}
              {...{view, person, mode}}
              rubric={claimed?.rubric ?? rubric}
              onSent={() => (query['then'] === 'work' || mode.does === 'label' || mode.does === 'adjudicate' || mode.does === 'audit' ? route(workAt({queue: view.item?.queue ?? ''})) : back())}
              onLeft={back}
              onTakeBack={() => undefined}
            />
          ) : (
            view && <Found view={view} rubric={rubric} person={person} roles={roles} reload={back} onRule={() => setMode({does: 'rule'})} />
          )
        }
      </Await>
    </ReviewScreen>
  );
}

// The items of this session, one after the other: read only, and back to the workspace after the last.
function Session({person, item, queue}: {person: string; item: string; queue: string}) {
  const {route} = useLocation();
  const items = sessionItems(person);
  const at = items.indexOf(item);
  const before = items[at - 1];
  const next = at === -1 ? undefined : items[at + 1];
  return (
    <>
      <button type="button" class="button" data-key="p" disabled={!before} onClick={() => before && route(itemAt(before, {session: queue}))}>
        Item before <kbd aria-hidden="true">p</kbd>
      </button>
      <button type="button" class="button" data-key="n" onClick={() => route(next ? itemAt(next, {session: queue}) : workAt(queue === 'all' ? {} : {queue}))}>
        {next ? 'Next item' : 'Go on in the workspace'} <kbd aria-hidden="true">n</kbd>
      </button>
    </>
  );
}

interface FoundProps {
  view: ReviewItemView;
  rubric: Rubric;
  person: string;
  roles: readonly Role[];
  reload: () => void;
  onRule: () => void;
}

function Found({view, rubric, person, roles, reload, onRule}: FoundProps) {
  const {item, content} = view;
  if (!item) return null;
  const own = itemOf(view);
  return (
    <>
      {view.hasSevereFlag && (
        <Note tone="fail" title="Flagged as harm of severity 1">
          <p>It holds the release until an adjudicator has decided.</p>
        </Note>
      )}
      <Facts
        of={[
          ['Queue', <a href={queueAt(item.queue)}>{item.queue}</a>],
          ['Case', item.run ? <CaseLink run={item.run} caseId={item.caseId} /> : <Said text={item.caseId} />],
          ['Asked', <Said text={`${wordOf(ReviewItemKind_Value, item.kind)}, by ${item.rubric} ${item.rubricVersion}`} />],
          ['Entered', <Age of={dateOf(item.enteredAt)} />],
          item.dueAt && ['Due', <Due at={dateOf(item.dueAt)} />],
          item.severity !== undefined && ['Severity', String(item.severity)],
          item.reasons.length > 0 && ['Why it entered', <Said text={item.reasons.join(', ')} />],
          view.adjudicationWhy && ['Why it is adjudicated', <Said text={view.adjudicationWhy} />],
        ]}
      />
      {view.escalations.map((each) => (
        <Escalated key={each.id} of={each} item={item.id} person={person} reload={reload} onRule={content ? onRule : undefined} />
      ))}
      <ItemActions {...{view, person, roles}} onDone={reload} />
      {item.state === ReviewState_Value.QUARANTINED && <Redaction view={view} person={person} onDone={reload} />}
      {content ? (
        <>
          <Context of={content} />
          <Responses of={content} about={undefined} />
          {content.sources.length > 0 && (
            <p class="soft small">
              {content.sources.map(({response, model, modelVersion, isCandidate}) => (
                <span key={response}>
                  <Said text={`${response}: ${model}@${modelVersion}${isCandidate ? ' (candidate)' : ''} `} />
                </span>
              ))}
            </p>
          )}
          <Others view={view} item={own} questions={questionsOf(own, rubric)} withDecision />
        </>
      ) : (
        <Note tone="idle" title="Its content is not shown to you">
          <p>
            <Said text={view.withheld || 'It is shown to who judges it.'} />
          </p>
        </Note>
      )}
      {view.decisions.length > 0 && (
        <Section title="Decisions">
          <Table
            caption="Decisions"
            rows={view.decisions}
            keyOf={(each) => each.id}
            columns={[
              {title: 'Decided', cell: (each) => <Age of={dateOf(each.at)} />},
              {title: 'Outcome', cell: (each) => <Said text={opinionInWords(each.outcome)} />},
              {title: 'By', cell: (each) => wordOf(DecisionMethod_Value, each.method)},
              {title: 'Why they differed', cell: (each) => wordOf(ReviewCause_Value, each.cause) || '–'},
              {title: 'Value', isNumber: true, cell: (each) => amount(each.value, 'share')},
              {title: 'Holds', cell: (each) => (each.isActive ? 'yes' : 'no more')},
            ]}
          />
        </Section>
      )}
      {view.audits.length > 0 && (
        <Section title="Audits">
          <Table
            caption="Audits"
            rows={view.audits}
            keyOf={(each) => each.id}
            columns={[
              {title: 'Audited', cell: (each) => <Age of={dateOf(each.at)} />},
              {title: 'Outcome', cell: (each) => <WordBadge word={each.passes ? '✓ right' : '✕ wrong'} tone={each.passes ? 'pass' : 'fail'} />},
              {title: 'Defect', cell: (each) => <Said text={each.defect || '–'} />},
              {title: 'Because of', cell: (each) => wordOf(ReviewCause_Value, each.cause) || '–'},
              {title: 'To be done', isProse: true, cell: (each) => <Said text={each.action || '–'} />},
            ]}
          />
        </Section>
      )}
      {view.history.length > 0 && (
        <Section title="What happened">
          <Table
            caption="What happened with this item"
            rows={view.history}
            keyOf={(each) => String(each.seq)}
            perPage={25}
            columns={[
              {title: 'When', isPlain: true, cell: (each) => (dateOf(each.at) ? moment(dateOf(each.at) as Date) : '')},
              {title: 'What', cell: (each) => <Said text={each.what.replaceAll('_', ' ')} />},
              {title: 'Who', cell: (each) => <Said text={each.actor || '–'} />},
              {title: 'Note', isProse: true, cell: (each) => <Said text={each.note} />},
            ]}
          />
        </Section>
      )}
    </>
  );
}

// Cases have addresses by their place in the dataset.
function CaseLink({run, caseId}: {run: string; caseId: string}) {
  const loaded = useCall(`ordinal ${run} ${caseId}`, async (signal) => {
    const {trials} = await runs.listResults({runId: run, caseId, omitResponses: true, pageSize: 1}, {signal, timeoutMs: patience});
    return trials[0]?.ordinal;
  });
  return loaded.value === undefined ? <Said text={caseId} /> : <a href={caseAt(run, loaded.value)}><Said text={caseId} /></a>;
}

interface EscalatedProps {
  of: ReviewEscalation;
  item: string;
  person: string;
  reload: () => void;
  onRule?: (() => void) | undefined;
}

const outcomes: [string, string][] = [
  ['RESUME', 'the item goes on'],
  ['VOID', 'the item is taken out'],
];

export function Escalated({of, item, person, reload, onRule}: EscalatedProps) {
  const kept = useKept(person, rulingPlace(item), rulingStart);
  const {outcome, ruling} = kept.now;
  const [key] = useState(() => crypto.randomUUID());
  const action = useAction(async () => {
    const value = {outcome: EscalationOutcome_Value[outcome as 'RESUME' | 'VOID'], ruling};
    await reviews.actOnItem({item, key, action: {case: 'resolve', value}}, {timeoutMs: patience});
    kept.forget();
    reload();
  });
  const isOpen = of.resolvedAt === undefined;
  return (
    <section class="card section" aria-label="Escalation">
      <header>
        <h2>
          {isOpen ? 'Waits for a ruling' : 'Ruled'}: <Said text={wordOf(EscalationReason_Value, of.reason)} />
        </h2>
        <span class="soft small">goes to {wordOf(EscalationRoute_Value, of.route)}</span>
      </header>
      {of.note && (
        <p>
          <Said text={of.note} />
        </p>
      )}
      <Facts
        of={[
          ['Asked', <Age of={dateOf(of.at)} />],
          of.by && ['By', <Said text={of.by} />],
          of.clause && ['Clause', `§ ${of.clause}`],
          isOpen ? ['Ruling due', <Due at={dateOf(of.dueAt)} />] : ['Ruled', <Age of={dateOf(of.resolvedAt)} />],
          !isOpen && ['Outcome', wordOf(EscalationOutcome_Value, of.outcome)],
        ]}
      />
      {of.ruling && (
        <p class="lead">
          <Said text={of.ruling} />
        </p>
      )}
      {isOpen && of.mayResolve && (
        <Form label="Ruling" submit="Rule so" action={action} failed="The ruling was not taken">
          <Select label="Then" value={outcome} onChange={(value) => kept.change({outcome: value})} options={outcomes} />
          <Input label="Ruling, a precedent for later" value={ruling} onChange={(value) => kept.change({ruling: value})} width="28rem" />
          {onRule && (
            <button type="button" class="button" onClick={onRule}>
              Decide the item yourself…
            </button>
          )}
        </Form>
      )}
    </section>
  );
}

