// Why this verdict can be trusted later: its place in the chain, its hash and signature, and the chance to compute it again.

import {useState} from 'preact/hooks';
import type {ReplayVerdictResponse} from '../../gen/assay/v1/replay_pb';
import type {Verdict} from '../../gen/assay/v1/types_pb';
import {verdictAt} from '../api/addresses.ts';
import {gates, patience, replays} from '../api/client.ts';
import {useAction, useCall} from '../api/use.ts';
import {count, plural, shortHash} from '../model/format.ts';
import {Button} from '../ui/form.tsx';
import {Copyable, Facts, Section} from '../ui/layout.tsx';
import {Failed, Note} from '../ui/notes.tsx';
import {Saved} from '../ui/saved.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

// The chain knows hashes; neighbours are looked for among the newest.
async function neighboursOf({gate, predecessor, documentHash}: Verdict, signal: AbortSignal) {
  const {verdicts} = await gates.listVerdicts({gate, pageSize: 200}, {signal, timeoutMs: patience});
  return {
    before: verdicts.find((each) => predecessor !== '' && each.documentHash === predecessor),
    after: verdicts.find((each) => each.predecessor === documentHash),
  };
}

export function Evidence({verdict}: {verdict: Verdict}) {
  const neighbours = useCall(`neighbours ${verdict.id}`, (signal) => neighboursOf(verdict, signal));
  const {before, after} = neighbours.value ?? {};
  return (
    <Section title="Evidence">
      <Facts
        of={[
          [
            'Place in the chain',
            verdict.sequence === 0n ? (
              'from before there were chains'
            ) : (
              <span class="row">
                #{String(verdict.sequence)} {before && <a href={verdictAt(before.id)}>the one before</a>}
                {after && <a href={verdictAt(after.id)}>the one after</a>}
              </span>
            ),
          ],
          ['Hash of the document', <Copyable text={verdict.documentHash} short={shortHash(verdict.documentHash)} />],
          [
            'Predecessor',
            verdict.predecessor ? (
              <Copyable text={verdict.predecessor} short={shortHash(verdict.predecessor)} />
            ) : (
              'none: it is the first'
            ),
          ],
          ['Gate', <Copyable text={verdict.gateVersion} short={shortHash(verdict.gateVersion)} />],
          [
            'Signature',
            verdict.envelope ? <Saved name={`verdict-${verdict.id}.dsse.json`} text={verdict.envelope} /> : 'this assayd signs nothing',
          ],
          verdict.summaryEnvelope && [
            'Verification summary',
            <Saved name={`verdict-${verdict.id}.vsa.json`} text={verdict.summaryEnvelope} />,
          ],
          ['Document', <Saved name={`verdict-${verdict.id}.json`} text={verdict.document} />],
          ['Verdict', <Copyable text={verdict.id} short={verdict.id} />],
        ]}
      />
      <Replay id={verdict.id} />
    </Section>
  );
}

const replayPatience = 10 * 60_000;

function Replay({id}: {id: string}) {
  const [replay, setReplay] = useState<ReplayVerdictResponse>();
  const action = useAction(async () => {
    setReplay(undefined);
    setReplay(await replays.replayVerdict({id}, {timeoutMs: replayPatience}));
  });
  return (
    <div class="stack" aria-live="polite">
      <div class="row">
        <Button action={action}>{action.isBusy ? 'Computing…' : 'Compute it again'}</Button>
        <span class="soft small">Judges the stored answers again and decides again; takes as long as that takes.</span>
      </div>
      {action.problem && <Failed what="It was not computed again" problem={action.problem} again={action.run} />}
      {replay && <Replayed replay={replay} />}
    </div>
  );
}

function Replayed({replay}: {replay: ReplayVerdictResponse}) {
  const of = `${plural(replay.trials, 'trial')} judged again, ${plural(replay.scores, 'score')} compared, ${count(replay.fromRecord)} taken from the record`;
  if (replay.reproduced) {
    return (
      <Note tone="pass" title="It comes out the same, byte for byte">
        <p>{of}.</p>
        {replay.unchecked.map((each) => (
          <p key={each} class="soft small">
            Not checked: <Said text={each} />
          </p>
        ))}
      </Note>
    );
  }
  return (
    <div class="stack">
      <Note tone="fail" title={`${plural(replay.differing, 'value')} came out otherwise`}>
        <p>{of}.</p>
        {replay.missing.map((each) => (
          <p key={each}>
            <Said text={each} />
          </p>
        ))}
      </Note>
      {replay.differences.length > 0 && (
        <Table
          caption="What came out otherwise"
          rows={replay.differences}
          keyOf={(each) => each.path}
          columns={[
            {title: 'Where', cell: (each) => <Said text={each.path} />},
            {title: 'Recorded', cell: (each) => <Said text={each.recorded} />},
            {title: 'Now', cell: (each) => <Said text={each.replayed} />},
          ]}
        />
      )}
    </div>
  );
}
