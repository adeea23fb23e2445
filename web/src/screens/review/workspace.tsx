// One item after the other: claimed, judged, submitted, and the next one.

import {useLocation} from 'preact-iso';
import {useCallback, useEffect, useLayoutEffect, useRef, useState} from 'preact/hooks';
import {LeaseRole_Value, type GoldFeedback, type ReviewItemView} from '../../../gen/assay/v1/review_pb';
import {itemAt, reviewAt, workAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {noteItem, sessionItems} from '../../api/history.ts';
import {keepDraft, readDraft, removeDraft, unanswered} from '../../api/drafts.ts';
import {problemOf, type Problem} from '../../api/errors.ts';
import {dateOf} from '../../api/read.ts';
import {opinionInWords, readRubric, roleWord, submissionFrom} from '../../api/review.ts';
import type {Rubric} from '../../model/rubric.ts';
import {shortId} from '../../model/format.ts';
import {isMinorNews, unreadIn, type Unread} from '../../model/unread.ts';
import {Failed, Note, Nothing} from '../../ui/notes.tsx';
import {Said} from '../../ui/text.tsx';
import {Desk} from './desk.tsx';
import {Due} from './due.tsx';
import {ReviewScreen} from './frame.tsx';
import {refusedBy, type Mode, type Sent} from './send.ts';
import {differsFromSuggestion, SuggestedOtherwise} from './suggestion.tsx';
import {NewWords, ReadFirst} from './unread.tsx';

interface Had {
  view: ReviewItemView;
  rubric: Rubric;
}

type Now =
  | {is: 'claiming'}
  | {is: 'none'; why: string; freeAt: Date | undefined}
  | {is: 'failed'; problem: Problem}
  | {is: 'unread'; of: Unread}
  | {is: 'here'; had: Had};

interface Past {
  item: string;
  until: Date | undefined;
}

// What was sent before and nobody has answered: with the same key it counts once.
async function sendAgain(person: string): Promise<void> {
  for (const item of unanswered(person)) {
    const draft = readDraft(person, item);
    const request = submissionFrom(draft?.sent ?? '');
    if (!draft || !request) continue;
    try {
      await reviews.submitJudgement(request, {timeoutMs: patience});
      removeDraft(person, item);
    } catch (cause) {
      // What is refused stays as a draft, and its item says why when it is opened.
      if (refusedBy(cause).kind === 'unanswered') throw cause;
      keepDraft(person, item, {...draft, sent: ''});
    }
  }
}

// Who goes elsewhere without having said anything leaves the item to others.
function giveBack(untouched: () => Had | undefined): void {
  const {item, lease} = untouched()?.view ?? {};
  if (!item || !lease) return;
  const action = {case: 'giveBack' as const, value: {token: lease.token}};
  // It ends by itself where this does not come through.
  reviews.actOnItem({item: item.id, key: crypto.randomUUID(), action}, {timeoutMs: patience}).catch(() => undefined);
}

// Short of the end of its lease it is not worth to be shown.
const leastLeftMs = 10_000;

// The item after the one that is worked on, under a short lease of its own: it is there at once when the other is in.
async function readAhead(queue: string, role: LeaseRole_Value, except: string): Promise<Had | undefined> {
  try {
    const {view} = await reviews.claimItem({queue, role, isPrefetch: true, except: [except]}, {timeoutMs: patience});
    if (!view?.item || !view.lease) return undefined;
    return {view, rubric: await readRubric(view.item.rubric, view.lease.rubricVersion)};
  } catch {
    return undefined; // it is asked for in its turn, and then it is said why there is none
  }
}

export function WorkScreen() {
  const {query, route} = useLocation();
  const queue = query['queue'] ?? '';
  const role = query['role'] ?? '';
  const [now, setNow] = useState<Now>({is: 'claiming'});
  const [person, setPerson] = useState('');
  const [read, setRead] = useState<ReadonlyMap<string, string>>(new Map()); // by rubric, the version
  const [past, setPast] = useState<Past>();
  const [done, setDone] = useState(0);
  const [says, setSays] = useState('');
  const [feedback, setFeedback] = useState<GoldFeedback>();
  const [otherwise, setOtherwise] = useState<Had>(); // than what was suggested afterwards
  const turn = useRef(0);
  const ahead = useRef<Promise<Had | undefined>>(undefined);

  const wanted = LeaseRole_Value[role as keyof typeof LeaseRole_Value] ?? LeaseRole_Value.UNSPECIFIED;
  const claim = useCallback(async (): Promise<void> => {
    const mine = ++turn.current;
    const isMine = (): boolean => mine === turn.current;
    const kept = await ahead.current;
    ahead.current = undefined;
    if (!isMine()) return giveBack(() => kept);
    const until = dateOf(kept?.view.lease?.expiresAt)?.getTime() ?? 0;
    if (kept && until - Date.now() > leastLeftMs) return setNow({is: 'here', had: kept});
    setNow({is: 'claiming'});
    try {
      const {view, whyNone, freeAt} = await reviews.claimItem({queue, role: wanted}, {timeoutMs: patience});
      if (!isMine()) return;
      if (!view?.item) return setNow({is: 'none', why: whyNone, freeAt: dateOf(freeAt)});
      const rubric = await readRubric(view.item.rubric, view.lease?.rubricVersion || view.item.rubricVersion);
      if (isMine()) setNow({is: 'here', had: {view, rubric}});
    } catch (cause) {
      if (!isMine()) return;
      const problem = problemOf(cause);
      const unread = unreadIn(problem.message);
      setNow(unread ? {is: 'unread', of: unread} : {is: 'failed', problem});
    }
  }, [queue, role]);

  useEffect(() => {
    const begin = async (): Promise<void> => {
      try {
        const {me, queues} = await reviews.getMyWork({}, {timeoutMs: patience});
        setPerson(me?.id ?? '');
        setRead(new Map(queues.map(({rubric, acknowledgedVersion}) => [rubric, acknowledgedVersion])));
        await sendAgain(me?.id ?? '');
      } catch (cause) {
        return setNow({is: 'failed', problem: problemOf(cause)});
      }
      await claim();
    };
    void begin();
    return () => {
      turn.current += 1;
      giveBack(untouched.current);
      void ahead.current?.then((kept) => giveBack(() => kept));
      ahead.current = undefined;
    };
  }, [claim]);

  const untouched = useRef<() => Had | undefined>(() => undefined);
  untouched.current = () => (now.is === 'here' && person !== '' && !readDraft(person, now.had.view.item?.id ?? '') ? now.had : undefined);

  const onSent = ({view, judgement, revisableUntil}: Sent, stays: boolean): void => {
    const item = view?.item?.id ?? '';
    noteItem(person, item);
    setDone((before) => before + 1);
    setPast(judgement ? {item, until: revisableUntil} : undefined);
    setSays('Submitted.');
    if (view?.feedback) return setFeedback(view.feedback);
    if (view && revisableUntil && now.is === 'here' && differsFromSuggestion(view, judgement)) return setOtherwise({view, rubric: now.had.rubric});
    if (stays) return route(itemAt(item, {session: queue || 'all'}));
    void claim();
  };
  const goOn = () => {
    setFeedback(undefined);
    setOtherwise(undefined);
    void claim();
  };
  const before = sessionItems(person).at(-1);
  const isOpen = past?.until !== undefined && past.until > new Date();
  const hasRead = ({rubric, version}: Unread) => setRead((known) => new Map([...known, [rubric, version]]));
  const words = now.is === 'here' ? {rubric: now.had.rubric.name, version: now.had.view.lease?.rubricVersion ?? ''} : undefined;
  const wordsRead = read.get(words?.rubric ?? '') ?? '';
  const takeBack = () => {
    if (past && isOpen) route(itemAt(past.item, {revise: 'yes'}));
    else setSays('There is nothing to take back.');
  };
  return (
    <ReviewScreen title={queue || 'Review'} path={[{title: 'My work', at: reviewAt}]} isFolded={now.is === 'here' && !feedback && !otherwise}>
      <p class="row small worked" role="status">
        {says && <span>{says}</span>}
        {done > 0 && <span class="soft">{done} since you began</span>}
        {past && isOpen && (
          <span class="soft">
            <a href={itemAt(past.item, {revise: 'yes'})}>{shortId(past.item)}</a> may be revised, <Due at={past.until} />
          </span>
        )}
        {before && (
          <button type="button" class="button quiet" data-key="p" onClick={() => route(itemAt(before, {session: queue || 'all'}))}>
            Item before <kbd aria-hidden="true">p</kbd>
          </button>
        )}
      </p>
      {words && !feedback && !otherwise && isMinorNews(words.version, wordsRead) && <NewWords of={words} read={wordsRead} onRead={() => hasRead(words)} />}
      {feedback ? (
        <Feedback of={feedback} onGo={goOn} />
      ) : otherwise ? (
        <SuggestedOtherwise {...otherwise} onKeep={goOn} onChange={() => route(itemAt(otherwise.view.item?.id ?? '', {revise: 'yes', then: 'work'}))} />
      ) : now.is === 'here' ? (
        <Desk
          key={`${now.had.view.item?.id} ${now.had.view.lease?.token}`}
          view={now.had.view}
          rubric={now.had.rubric}
          person={person}
          mode={modeOf(now.had.view)}
          onSent={onSent}
          onLeft={(left) => {
            setSays(left);
            void claim();
          }}
          onTakeBack={takeBack}
          onBegun={() => void (ahead.current ??= readAhead(queue, wanted, now.had.view.item?.id ?? ''))}
        />
      ) : now.is === 'none' ? (
        <NoItem why={now.why} freeAt={now.freeAt} queue={queue} onAgain={() => void claim()} />
      ) : now.is === 'unread' ? (
        <ReadFirst
          of={now.of}
          onRead={() => {
            hasRead(now.of);
            void claim();
          }}
        />
      ) : now.is === 'failed' ? (
        <Failed what="No item could be had" problem={now.problem} again={() => void claim()} />
      ) : (
        <p class="loading" role="status">
          Taking the next item…
        </p>
      )}
    </ReviewScreen>
  );
}

export function modeOf(view: ReviewItemView): Mode {
  const role = roleWord(view.lease?.role);
  return {does: role === 'rework' ? 'label' : role};
}

function NoItem({why, freeAt, queue, onAgain}: {why: string; freeAt: Date | undefined; queue: string; onAgain: () => void}) {
  useEffect(() => {
    if (!freeAt) return;
    const timer = setTimeout(onAgain, Math.min(2 ** 31 - 1, Math.max(1000, freeAt.getTime() - Date.now() + 500)));
    return () => clearTimeout(timer);
  }, [freeAt]);
  return (
    <Nothing title="Nothing to review here now">
      <p>
        <Said text={why} />
      </p>
      {freeAt && (
        <p>
          It is asked for again then: <Due at={freeAt} />.
        </p>
      )}
      <p class="row">
        <button type="button" class="button" onClick={onAgain}>
          Look again
        </button>
        {queue !== '' && (
          <a class="button" href={workAt()}>
            Look in all queues
          </a>
        )}
        <a class="button" href={reviewAt}>
          My work
        </a>
      </p>
    </Nothing>
  );
}

function Feedback({of, onGo}: {of: GoldFeedback; onGo: () => void}) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => button.current?.focus(), []);
  return (
    <Note tone={of.isHit ? 'pass' : 'unsure'} title={of.isHit ? 'So it is' : 'It is expected otherwise'}>
      {of.misses.map((miss) => (
        <p key={miss}>
          <Said text={miss} />
        </p>
      ))}
      <p>
        Expected: <Said text={opinionInWords(of.expected)} />
      </p>
      <p>
        <Said text={of.why} />
      </p>
      <p>
        <button ref={button} type="button" class="button main-action" onClick={onGo}>
          Go on
        </button>
      </p>
    </Note>
  );
}
