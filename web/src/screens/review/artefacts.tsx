// Documents that a review leaves behind, taken out as two files: one for people, one for programs. They are asked for
// by a button only, since it is kept that somebody took them.

import {useState} from 'preact/hooks';
import {artefacts, patience} from '../../api/client.ts';
import {Lacking} from '../../api/errors.ts';
import {saveAs} from '../../api/exports.ts';
import {useAction} from '../../api/use.ts';
import {Button, Form, Input} from '../../ui/form.tsx';
import {Section} from '../../ui/layout.tsx';
import {Failed} from '../../ui/notes.tsx';

interface Documents {
  markdown: string;
  document: string;
}

function Taken({label, name, take}: {label: string; name: string; take: () => Promise<Documents>}) {
  const [says, setSays] = useState('');
  const action = useAction(async () => {
    const {markdown, document} = await take();
    saveAs(`${name}.md`, new Blob([markdown], {type: 'text/markdown'}));
    saveAs(`${name}.json`, new Blob([document], {type: 'application/json'}));
    setSays(`Saved as ${name}.md and ${name}.json.`);
  });
  return (
    <div class="stack">
      <p class="row">
        <Button action={action}>{label}</Button>
        <span role="status">{says}</span>
      </p>
      {action.problem && <Failed what="It was not taken" problem={action.problem} />}
    </div>
  );
}

export function CalibrationPack({session}: {session: string}) {
  return (
    <Section title="What the session leaves" says="Items, blind answers, what they differ on, what was agreed, and what of the guideline has changed since. By those who may export, with pseudonyms.">
      <Taken label="Take the calibration pack" name={`calibration-${session}`} take={() => artefacts.getCalibrationPack({session}, {timeoutMs: patience})} />
    </Section>
  );
}

function at(day: string) {
  if (day === '') return undefined;
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN;
  if (Number.isNaN(time)) throw new Lacking(`"${day}" is no day like 2026-11-01`);
  return {seconds: BigInt(time / 1000), nanos: 0};
}

export function AuditReport({queue}: {queue: string}) {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const take = async () => {
    const [begin, end] = [at(from), at(to)];
    return artefacts.getAuditReport({queue, ...(begin ? {from: begin} : {}), ...(end ? {to: end} : {})}, {timeoutMs: patience});
  };
  return (
    <Section title="Report" says="Sample, what passed, root causes, and what followed, of the last 30 days unless said otherwise. By those who may export, with pseudonyms.">
      {queue === '' ? (
        <p class="soft">Choose a queue above.</p>
      ) : (
        <>
          <Form label="Time of the report">
            <Input label="From" placeholder="2026-11-01" value={from} onChange={setFrom} width="9rem" />
            <Input label="Before" placeholder="2026-12-01" value={to} onChange={setTo} width="9rem" />
          </Form>
          <Taken label="Take the report of audits" name={`audits-${queue}`} take={take} />
        </>
      )}
    </Section>
  );
}
