// What people say that a guideline should say, clause by clause, for a lead to take or to decline.

import {ApprovalState_Value, type ChangeRequest} from '../../../gen/assay/v1/review_pb';
import {itemAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {useKept} from '../../api/kept.ts';
import {dateOf} from '../../api/read.ts';
import {useAction} from '../../api/use.ts';
import {plural, shortId} from '../../model/format.ts';
import {byClause, clauseOf, itemOfReason} from '../../model/proposals.ts';
import {WordBadge, type Tone} from '../../ui/badge.tsx';
import {Button, Input} from '../../ui/form.tsx';
import {Age, Section} from '../../ui/layout.tsx';
import {Failed} from '../../ui/notes.tsx';
import {Said} from '../../ui/text.tsx';

interface Props {
  rubric: string;
  of: ChangeRequest[];
  clauses: {clause: string; title: string}[]; // of the guideline
  person: string;
  reload: () => void;
}

export const isOpen = ({state}: ChangeRequest): boolean => state === ApprovalState_Value.WAITING;

export function Proposals({rubric, of, clauses, person, reload}: Props) {
  const named = [...new Set(of.map(({subject}) => clauseOf(subject, rubric) ?? ''))].sort(byClause);
  const groups = named.map((clause) => ({clause, proposals: of.filter(({subject}) => clauseOf(subject, rubric) === clause)}));
  const titleOf = (clause: string): string => clauses.find((each) => each.clause === clause)?.title ?? (clause ? `§ ${clause}` : 'Of no clause');
  const open = of.filter(isOpen).length;
  return (
    <Section title="Proposals" says={open > 0 ? `${plural(open, 'proposal')} for a lead to take or to decline` : 'Proposed on this page, or with w while an item is judged.'}>
      {of.length === 0 && <p class="soft">Nobody has proposed anything yet.</p>}
      {groups.map(({clause, proposals}) => (
        <section key={clause} class="stack" aria-label={`Proposals, ${clause ? `§ ${clause}` : 'no clause'}`}>
          <h3>{clause ? <a href={`#clause-${clause}`}><Said text={titleOf(clause)} /></a> : titleOf(clause)}</h3>
          <ul class="stack">
            {proposals.map((each) => (
              <One key={each.id} of={each} person={person} reload={reload} />
            ))}
          </ul>
        </section>
      ))}
    </Section>
  );
}

const looks: Record<number, [word: string, tone: Tone]> = {
  [ApprovalState_Value.WAITING]: ['waits for a lead', 'waits'],
  [ApprovalState_Value.APPROVED]: ['✓ taken', 'pass'],
  [ApprovalState_Value.REJECTED]: ['✕ declined', 'idle'],
};

function One({of, person, reload}: {of: ChangeRequest; person: string; reload: () => void}) {
  const kept = useKept(person, `answer.${of.id}`, {comment: ''});
  const answer = (approves: boolean) => async () => {
    await reviews.answerChange({id: of.id, approves, diffHash: of.diffHash, comment: kept.now.comment}, {timeoutMs: patience});
    kept.forget();
    reload();
  };
  const take = useAction(answer(true));
  const decline = useAction(answer(false));
  const problem = take.problem ?? decline.problem;
  const [word, tone] = looks[of.state] ?? ['', 'idle'];
  const item = itemOfReason(of.reason);
  return (
    <li class="card stack">
      <p class="row">
        <WordBadge word={word} tone={tone} />
        <span class="soft small">
          <Said text={of.proposer} />, <Age of={dateOf(of.proposedAt)} />
          {item && (
            <>
              , while judging <a href={itemAt(item)}>{shortId(item)}</a>
            </>
          )}
        </span>
      </p>
      <p class="lead">
        <Said text={of.diff} />
      </p>
      {of.answers.map(({person: by, approves, comment, at}) => (
        <p key={by} class="soft small">
          <Said text={`${by} ${approves ? 'took it' : 'declined it'}${comment ? `: ${comment}` : ''}`} />, <Age of={dateOf(at)} />
        </p>
      ))}
      {of.mayAnswer && (
        <div class="form">
          <Input label="Comment" value={kept.now.comment} onChange={(comment) => kept.change({comment})} width="22rem" />
          <Button action={take}>Take it</Button>
          <Button action={decline}>Decline it</Button>
        </div>
      )}
      {of.state === ApprovalState_Value.APPROVED && <p class="soft small">Write it into the document of the rubric: its next version says so.</p>}
      {problem && <Failed what="The answer was not taken" problem={problem} />}
    </li>
  );
}
