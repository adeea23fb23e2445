// One item and what a person says of it: everything is done by key, nothing typed is lost, and nothing is sent twice.

import {useEffect, useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {ReviewItemView} from '../../../gen/assay/v1/review_pb';
import {guidelineAt} from '../../api/addresses.ts';
import {useKept} from '../../api/kept.ts';
import {contentOf, itemOf, judgingOf, submissionText, suggestedIn} from '../../api/review.ts';
import {choose, gapIn, nextQuestion, nothingYet, questionsOf, refusalSays, takeOver, toggleClause, unchangedId, answerTo, type Judging, type Question} from '../../model/judging.ts';
import type {Rubric} from '../../model/rubric.ts';
import {draftOf, judgingFrom, type Kept} from '../../model/draft.ts';
import {Note} from '../../ui/notes.tsx';
import {Said} from '../../ui/text.tsx';
import {Aside, type AsideKind} from './asides.tsx';
import {Questions} from './asked.tsx';
import {AuditVerdict, causeAsked, verdictOf} from './audit.tsx';
import {DeskBar} from './deskbar.tsx';
import {Words} from './words.tsx';
import {Others} from './others.tsx';
import {GuidelinePanel} from './panel.tsx';
import {refusedBy, send, type Mode, type Refused, type Sending, type Sent} from './send.ts';
import {Context, Responses} from './shown.tsx';
import {Suggestion} from './suggestion.tsx';
import {useJudging} from './usejudging.ts';
import {useKeys} from './usekeys.ts';
import {useLease} from './uselease.ts';

const againAfterMs = [500, 1000, 2000, 4000, 8000];

const causeQuestion = causeAsked('Why did people differ?');

export interface DeskProps {
  view: ReviewItemView;
  rubric: Rubric;
  person: string;
  mode: Mode;
  onSent: (sent: Sent, stays: boolean) => void; // stays: with this item
  onLeft: (says: string) => void; // given back, escalated, withheld
  onTakeBack: () => void; // the last submission
  onBegun?: () => void; // something is said of it
}

// The same words, whether the item goes on or is decided with them.
export const rulingPlace = (item: string): string => `ruling.${item}`;
export const rulingStart = {outcome: 'RESUME', ruling: ''};

// One for each audit, the same after a reload: which decision it is of, under which lease.
function verdictKeyOf(view: ReviewItemView | undefined, token: bigint): string {
  return `audit-${view?.decisions.find(({isActive}) => isActive)?.id ?? ''}-${token}`;
}

function startOf(view: ReviewItemView, mode: Mode): Judging {
  const own = mode.does === 'revise' ? view.judgements.find(({id}) => id === mode.judgement)?.content : undefined;
  return own ? judgingOf(own, itemOf(view)) : nothingYet;
}

function storedOf({draft, item}: ReviewItemView): Kept | undefined {
  if (!draft || draft.epoch !== item?.epoch) return undefined;
  return {revision: Number(draft.revision), text: draft.text};
}

const oneColumn = '(max-width: 52rem)'; // as the panes are laid out (review.css)

export function Desk({view, rubric, person, mode, onSent, onLeft, onTakeBack, onBegun}: DeskProps) {
  const id = view.item?.id ?? '';
  const item = useMemo(() => itemOf(view), [view]);
  const questions = useMemo(() => {
    const own = questionsOf(item, rubric);
    return mode.does === 'adjudicate' || mode.does === 'rule' ? [...own, causeQuestion] : own;
  }, [item, rubric, mode.does]);
  const said = useJudging({person, item: id, start: startOf(view, mode), stored: storedOf(view), isRevision: mode.does === 'revise' || mode.does === 'rule'});
  const {judging, change} = said;
  const held = useLease(id, mode.does === 'revise' || mode.does === 'rule' ? undefined : view.lease);
  const [at, setAt] = useState(() => Math.max(0, gapIn(questions, judging)?.at ?? 0));
  const [aside, setAside] = useState<AsideKind>();
  const [open, setOpen] = useState({guideline: true, context: true, errors: judging.errors.length > 0, proposal: judging.proposal !== ''});
  const [isRendered, setRendered] = useState(false);
  const [notice, setNotice] = useState('');
  const [refused, setRefused] = useState<Refused>();
  const [isBusy, setBusy] = useState(false);
  const keptVerdict = useKept(person, `audit.${id}`, {said: ''});
  const keptRuling = useKept(person, rulingPlace(id), rulingStart);
  const {ruling} = keptRuling.now;
  // Of an audit, once the decision is shown: it comes in answer to the auditor's own judgement.
  const [revealed, setRevealed] = useState(mode.does === 'audit' && view.decisions.length > 0 ? view : undefined);
  const [verdict, showVerdict] = useState<Judging | undefined>(revealed && (judgingFrom(keptVerdict.now.said) ?? nothingYet));
  const setVerdict = (next: Judging): void => {
    showVerdict(next);
    keptVerdict.change({said: draftOf(next)});
  };
  const place = useRef<HTMLDivElement>(null);
  // Where everything stands below each other, an item begins with what is judged, and not with what is asked of it.
  useLayoutEffect(() => {
    if (matchMedia(oneColumn).matches) place.current?.scrollIntoView({block: 'start'});
  }, []);
  const isHere = useRef(true);
  const stays = useRef(false);
  useEffect(() => {
    isHere.current = true;
    return () => void (isHere.current = false);
  }, []);

  // Their own judgement came in before this page was drawn.
  useEffect(() => {
    if (revealed) said.forget();
  }, []);

  const hasBegun = judging !== nothingYet;
  useEffect(() => {
    if (hasBegun) onBegun?.();
  }, [hasBegun]);

  const current = questions[at];
  const suggested = useMemo(() => (mode.does === 'label' || mode.does === 'revise' ? suggestedIn(view, item) : undefined), [view, item, mode.does]);
  const optionKeys = useMemo(
    () => new Map(current?.options.flatMap(({keys, value}) => keys.map((key): [string, string] => [key, value])) ?? []),
    [current],
  );
  // Now, so that what is typed next arrives there; a field that is only being drawn, or was closed while it
  // was sent, takes it a moment later.
  const focus = (selector: string): void => {
    const go = (): boolean => {
      const field = place.current?.querySelector<HTMLElement>(selector) ?? null;
      field?.focus();
      return field !== null && document.activeElement === field;
    };
    if (!go()) queueMicrotask(() => go() || requestAnimationFrame(() => void go()));
  };

  const pick = (question: Question, index: number, value: string) => {
    if (isBusy) return;
    setNotice('');
    change((before) => choose(before, question, value));
    const after = choose(judging, question, value);
    setAt(question.isSeveral ? index : nextQuestion(questions, after, index));
    if (question.id === unchangedId && value === 'no') focus('[data-part=expected]');
  };

  // What was sent once is sent again as it was: under its key the daemon knows it.
  const deliver = async (sending: Sending, turn: number): Promise<void> => {
    try {
      const sent = await send(sending);
      const isStep = sending.mode.does === 'audit' && !sending.verdict;
      if (isStep && !isHere.current) return said.forget();
      if (isStep) {
        setBusy(false);
        said.forget(); // it is in: whoever audits this item once more begins anew, under another key
        if (!sent.view?.lease) return onLeft('Harm of severity 1 goes before the audit: the item waits for an adjudicator.');
        setRevealed(sent.view);
        return showVerdict(judgingFrom(keptVerdict.now.said) ?? nothingYet);
      }
      said.forget();
      if (sending.mode.does === 'audit') keptVerdict.forget();
      if (sending.mode.does === 'rule') keptRuling.forget();
      if (isHere.current) onSent(sent, stays.current);
    } catch (cause) {
      const why = refusedBy(cause);
      if (!isHere.current) return;
      setRefused(why);
      if (why.kind === 'unanswered') {
        setTimeout(() => isHere.current && void deliver(sending, turn + 1), againAfterMs[Math.min(turn, againAfterMs.length - 1)]);
        return;
      }
      said.keepSent('');
      setBusy(false);
      if (why.kind !== 'missing' || !/rationale/.test(why.problem.message)) return;
      focus('[data-part=rationale]');
    }
  };

  const submit = (asExtra = false, isStaying = false): void => {
    if (isBusy) return;
    const gap = verdict ? undefined : gapIn(questions, judging);
    if (gap) {
      setNotice(`Still missing: ${gap.says}.`);
      if (gap.at < 0) return focus('[data-part=expected]');
      (document.activeElement as HTMLElement | null)?.blur();
      return setAt(gap.at);
    }
    setNotice('');
    if (verdict && !verdictOf(verdict)) return setNotice('Still missing: whether the decision is right, and else what is wrong with it and why.');
    if (mode.does === 'rule' && ruling.trim() === '') return setNotice('Still missing: the ruling, in words that help the next time.');
    stays.current = isStaying;
    setBusy(true);
    setRefused(undefined);
    const content = contentOf(item, judging, rubric, said.times());
    const key = asExtra ? `${said.key}-extra` : verdict ? verdictKeyOf(revealed, held.token) : said.key;
    if (mode.does === 'label') said.keepSent(submissionText({item: id, token: held.token, key, content, asExtra}));
    const cause = answerTo(judging, 'cause')[0] ?? '';
    void deliver({mode, item: id, token: held.token, key, content, asExtra, ruling, cause, verdict: verdictOf(verdict)}, 0);
  };

  // As if it had been answered: what is still open is asked next, and nothing is sent.
  const accept = (): void => {
    if (isBusy) return;
    if (!suggested) return setNotice('There is no suggestion here.');
    change((before) => takeOver(before, suggested));
    setNotice('');
    const gap = gapIn(questions, takeOver(judging, suggested));
    if (gap && gap.at >= 0) setAt(gap.at);
  };

  const step = (by: 1 | -1) => setAt((before) => Math.min(questions.length - 1, Math.max(0, before + by)));
  const actions = {
    submit: () => submit(),
    stay: () => submit(false, true),
    next: () => step(1),
    before: () => step(-1),
    rationale: () => focus('[data-part=rationale]'),
    errors: () => {
      setOpen((before) => ({...before, errors: true}));
      focus('[data-part=errors]');
    },
    unclear: () => change((before) => ({...before, isAmbiguous: !before.isAmbiguous})),
    propose: () => {
      setOpen((before) => ({...before, proposal: true}));
      focus('[data-part=proposal]');
    },
    guideline: () => setOpen((before) => ({...before, guideline: !before.guideline})),
    full: () => void window.open(guidelineAt(rubric.name), '_blank', 'noopener'),
    search: () => {
      setOpen((before) => ({...before, guideline: true}));
      focus('.guideline [data-filter]');
    },
    context: () => setOpen((before) => ({...before, context: !before.context})),
    rendered: () => setRendered((before) => !before),
    left: () => focus('[aria-label="Response A"] .text, [aria-label=Response] .text'),
    right: () => focus('[aria-label="Response B"] .text, [aria-label=Response] .text'),
    escalate: () => setAside('escalate'),
    skip: () => setAside('skip'),
    private: () => setAside('private'),
    severe: () => setAside('severe'),
    accept,
    undo: () => {
      if (!said.undo()) onTakeBack();
    },
  };
  const isVerdictAsked = verdict !== undefined;
  const mapping = useKeys({
    optionKeys: isVerdictAsked ? new Map() : optionKeys,
    onMeant: (meant) => {
      if ('action' in meant) return actions[meant.action]();
      if (isVerdictAsked || !current) return;
      const option = current.options.find((each) => ('value' in meant ? each.value === meant.value : each.digit === meant.digit));
      if (option) pick(current, at, option.value);
      else if ('digit' in meant) setNotice(`${meant.digit} is no answer to: ${current.title}`);
    },
    onLeave: () => {
      setAside(undefined);
      (document.activeElement as HTMLElement | null)?.blur();
    },
  });

  if (!view.content) return <Withheld why={view.withheld} />;
  const says = item.kind === 'REFUSAL' ? refusalSays(judging) : '';
  return (
    <div class="desk" ref={place} aria-busy={isBusy}>
      <DeskBar {...{view, rubric, said, held, mode}} />
      {refused && <WhyRefused of={refused} isBusy={isBusy} onExtra={mode.does === 'label' ? () => submit(true) : undefined} />}
      <div class={`panes${item.responses.length > 1 ? ' wide' : ''}${open.guideline ? ' three' : ''}`}>
        <div class="section">
          {open.context && <Context of={view.content} />}
          <Responses of={view.content} about={current} isRendered={isRendered} />
          {(mode.does === 'adjudicate' || mode.does === 'rule' || isVerdictAsked) && <Others view={revealed ?? view} item={item} questions={questions.filter((each) => each !== causeQuestion)} withDecision={isVerdictAsked} isAnonymous />}
        </div>
        <div class="section">
          {aside ? (
            <Aside kind={aside} item={id} person={person} token={held.token} about={current} onClose={() => setAside(undefined)} onDone={(done, isLeft) => {
              setAside(undefined);
              if (isLeft) onLeft(done);
              else setNotice(done);
            }} />
          ) : isVerdictAsked ? (
            <AuditVerdict judging={verdict} rubric={rubric} onChange={setVerdict} isBusy={isBusy} />
          ) : (
            <>
              {suggested && <Suggestion of={suggested} questions={questions} keys={mapping.get('accept') ?? ''} isBusy={isBusy} onTake={accept} />}
              <Questions {...{questions, judging, isBusy}} suggested={suggested?.answers} current={at} onPick={pick} onGo={setAt} onClause={() => setOpen((before) => ({...before, guideline: true}))} />
              {says && <p class="lead">{says}</p>}
              <Words {...{judging, change, rubric, open, mapping, isBusy}} isCorrection={answerTo(judging, unchangedId)[0] === 'no'} reference={view.content.reference} />
              {mode.does === 'rule' && (
                <label class="field">
                  <span class="soft small">Ruling, for whoever meets the like again</span>
                  <textarea rows={3} dir="auto" value={ruling} maxLength={4000} onInput={(event) => keptRuling.change({ruling: event.currentTarget.value})} />
                </label>
              )}
            </>
          )}
        </div>
        {open.guideline && (
          <GuidelinePanel
            rubric={rubric}
            clause={current?.clause ?? ''}
            criterion={current?.id.startsWith('criterion:') ? current.id.slice('criterion:'.length) : ''}
            queue={view.item?.queue ?? ''}
            cited={judging.clauses}
            onCite={(clause) => change((before) => toggleClause(before, clause))}
          />
        )}
      </div>
      <div class="doing">
        <p class="notice" role="status">
          {notice && <Said text={notice} />}
        </p>
        {!aside && <Doing {...{mode, isBusy, isVerdictAsked}} keys={mapping} onDo={actions} />}
      </div>
    </div>
  );
}

function Withheld({why}: {why: string}) {
  return (
    <Note tone="unsure" title="What it shows is withheld">
      <p>
        <Said text={why || 'Only those who protect data are shown it.'} />
      </p>
    </Note>
  );
}

// Only labels are kept as extras.
function WhyRefused({of: {kind, problem}, isBusy, onExtra}: {of: Refused; isBusy: boolean; onExtra: (() => void) | undefined}) {
  const titles = {missing: 'Something is missing', late: 'Too late: the place is taken, or the item has changed', unanswered: 'No answer yet; it is sent again, and counts once', other: 'It was not taken'};
  return (
    <Note tone={kind === 'unanswered' ? 'waits' : 'fail'} title={titles[kind]}>
      <p role="alert">
        <Said text={problem.message} />
      </p>
      {kind === 'late' && onExtra && (
        <p class="row">
          <button type="button" class="button" disabled={isBusy} onClick={onExtra}>
            Keep it as an extra
          </button>
          <span class="soft">It is kept beside the others, and does not count. What you typed stays in any case.</span>
        </p>
      )}
      {(kind !== 'late' || !onExtra) && <p class="soft">What you typed is kept.</p>}
    </Note>
  );
}

interface DoingProps {
  mode: Mode;
  isBusy: boolean;
  isVerdictAsked: boolean;
  keys: ReadonlyMap<string, string>;
  onDo: Record<'submit' | 'escalate' | 'skip' | 'private' | 'severe' | 'undo', () => void>;
}

function Doing({mode, isBusy, isVerdictAsked, keys, onDo}: DoingProps) {
  const main = mode.does === 'audit' && !isVerdictAsked ? 'Show the decision' : mode.does === 'revise' ? 'Submit the revision' : mode.does === 'rule' ? 'Decide so' : 'Submit, next item';
  const isOwn = mode.does === 'label' || mode.does === 'adjudicate' || mode.does === 'audit';
  const others = [['skip', 'Pass over…'], ['escalate', 'Escalate…'], ['private', 'Personal data…'], ['severe', 'Severity 1…'], ['undo', 'Undo']] as const;
  return (
    <div class="row">
      <button type="button" class="button main-action" disabled={isBusy} onClick={onDo.submit}>
        {isBusy ? 'Sending…' : main} <kbd aria-hidden="true">{keys.get('submit')}</kbd>
      </button>
      {others.map(
        ([action, title]) =>
          (isOwn || action === 'undo') && (
            <button key={action} type="button" class="button" disabled={isBusy} onClick={onDo[action]}>
              {title} <kbd aria-hidden="true">{keys.get(action)}</kbd>
            </button>
          ),
      )}
    </div>
  );
}

