// What people judged, as files: taking one out, and who took what.

import {useState} from 'preact/hooks';
import type {Export, ExportedQuality, PreviewExportResponse} from '../../../gen/assay/v1/review_interchange_pb';
import {ReviewChange_Value} from '../../../gen/assay/v1/review_pb';
import {approvalsAt} from '../../api/addresses.ts';
import {interchange, patience, reviews} from '../../api/client.ts';
import {fetchExport, saveAs, type Options} from '../../api/exports.ts';
import {useKept} from '../../api/kept.ts';
import {whoAmI} from '../../api/person.ts';
import {dateOf} from '../../api/read.ts';
import {useAction, useCall} from '../../api/use.ts';
import {amount, count, shortHash, shortId} from '../../model/format.ts';
import {namesIn} from '../../model/names.ts';
import {WordBadge} from '../../ui/badge.tsx';
import {Button, Form, Input, Select} from '../../ui/form.tsx';
import {Age, Copyable, Facts, Section} from '../../ui/layout.tsx';
import {Await, Failed, Note, Nothing} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said, Text} from '../../ui/text.tsx';
import {ReviewScreen} from './frame.tsx';

const formats: [string, string][] = [
  ['native', 'everything, JSON lines'],
  ['judgements_csv', 'a table, a row for each judgement'],
  ['items_csv', 'a table, a row for each item'],
  ['label_studio', 'Label Studio'],
  ['label_studio_min', 'Label Studio, JSON_MIN'],
  ['label_studio_csv', 'Label Studio, CSV'],
  ['trl_dpo', 'training: preferences (DPO)'],
  ['trl_reward', 'training: reward model'],
  ['trl_kto', 'training: good and bad (KTO)'],
  ['trl_sft', 'training: answers (SFT)'],
];

export function ExportsScreen() {
  const loaded = useCall('exports', (signal) => interchange.listExports({}, {signal, timeoutMs: patience}));
  return (
    <ReviewScreen title="Exports">
      <TakeOut reload={loaded.reload} />
      <Section title="What was taken out" says="Kept from before the first byte of each left.">
        <Await of={loaded} what="The exports">
          {({exports}) =>
            exports.length === 0 ? (
              <Nothing title="Nothing has left yet">
                <p>Choose a format above. Who exports what, and by which hash the file is known, stands here then.</p>
              </Nothing>
            ) : (
              <Exports of={exports} />
            )
          }
        </Await>
      </Section>
    </ReviewScreen>
  );
}

function TakeOut({reload}: {reload: () => void}) {
  const [format, setFormat] = useState('native');
  const [queue, setQueue] = useState('');
  const [which, setWhich] = useState('all');
  const [approval, setApproval] = useState('');
  const [classes, setClasses] = useState('');
  const [people, setPeople] = useState('pseudonyms');
  const [bytes, setBytes] = useState(0);
  const [preview, setPreview] = useState<PreviewExportResponse>();
  const [made, setMade] = useState<Export>();
  const queues = useCall('queues', (signal) => reviews.listQueues({}, {signal, timeoutMs: patience}));
  const options: Options = {
    format,
    approval,
    withNames: people === 'names',
    selection: {queues: queue ? [queue] : [], dataClasses: namesIn(classes), decidedOnly: which === 'decided'},
  };
  const forget = () => {
    setPreview(undefined);
    setMade(undefined);
    setBytes(0);
  };
  const change = (set: (value: string) => void) => (value: string) => {
    forget();
    set(value);
  };
  const take = useAction(async () => {
    forget();
    try {
      const {made: taken, file} = await fetchExport(options, setBytes);
      saveAs(taken.file, file);
      saveAs(`${taken.file}.manifest.json`, new Blob([taken.manifest], {type: 'application/json'}));
      setMade(taken);
    } finally {
      reload();
    }
  });
  const look = useAction(async () => {
    forget();
    try {
      setPreview(await interchange.previewExport({options}, {timeoutMs: 10 * patience}));
    } finally {
      reload();
    }
  });
  return (
    <Section title="Take data out" says="The items as they stand when it begins, and a manifest beside the file, which says how good the labels are.">
      <Form label="Take data out" submit="Export" action={take} failed="Nothing was saved">
        <Select label="Format" value={format} onChange={change(setFormat)} options={formats} />
        <Select
          label="Queue"
          value={queue}
          onChange={change(setQueue)}
          options={[['', 'all'], ...(queues.value?.queues.map((each): [string, string] => [each.queue, each.queue]) ?? [])]}
        />
        <Select label="Items" value={which} onChange={change(setWhich)} options={[['all', 'all'], ['decided', 'with a final decision']]} />
        <Input label="Classes of data" value={classes} onChange={change(setClasses)} placeholder="none leaves unless it is named" width="16rem" />
        <Select label="People" value={people} onChange={change(setPeople)} options={[['pseudonyms', 'pseudonyms'], ['names', 'their names']]} />
        <Input label="Approval" value={approval} onChange={change(setApproval)} placeholder="of cases of a gate, for training" width="16rem" />
        <Button action={look}>Preview</Button>
      </Form>
      {take.isBusy && bytes > 0 && <p role="status">{count(bytes)} bytes so far</p>}
      {look.problem && <Failed what="It cannot be looked at" problem={look.problem} />}
      {made && (
        <Note tone="pass" title={`${made.file} was saved, with its manifest`}>
          <Counts of={made} />
        </Note>
      )}
      {preview && <Preview of={preview} format={format} approval={approval} />}
    </Section>
  );
}

function Preview({of, format, approval}: {of: PreviewExportResponse; format: string; approval: string}) {
  return (
    <div class="section" aria-label="Preview" role="region">
      {of.export && <Counts of={of.export} />}
      {of.head ? <Text text={of.head} label="First lines" /> : <p class="soft">The file would have no row.</p>}
      {of.approvalDiff && !approval && <AskApproval format={format} diff={of.approvalDiff} />}
    </div>
  );
}

// Cases that a gate uses leave for training by an approval only, which is of exactly this export.
function AskApproval({format, diff}: {format: string; diff: string}) {
  const kept = useKept(useCall('person', whoAmI).value ?? '', `export.${format}`, {reason: ''});
  const {reason} = kept.now;
  const [asked, setAsked] = useState('');
  const ask = useAction(async () => {
    const {change} = await reviews.proposeChange(
      {change: ReviewChange_Value.TRAINING_EXPORT, subject: `${format} export for training`, diff, reason},
      {timeoutMs: patience},
    );
    kept.forget();
    setAsked(change?.id ?? '');
  });
  if (asked)
    return (
      <p>
        A peer and a lead have to <a href={approvalsAt}>approve it</a>; then its id goes into the field Approval: <Copyable text={asked} short={shortId(asked)} />. It is of
        what stands there now, and lasts 7 days from when it is approved.
      </p>
    );
  return (
    <Form label="Ask for an approval" submit="Ask for it" action={ask} failed="It was not proposed">
      <Input label="Cases of a gate need an approval. Why should they leave for training?" value={reason} onChange={(value) => kept.change({reason: value})} width="28rem" />
    </Form>
  );
}

function Counts({of}: {of: Export}) {
  return (
    <>
      <Numbers of={of} />
      {of.quality.length > 0 && <Quality of={of.quality} />}
    </>
  );
}

const intervalOf = ({lower, upper}: ExportedQuality): string =>
  lower === undefined && upper === undefined ? amount(undefined, 'share') : `${amount(lower, 'share')} to ${amount(upper, 'share')}`;

// How far the labels can be trusted, of the very items that are in the file.
function Quality({of}: {of: ExportedQuality[]}) {
  return (
    <Table
      caption="Quality of the labels"
      rows={of}
      keyOf={(each) => `${each.queue} ${each.rubric} ${each.measure}`}
      perPage={10}
      columns={[
        {title: 'Queue', cell: (each) => <Said text={each.queue} />},
        {title: 'Guideline', cell: (each) => <Said text={each.rubric} />},
        {title: 'Measure', cell: (each) => <Said text={each.measure.replaceAll('_', ' ')} />},
        {title: 'Value', isNumber: true, cell: (each) => amount(each.value, 'share')},
        {title: '95 % interval', isNumber: true, cell: intervalOf},
        {title: 'Of', isNumber: true, cell: (each) => count(Number(each.n))},
      ]}
    />
  );
}

function Numbers({of}: {of: Export}) {
  return (
    <Facts
      of={[
        ['Items', `${count(Number(of.records))} of ${count(Number(of.offered))}`],
        ['Judgements', count(Number(of.judgements))],
        ['Decisions', count(Number(of.decisions))],
        ['Rows', count(Number(of.rows))],
        ['Bytes', count(Number(of.bytes))],
        of.excluded.length > 0 && ['Left out', of.excluded.map((each) => `${count(Number(each.count))} ${each.reason.replaceAll('_', ' ')}`).join(', ')],
      ]}
    />
  );
}

function selectionOf({selection}: Export): string {
  if (!selection) return 'everything';
  const parts = [
    ...selection.queues.map((each) => `queue ${each}`),
    ...selection.suites.map((each) => `suite ${each}`),
    ...selection.runs.map((each) => `run ${each}`),
    ...selection.languages.map((each) => `language ${each}`),
    ...selection.dataClasses.map((each) => `class ${each}`),
    ...(selection.decidedOnly ? ['decided'] : []),
  ];
  return parts.join(', ') || 'everything';
}

function Exports({of}: {of: Export[]}) {
  return (
    <Table
      caption="Exports"
      rows={of}
      keyOf={(each) => each.id}
      perPage={25}
      detail={(each) => <Kept of={each} />}
      columns={[
        {title: 'Format', cell: (each) => each.format},
        {title: 'State', cell: (each) => <State of={each} />},
        {title: 'By', cell: (each) => <Said text={each.exportedBy} />},
        {title: 'When', cell: (each) => <Age of={dateOf(each.exportedAt)} />},
        {title: 'Of', cell: (each) => <Said text={selectionOf(each)} />},
        {title: 'Items', isNumber: true, cell: (each) => count(Number(each.records))},
        {title: 'Judgements', isNumber: true, cell: (each) => count(Number(each.judgements))},
        {title: 'Manifest', cell: (each) => <code>{shortHash(each.manifestSha256)}</code>},
      ]}
    />
  );
}

function State({of}: {of: Export}) {
  if (of.isPreview) return <WordBadge word="preview" />;
  return <WordBadge word={of.isComplete ? 'complete' : 'not complete'} tone={of.isComplete ? 'pass' : 'unsure'} />;
}

function Kept({of}: {of: Export}) {
  return (
    <>
      {of.isPreview && <p>Its counts and its first lines were shown; nothing else left.</p>}
      {!of.isPreview && !of.isComplete && <p>It was not taken to its end: some of it may have left.</p>}
      {of.isComplete && <Counts of={of} />}
      <Facts
        of={[
          ['Export', <Copyable text={of.id} short={shortId(of.id)} />],
          of.isComplete && ['SHA-256 of the file', <Copyable text={of.sha256} short={shortHash(of.sha256)} />],
          of.isComplete && ['SHA-256 of its manifest', <Copyable text={of.manifestSha256} short={shortHash(of.manifestSha256)} />],
          ['Names of people', of.withNames ? 'are in it' : 'are not in it'],
          of.approval !== '' && ['Approval', <Copyable text={of.approval} short={shortId(of.approval)} />],
          of.qualityApproval !== '' && ['Below the quality that gates ask, allowed by', <Copyable text={of.qualityApproval} short={shortId(of.qualityApproval)} />],
        ]}
      />
    </>
  );
}
