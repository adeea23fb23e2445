// Changes that others have to approve: what is to be changed, why, by whom, and who still lacks.

import {useState} from 'preact/hooks';
import {ApprovalState_Value, ReviewChange_Value, type ChangeRequest} from '../../../gen/assay/v1/review_pb';
import {catalog, patience, reviews} from '../../api/client.ts';
import {useKept} from '../../api/kept.ts';
import {whoAmI} from '../../api/person.ts';
import {dateOf} from '../../api/read.ts';
import {wordOf} from '../../api/review.ts';
import {useAction, useCall} from '../../api/use.ts';
import {heldBackIn, type HeldBack} from '../../model/heldback.ts';
import {WordBadge, type Tone} from '../../ui/badge.tsx';
import {Button, Form, Input, Select} from '../../ui/form.tsx';
import {Age, Facts, Section} from '../../ui/layout.tsx';
import {Await, Failed, Note, Nothing} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said, Text} from '../../ui/text.tsx';
import {ReviewScreen} from './frame.tsx';

const tones: Record<number, Tone> = {
  [ApprovalState_Value.WAITING]: 'waits',
  [ApprovalState_Value.APPROVED]: 'pass',
  [ApprovalState_Value.REJECTED]: 'fail',
};

export function ApprovalsScreen() {
  const loaded = useCall(
    'approvals',
    async (signal) => {
      const options = {signal, timeoutMs: patience};
      const [{changes}, {status}, person] = await Promise.all([reviews.listChanges({}, options), catalog.getStatus({}, options), whoAmI()]);
      const heldBack = (status?.errors ?? []).flatMap(({message}) => heldBackIn(message) ?? []);
      return {changes, heldBack, person};
    },
    20_000,
  );
  return (
    <ReviewScreen title="Approvals">
      <Await of={loaded} what="The changes">
        {({changes, heldBack, person}) => (
          <>
            {changes.length === 0 ? (
              <Nothing title="Nobody has proposed a change">
                <p>What changes a rubric, gold that gates rest on, thresholds or what is exported needs the approval of others. Propose it below.</p>
              </Nothing>
            ) : (
              <Table
                caption="Changes"
                rows={changes}
                keyOf={(change) => change.id}
                detail={(change) => <Change of={change} person={person} reload={loaded.reload} />}
                perPage={25}
                columns={[
                  {title: 'Subject', isProse: true, cell: (change) => <Said text={change.subject} />},
                  {title: 'State', cell: (change) => <WordBadge word={wordOf(ApprovalState_Value, change.state)} tone={tones[change.state] ?? 'idle'} />},
                  {title: 'Change', cell: (change) => wordOf(ReviewChange_Value, change.change)},
                  {title: 'Lacks', cell: (change) => <Said text={change.missing || 'nothing'} />},
                  {title: 'Proposed by', cell: (change) => <Said text={change.proposer} />},
                  {title: 'Proposed', cell: (change) => <Age of={dateOf(change.proposedAt)} />},
                ]}
              />
            )}
            <Propose of={heldBack} person={person} reload={loaded.reload} />
          </>
        )}
      </Await>
    </ReviewScreen>
  );
}

// A known answer to be stands in the list without its text: whoever asks for it is not asked the item.
function Change({of, person, reload}: {of: ChangeRequest; person: string; reload: () => void}) {
  const [whole, setWhole] = useState(of);
  const look = useAction(async () => {
    const {change} = await reviews.getChange({id: of.id}, {timeoutMs: patience});
    if (change) setWhole(change);
  });
  const isWithheld = of.diffHash === '' && whole.diffHash === '';
  if (!isWithheld) return <Whole of={of.diffHash === '' ? {...of, diff: whole.diff, diffHash: whole.diffHash, reason: whole.reason, subject: whole.subject} : of} person={person} reload={reload} />;
  return (
    <div class="section">
      <p class="soft">A known answer is shown to who may still approve it. Whoever has seen it is not asked it afterwards.</p>
      {of.mayAnswer && (
        <p>
          <Button action={look}>Show it to me, to approve it</Button>
        </p>
      )}
      {look.problem && <Failed what="It could not be shown" problem={look.problem} />}
    </div>
  );
}

function Whole({of, person, reload}: {of: ChangeRequest; person: string; reload: () => void}) {
  const kept = useKept(person, `answer.${of.id}`, {comment: ''});
  const {comment} = kept.now;
  const answer = (approves: boolean) => async () => {
    await reviews.answerChange({id: of.id, approves, diffHash: of.diffHash, comment}, {timeoutMs: patience});
    kept.forget();
    reload();
  };
  const approve = useAction(answer(true));
  const reject = useAction(answer(false));
  const problem = approve.problem ?? reject.problem;
  return (
    <div class="section">
      <p>
        <Said text={of.reason} />
      </p>
      <Text text={of.diff} label={`What is to be changed in ${of.subject}`} />
      {of.answers.length > 0 && (
        <Facts of={of.answers.map(({person, approves, comment: says}) => [person, <Said text={`${approves ? 'approves' : 'rejects'}${says ? `: ${says}` : ''}`} />])} />
      )}
      {of.mayAnswer ? (
        <Form label={`Answer to ${of.subject}`}>
          <Input label="Comment" value={comment} onChange={(value) => kept.change({comment: value})} width="22rem" />
          <Button action={approve}>Approve exactly this</Button>
          <Button action={reject}>Reject</Button>
        </Form>
      ) : (
        of.state === ApprovalState_Value.WAITING && <p class="soft">Others have to answer: who proposes a change does not approve it.</p>
      )}
      {problem && <Failed what="The answer was not taken" problem={problem} />}
    </div>
  );
}

const changes = ['RUBRIC_WORDING', 'RUBRIC_MINOR', 'RUBRIC_MAJOR', 'GATING_GOLD', 'THRESHOLD', 'ERROR_CLASS', 'TRAINING_EXPORT', 'DATA_SOURCE', 'RETENTION', 'RELEASE'] as const;

function Propose({of, person, reload}: {of: HeldBack[]; person: string; reload: () => void}) {
  const kept = useKept(person, 'change', {change: 'RUBRIC_MINOR', subject: '', diff: '', reason: ''});
  const {change, subject, diff, reason} = kept.now;
  const action = useAction(async () => {
    await reviews.proposeChange({change: ReviewChange_Value[change as (typeof changes)[number]], subject, diff, reason}, {timeoutMs: patience});
    kept.forget();
    reload();
  });
  return (
    <Section title="Propose a change" says="An approval is of one exact change, and expires when that changes.">
      {of.map((held) => (
        <Note key={held.diff} tone="unsure" title={`${held.subject} is kept as it was in service`}>
          <p>
            <Said text={held.diff} />
          </p>
          <p>
            <button type="button" class="button" onClick={() => kept.change({change: 'THRESHOLD', subject: held.subject, diff: held.diff})}>
              Propose it
            </button>
          </p>
        </Note>
      ))}
      <Form label="Propose a change" submit="Propose" action={action} failed="It was not proposed">
        <Select label="Change" value={change} onChange={(value) => kept.change({change: value})} options={changes.map((each) => [each, each.toLowerCase().replaceAll('_', ' ')])} />
        <Input label="Of what" value={subject} onChange={(value) => kept.change({subject: value})} placeholder="rubric support-answers" />
        <Input label="Why" value={reason} onChange={(value) => kept.change({reason: value})} width="20rem" />
        <label class="field wide">
          <span>What is to be changed</span>
          <textarea rows={3} value={diff} onInput={(event) => kept.change({diff: event.currentTarget.value})} />
        </label>
      </Form>
    </Section>
  );
}
