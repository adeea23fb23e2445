// Guidelines: which there are, and one of them with its versions, what differs between them, and what is not clear yet.

import {useLocation, useRoute} from 'preact-iso';
import {useMemo, useState} from 'preact/hooks';
import {DocumentKind_Value} from '../../../gen/assay/v1/types_pb';
import {ReviewChange_Value, ReviewRole_Value, type ChangeRequest, type Clarification} from '../../../gen/assay/v1/review_pb';
import {documentAt, guidelineAt, guidelinesAt, itemAt} from '../../api/addresses.ts';
import {catalog, patience, reviews} from '../../api/client.ts';
import {Lacking} from '../../api/errors.ts';
import {useKept} from '../../api/kept.ts';
import {dateOf} from '../../api/read.ts';
import {useAction, useCall} from '../../api/use.ts';
import {count, plural, shortId} from '../../model/format.ts';
import {clausesOf, markdownOf} from '../../model/markdown.ts';
import {clauseOf, subjectOf} from '../../model/proposals.ts';
import {rubricFrom, type Rubric} from '../../model/rubric.ts';
import {differenceOf} from '../../model/worddiff.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Button, Form, Input, Select} from '../../ui/form.tsx';
import {Age, Facts, Section} from '../../ui/layout.tsx';
import {Await, Failed, Note, Nothing} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {ComparedText, Said} from '../../ui/text.tsx';
import {readMyWork, ReviewScreen} from './frame.tsx';
import {Markdown} from './marks.tsx';
import {One} from './panel.tsx';
import {isOpen, Proposals} from './proposals.tsx';

export function GuidelinesScreen() {
  const loaded = useCall('guidelines', async (signal) => {
    const options = {signal, timeoutMs: patience};
    const [{documents}, {clarifications}, work] = await Promise.all([
      catalog.listDocuments({kind: DocumentKind_Value.RUBRIC, includeText: true}, options),
      reviews.listClarifications({}, options),
      readMyWork(signal),
    ]);
    return {
      rubrics: documents.map(({name, json}) => ({name, rubric: rubricFrom(json)})),
      open: clarifications.filter(({closedAt}) => closedAt === undefined),
      read: new Map(work.queues.map(({rubric, acknowledgedVersion}) => [rubric, acknowledgedVersion])),
    };
  });
  return (
    <ReviewScreen title="Guidelines">
      <Await of={loaded} what="The guidelines">
        {({rubrics, open, read}) =>
          rubrics.length === 0 ? (
            <Nothing title="There is no rubric yet">
              <p>A rubric says by what people judge: criteria, classes of errors, and a guideline in Markdown with numbered clauses. It is a document of the catalog folder.</p>
            </Nothing>
          ) : (
            <Table
              caption="Rubrics"
              rows={rubrics}
              keyOf={({name}) => name}
              opens={({name}) => guidelineAt(name)}
              columns={[
                {title: 'Rubric', cell: ({name}) => <Said text={name} />},
                {title: 'Version', cell: ({rubric}) => <Said text={rubric?.version ?? 'cannot be read'} />},
                {title: 'What it is for', cell: ({rubric}) => <Said text={rubric?.description ?? ''} />},
                {title: 'Not clear yet', isNumber: true, cell: ({name}) => count(open.filter((each) => each.rubric === name).length)},
                {
                  title: 'You have read',
                  cell: ({name, rubric}) => {
                    const version = read.get(name);
                    if (version === undefined) return <span class="soft">not yours to work by</span>;
                    return version === rubric?.version ? <WordBadge word="✓ this version" tone="pass" /> : <WordBadge word={version || 'nothing yet'} tone="unsure" />;
                  },
                },
              ]}
            />
          )
        }
      </Await>
    </ReviewScreen>
  );
}

async function readVersions(name: string, signal: AbortSignal) {
  const options = {signal, timeoutMs: patience};
  const [{versions}, {clarifications}, work, changes] = await Promise.all([
    reviews.listRubricVersions({rubric: name}, options),
    reviews.listClarifications({rubric: name}, options),
    readMyWork(signal),
    // Who has no role in reviews is not told of them.
    reviews.listChanges({}, options).then((answer) => answer.changes).catch(() => []),
  ]);
  if (versions.length === 0) throw new Lacking(`no version of rubric "${name}" was ever in service`);
  return {
    versions: versions.map((each) => ({...each, rubric: rubricFrom(each.json)})),
    clarifications,
    proposals: changes.filter(({change, subject}) => change === ReviewChange_Value.PROPOSAL && clauseOf(subject, name) !== undefined),
    read: work.queues.find(({rubric}) => rubric === name)?.acknowledgedVersion,
    mayReview: work.denied === '',
    person: work.me?.id ?? '',
    isLead: work.me?.roles.includes(ReviewRole_Value.LEAD) ?? false,
  };
}

const unreadable = {message: 'it is no document that this page can read', advice: '', isWorthAnotherTry: false};

type Known = Awaited<ReturnType<typeof readVersions>>;

export function GuidelineScreen() {
  const {params} = useRoute();
  const {query, route} = useLocation();
  const name = params['name'] ?? '';
  const loaded = useCall(`guideline ${name}`, (signal) => readVersions(name, signal));
  return (
    <ReviewScreen
      title={name}
      path={[{title: 'Guidelines', at: guidelinesAt}]}
      actions={
        <a class="button" href={documentAt('rubric', name)}>
          Document
        </a>
      }
    >
      <Await of={loaded} what="The guideline">
        {(known) => {
          const newest = known.versions.at(-1)?.version ?? '';
          const shown = known.versions.find(({version}) => version === query['version']) ?? known.versions.at(-1);
          const since = known.versions.find(({version}) => version === query['since'] && version !== shown?.version);
          const go = (changed: Record<string, string>) => route(guidelineAt(name, {version: shown?.version ?? '', since: since?.version ?? '', ...changed}), true);
          return (
            <>
              <Form label="Version">
                <Select label="Version" value={shown?.version ?? ''} onChange={(version) => go({version})} options={[...known.versions].reverse().map(({version}) => [version, version === newest ? `${version}, in service` : version])} />
                <Select label="What differs from" value={since?.version ?? ''} onChange={(value) => go({since: value})} options={[['', 'nothing'], ...known.versions.filter(({version}) => version !== shown?.version).map(({version}): [string, string] => [version, version])]} />
              </Form>
              <Read {...{name, newest, known}} reload={loaded.reload} />
              {shown && !shown.rubric && <Failed what={`Version ${shown.version} is not shown`} problem={unreadable} />}
              {since && !since.rubric && <Failed what={`What differs from ${since.version} is not shown`} problem={unreadable} />}
              {shown?.rubric && (since?.rubric ? <Changed before={since.rubric} after={shown.rubric} /> : <Whole of={shown.rubric} name={name} proposals={known.proposals} />)}
              {known.mayReview && <Proposals rubric={name} of={known.proposals} clauses={clausesOf(markdownOf(shown?.rubric?.guideline ?? ''))} person={known.person} reload={loaded.reload} />}
              <Unclear of={known.clarifications} {...{name, known}} reload={loaded.reload} />
              <Log of={known} />
            </>
          );
        }}
      </Await>
    </ReviewScreen>
  );
}

interface ReadProps {
  name: string;
  newest: string;
  known: Known;
  reload: () => void;
}

function Read({name, newest, known, reload}: ReadProps) {
  const action = useAction(async () => {
    await reviews.acknowledgeRubric({rubric: name, version: newest}, {timeoutMs: patience});
    reload();
  });
  if (!known.mayReview || known.read === undefined) return null;
  if (known.read === newest) return <p class="soft">You have read version {newest}.</p>;
  return (
    <Note tone="unsure" title={known.read ? `You have read ${known.read}; ${newest} is in service` : `You have not said yet that you have read ${newest}`}>
      <p class="row">
        <Button action={action}>I have read version {newest}</Button>
        {known.read && <a href={guidelineAt(name, {since: known.read})}>What differs from {known.read}</a>}
      </p>
      {action.problem && <Failed what="It was not kept" problem={action.problem} again={action.run} />}
    </Note>
  );
}

function Whole({of, name, proposals}: {of: Rubric; name: string; proposals: ChangeRequest[]}) {
  const openOf = (clause: string): number => proposals.filter((each) => isOpen(each) && clauseOf(each.subject, name) === clause).length;
  const clauses = useMemo(() => clausesOf(markdownOf(of.guideline)), [of.guideline]);
  return (
    <>
      <div class="columns">
        <Section title="Guideline">
          <Markdown text={of.guideline} prefix="clause-" />
        </Section>
        <div class="section">
          {clauses.length > 0 && (
            <nav class="card stack" aria-label="Clauses">
              <ul>
                {clauses.map(({clause, title}) => (
                  <li key={clause}>
                    <a href={`#clause-${clause}`} onClick={() => document.getElementById(`clause-${clause}`)?.focus()}>
                      <Said text={title} />
                    </a>
                    {openOf(clause) > 0 && <span class="soft small"> {plural(openOf(clause), 'proposal')}</span>}
                  </li>
                ))}
              </ul>
            </nav>
          )}
          <Section title="What is asked">
            <Facts of={of.criteria.map((each) => [each.title, <Said text={`${each.meaning}${each.clause ? ` (§ ${each.clause})` : ''}`} />])} />
          </Section>
          {of.taxonomy.length > 0 && (
            <Section title="Classes of errors">
              <Facts of={of.taxonomy.map((each) => [each.name, <Said text={each.meaning || '–'} />])} />
            </Section>
          )}
        </div>
      </div>
      {of.examples.length > 0 && (
        <Section title="Examples">
          <div class="columns">
            {of.examples.map((each) => (
              <One key={each.title} of={each} />
            ))}
          </div>
        </Section>
      )}
    </>
  );
}

// As people would write it down, so that what differs can be seen at once.
function inWords(rubric: Rubric): string {
  return [
    rubric.guideline,
    ...rubric.criteria.map((each) => `${each.name}: ${each.title}. ${each.meaning} ${each.scale ? `${each.scale.from} to ${each.scale.to}, passes from ${each.scale.pass ?? '–'}; ${[...each.scale.anchors].map(([score, says]) => `${score}: ${says}`).join('; ')}` : each.labels.map(({name, meaning}) => `${name}: ${meaning}`).join('; ')}`),
    ...rubric.taxonomy.map((each) => `error ${each.name}: ${each.meaning}`),
    ...rubric.severities.map((each) => `severity ${each.level} ${each.name}: ${each.meaning}`),
    ...rubric.examples.map((each) => `${each.isCounter ? 'counterexample' : 'example'} ${each.title}: ${each.response} ${each.verdict} ${each.why}`),
  ].join('\n');
}

export function Changed({before, after}: {before: Rubric; after: Rubric}) {
  const difference = useMemo(() => differenceOf(inWords(before), inWords(after)), [before, after]);
  return (
    <Section title={`What differs from ${before.version}`} says="Struck out: no longer there. Underlined: new.">
      <ComparedText pieces={difference.pieces} label="What differs" whole />
    </Section>
  );
}

interface UnclearProps {
  of: Clarification[];
  name: string;
  known: Known;
  reload: () => void;
}

function Unclear({of, name, known, reload}: UnclearProps) {
  return (
    <Section title="Not clear yet" says="Three items that one clause confuses call for an answer. A version whose change log names it closes it.">
      {of.length === 0 ? (
        <p class="soft">Nobody has been confused three times. Who judges flags what is unclear with one key.</p>
      ) : (
        <Table
          caption="Clarifications"
          rows={of}
          keyOf={(each) => each.id || `${each.clause} recurs`}
          detail={(each) => (each.notes.length > 0 || each.endedBy !== '' || known.isLead ? <Question of={each} isLead={known.isLead} reload={reload} /> : undefined)}
          columns={[
            {title: 'Clause', cell: (each) => (each.clause ? `§ ${each.clause}` : 'no clause')},
            {title: 'State', cell: (each) => <WordBadge word={each.closedAt ? (each.isRejected ? 'rejected' : `answered by ${each.closedBy}`) : each.id ? 'being answered' : 'recurs'} tone={each.closedAt ? 'idle' : 'unsure'} />},
            {title: 'First asked', cell: (each) => <Age of={dateOf(each.firstAt)} />},
            {
              title: 'Items',
              cell: (each) => (
                <span class="row">
                  {each.items.slice(0, 5).map((item) => (
                    <a key={item} href={itemAt(item)}>
                      {shortId(item)}
                    </a>
                  ))}
                  {each.items.length > 5 && <span class="soft">and {plural(each.items.length - 5, 'other')}</span>}
                </span>
              ),
            },
            {title: 'Number', cell: (each) => <Said text={each.id || '–'} />},
          ]}
        />
      )}
      {known.mayReview && <Propose {...{name, known, reload}} />}
    </Section>
  );
}

// What people said of a question, and what a lead does with it.
function Question({of, isLead, reload}: {of: Clarification; isLead: boolean; reload: () => void}) {
  return (
    <div class="section">
      {of.notes.length > 0 && (
        <Facts of={of.notes.map((each) => [each.person, <><Said text={each.text} /> <span class="soft small"><Age of={dateOf(each.at)} /></span></>])} />
      )}
      {of.endedBy !== '' && (
        <Facts
          of={[
            [of.isRejected ? 'Rejected by' : 'Closed by', <Said text={of.endedBy} />],
            of.reason && ['Because', <Said text={of.reason} />],
          ]}
        />
      )}
      {isLead && !of.closedAt && (of.id ? <Closing of={of} reload={reload} /> : <Opening of={of} reload={reload} />)}
    </div>
  );
}

function Opening({of, reload}: {of: Clarification; reload: () => void}) {
  const [note, setNote] = useState('');
  const open = useAction(async () => {
    await reviews.openClarification({rubric: of.rubric, clause: of.clause, note}, {timeoutMs: patience});
    reload();
  });
  return (
    <Form label="Take the question on" submit="Take it on" action={open} failed="It was not opened">
      <Input label="What is unclear, if you can say it already" value={note} onChange={setNote} width="28rem" />
    </Form>
  );
}

function Closing({of, reload}: {of: Clarification; reload: () => void}) {
  const [reason, setReason] = useState('');
  const act = (reject: boolean) => async () => {
    await reviews.closeClarification({id: of.id, reject, reason}, {timeoutMs: patience});
    reload();
  };
  const close = useAction(act(false));
  const reject = useAction(act(true));
  return (
    <>
      <Form label="Close the question" submit="The version in service answers it" action={close} failed="It stays open">
        <Input label="Why; needed to reject" value={reason} onChange={setReason} width="28rem" />
        <Button action={reject}>Reject it</Button>
      </Form>
      {reject.problem && <Failed what="It was not rejected" problem={reject.problem} />}
    </>
  );
}

// What a guideline should say, by anybody who works by it; and a question of its own, by a lead.
function Propose({name, known, reload}: Omit<UnclearProps, 'of'>) {
  const kept = useKept(known.person, `wording.${name}`, {clause: '', says: ''});
  const {clause, says} = kept.now;
  const options = {timeoutMs: patience};
  const clauses = clausesOf(markdownOf(known.versions.at(-1)?.rubric?.guideline ?? ''));
  const propose = useAction(async () => {
    await reviews.proposeChange({change: ReviewChange_Value.PROPOSAL, subject: subjectOf(name, clause), diff: says, reason: 'proposed on the page of the guideline'}, options);
    kept.forget();
    reload();
  });
  const ask = useAction(async () => {
    await reviews.openClarification({rubric: name, clause, note: says}, options);
    reload();
  });
  return (
    <>
      <Form label="Propose a wording" submit="Propose it" action={propose} failed="It was not proposed">
        <Select label="Clause" value={clause} onChange={(value) => kept.change({clause: value})} options={[['', 'none'], ...clauses.map(({clause: each, title}): [string, string] => [each, title.slice(0, 60)])]} />
        <Input label="What it should say" value={says} onChange={(value) => kept.change({says: value})} width="26rem" />
        {known.isLead && clause !== '' && <Button action={ask}>Open the question of this clause</Button>}
      </Form>
      {ask.problem && <Failed what="The question was not opened" problem={ask.problem} />}
    </>
  );
}

function Log({of: {versions}}: {of: Known}) {
  return (
    <Section title="Versions">
      <Table
        caption="Versions of this rubric"
        rows={[...versions].reverse()}
        keyOf={(each) => each.version}
        columns={[
          {title: 'Version', cell: (each) => each.version},
          {title: 'What changed', isProse: true, cell: (each) => <Said text={each.reason || '–'} />},
          {title: 'In service since', cell: (each) => <Age of={dateOf(each.keptAt)} />},
          {title: 'Have read it', isNumber: true, cell: (each) => plural(each.acknowledgedBy, 'person', 'people')},
        ]}
      />
    </Section>
  );
}
