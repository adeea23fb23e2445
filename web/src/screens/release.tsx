// What people say of a release: blockers and their answers, go or no-go, and the pack of evidence to decide on.

import {ReleaseDecision_Value, type ReleaseDecision} from '../../gen/assay/v1/release_pb';
import {BlockerState_Value, type ReleaseBlocker, type Verdict} from '../../gen/assay/v1/types_pb';
import {itemAt} from '../api/addresses.ts';
import {patience, releases} from '../api/client.ts';
import {useKept} from '../api/kept.ts';
import {whoAmI} from '../api/person.ts';
import {dateOf} from '../api/read.ts';
import {useAction, useCall} from '../api/use.ts';
import {WordBadge, type Tone} from '../ui/badge.tsx';
import {Button, Form, Input, Select} from '../ui/form.tsx';
import {Age, Section} from '../ui/layout.tsx';
import {Await, Failed} from '../ui/notes.tsx';
import {Saved} from '../ui/saved.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

const tones: Record<number, Tone> = {
  [BlockerState_Value.OPEN]: 'waits',
  [BlockerState_Value.UPHELD]: 'fail',
  [BlockerState_Value.DECLINED]: 'idle',
  [BlockerState_Value.WITHDRAWN]: 'idle',
};

export const blockerWord = (blocker: ReleaseBlocker): string => BlockerState_Value[blocker.state] ?? '';

async function readRelease(verdict: Verdict, signal: AbortSignal) {
  const options = {signal, timeoutMs: patience};
  const [{blockers}, {decisions}, person] = await Promise.all([
    releases.listBlockers({gate: verdict.gate, pageSize: 200}, options),
    releases.listReleaseDecisions({verdictId: verdict.id}, options),
    whoAmI().catch(() => ''),
  ]);
  const ofCandidate = blockers.filter((each) => each.candidate?.contentVersion === verdict.candidate?.contentVersion);
  return {blockers: ofCandidate, decisions, person};
}

export function Release({verdict}: {verdict: Verdict}) {
  const loaded = useCall(`release ${verdict.id}`, (signal) => readRelease(verdict, signal), 20_000);
  return (
    <Section title="Release" says="What people say of it. The verdict stays as it was decided.">
      <Await of={loaded} what="What people say of it">
        {({blockers, decisions, person}) => (
          <>
            <Decisions of={decisions} />
            {blockers.length > 0 && <Blockers of={blockers} person={person} reload={loaded.reload} />}
            <Pack verdict={verdict} />
            <Decide verdict={verdict} person={person} reload={loaded.reload} />
            <Recommend verdict={verdict} person={person} reload={loaded.reload} />
          </>
        )}
      </Await>
    </Section>
  );
}

function Decisions({of}: {of: ReleaseDecision[]}) {
  if (of.length === 0) return <p class="soft">Nobody has decided go or no-go on this verdict.</p>;
  const isGo = (each: ReleaseDecision): boolean => each.decision === ReleaseDecision_Value.GO;
  return (
    <Table
      caption="Go and no-go on this verdict"
      rows={of}
      keyOf={(each) => `${each.at?.seconds} ${each.at?.nanos} ${each.principal}`}
      columns={[
        {
          title: 'Decision',
          cell: (each) => <WordBadge word={isGo(each) ? 'GO' : 'NO-GO'} tone={each.superseded ? 'idle' : isGo(each) ? 'pass' : 'fail'} />,
        },
        {title: 'Reason', isProse: true, cell: (each) => <Said text={each.reason + (each.superseded ? ' (superseded)' : '')} />},
        {title: 'By', cell: (each) => <Said text={each.principal} />},
        {title: 'When', cell: (each) => <Age of={dateOf(each.at)} />},
      ]}
    />
  );
}

interface Asked {
  person: string;
  reload: () => void;
}

function Blockers({of, person, reload}: Asked & {of: ReleaseBlocker[]}) {
  return (
    <Table
      caption="Blockers of this candidate"
      rows={of}
      keyOf={(blocker) => blocker.id}
      detail={(blocker) => <Blocker of={blocker} person={person} reload={reload} />}
      columns={[
        {title: 'State', cell: (blocker) => <WordBadge word={blockerWord(blocker)} tone={tones[blocker.state] ?? 'idle'} />},
        {title: 'Severity', isNumber: true, cell: (blocker) => String(blocker.severity)},
        {title: 'Reason', isProse: true, cell: (blocker) => <Said text={blocker.reason} />},
        {title: 'Holds', cell: (blocker) => <Said text={blocker.gate || 'every gate'} />},
        {title: 'Recommended by', cell: (blocker) => <Said text={blocker.recommender} />},
        {title: 'When', cell: (blocker) => <Age of={dateOf(blocker.recommendedAt)} />},
        {title: 'Answer', isProse: true, cell: (blocker) => <Said text={blocker.endedBy ? `${blocker.endedBy}: ${blocker.answer}` : 'a release role has to answer'} />},
      ]}
    />
  );
}

function Blocker({of, person, reload}: Asked & {of: ReleaseBlocker}) {
  const kept = useKept(person, `blocker.${of.id}`, {reason: ''});
  const {reason} = kept.now;
  const answer = (uphold: boolean) => async () => {
    await releases.answerBlocker({id: of.id, uphold, reason}, {timeoutMs: patience});
    kept.forget();
    reload();
  };
  const uphold = useAction(answer(true));
  const decline = useAction(answer(false));
  const withdraw = useAction(async () => {
    await releases.withdrawBlocker({id: of.id, reason}, {timeoutMs: patience});
    kept.forget();
    reload();
  });
  const problem = uphold.problem ?? decline.problem ?? withdraw.problem;
  return (
    <div class="section">
      <ul>
        {of.evidence.map((each) => (
          <li key={each.itemId + each.runId + each.caseId}>
            {each.itemId ? <a href={itemAt(each.itemId)}>item {each.itemId}</a> : <Said text={`case ${each.caseId} of run ${each.runId}`} />}
          </li>
        ))}
      </ul>
      {of.state === BlockerState_Value.OPEN && (
        <Form label="Answer to this blocker">
          <Input label="Reason" value={reason} onChange={(value) => kept.change({reason: value})} width="22rem" />
          {of.recommender === person ? (
            <Button action={withdraw}>Withdraw it</Button>
          ) : (
            <>
              <Button action={uphold}>Uphold: the candidate fails</Button>
              <Button action={decline}>Decline</Button>
            </>
          )}
        </Form>
      )}
      {problem && <Failed what="It was not taken" problem={problem} />}
    </div>
  );
}

function Pack({verdict}: {verdict: Verdict}) {
  const loaded = useCall(`pack ${verdict.id} ${verdict.decision}`, (signal) =>
    releases.getEvidencePack({verdictId: verdict.id}, {signal, timeoutMs: patience}),
  );
  if (!loaded.value) return loaded.problem ? <p class="soft">{loaded.problem.message}</p> : null;
  return (
    <p class="row">
      <Saved name={`verdict-${verdict.id}.evidence.md`} text={loaded.value.markdown} type="text/markdown" />
      <Saved name={`verdict-${verdict.id}.evidence.json`} text={loaded.value.document} />
      <span class="soft small">The evidence pack: rules, safety, people, limitations, mitigations, regressions, lineage.</span>
    </p>
  );
}

function Decide({verdict, person, reload}: Asked & {verdict: Verdict}) {
  const kept = useKept(person, `release.${verdict.id}`, {decision: 'GO', reason: ''});
  const {decision, reason} = kept.now;
  const action = useAction(async () => {
    const value = decision === 'GO' ? ReleaseDecision_Value.GO : ReleaseDecision_Value.NO_GO;
    await releases.decideRelease({verdictId: verdict.id, decision: value, reason}, {timeoutMs: patience});
    kept.forget();
    reload();
  });
  return (
    <Form label="Go or no-go" submit="Decide" action={action} failed="It was not decided">
      <Select label="Decision of a release role" value={decision} onChange={(value) => kept.change({decision: value})} options={[['GO', 'go'], ['NO_GO', 'no-go']]} />
      <Input label="Reason" value={reason} onChange={(value) => kept.change({reason: value})} width="22rem" />
    </Form>
  );
}

function Recommend({verdict, person, reload}: Asked & {verdict: Verdict}) {
  const kept = useKept(person, `recommend.${verdict.id}`, {severity: '1', reason: '', caseId: '', runId: ''});
  const {severity, reason, caseId} = kept.now;
  const runId = kept.now.runId || verdict.suites[0]?.runId || '';
  const action = useAction(async () => {
    const candidate = `${verdict.candidate?.name}@${verdict.candidate?.version}`;
    await releases.recommendBlocker({candidate, severity: BigInt(severity), reason, evidence: [{runId, caseId}]}, {timeoutMs: patience});
    kept.forget();
    reload();
  });
  return (
    <Form label="Recommend a blocker" submit="Recommend a blocker" action={action} failed="It was not recommended">
      <Select label="Severity" value={severity} onChange={(value) => kept.change({severity: value})} options={['1', '2', '3', '4'].map((each) => [each, each])} />
      <Select label="Suite" value={runId} onChange={(value) => kept.change({runId: value})} options={verdict.suites.map(({runId: run, suite}) => [run, suite?.name ?? ''])} />
      <Input label="Case that shows it" value={caseId} onChange={(value) => kept.change({caseId: value})} width="14rem" />
      <Input label="What is wrong" value={reason} onChange={(value) => kept.change({reason: value})} width="22rem" />
    </Form>
  );
}
