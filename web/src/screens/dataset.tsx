// The log of a suite's dataset: which versions there were, what each changed, and why.

import type {DatasetChanges, DatasetSource, DatasetVersion} from '../../gen/assay/v1/dataset_pb';
import {runAt} from '../api/addresses.ts';
import {datasets, patience} from '../api/client.ts';
import {dateOf} from '../api/read.ts';
import {useCall} from '../api/use.ts';
import {count, plural, shortHash, shortId} from '../model/format.ts';
import {Age, Copyable, Section} from '../ui/layout.tsx';
import {Await, Nothing} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

export function DatasetLog({suite}: {suite: string}) {
  const loaded = useCall(`dataset of ${suite}`, (signal) => datasets.listDatasetVersions({suite}, {signal, timeoutMs: patience}));
  return (
    <Section title="Versions of its dataset" says="What runs were asked, the newest first, and what each version changed against the one before.">
      {loaded.problem && !loaded.value ? (
        <Nothing title="No versions to show">
          <p>{loaded.problem.message}</p>
        </Nothing>
      ) : (
        <Await of={loaded} what="The versions">
          {({versions}) => <Table caption={`Versions of the dataset of ${suite}`} rows={versions} keyOf={(each) => each.digest} columns={columns} detail={detailOf} perPage={10} />}
        </Await>
      )}
    </Section>
  );
}

const columns = [
  {title: 'Dataset', cell: (each: DatasetVersion) => <span class="mono">{shortHash(each.digest)}</span>},
  {title: 'First seen', cell: (each: DatasetVersion) => <Age of={dateOf(each.firstSeen)} />},
  {title: 'By', cell: (each: DatasetVersion) => <Said text={each.firstRunBy} />},
  {title: 'Run', cell: (each: DatasetVersion) => <a class="nowrap" href={runAt(each.firstRunId)}>{shortId(each.firstRunId)}</a>},
  {title: 'Runs', isNumber: true, cell: (each: DatasetVersion) => count(each.runs)},
  {title: 'Cases', isNumber: true, cell: (each: DatasetVersion) => count(each.cases)},
  {title: 'Changed', isProse: true, cell: (each: DatasetVersion) => changedIn(each)},
];

function changedIn({changes, first}: DatasetVersion): string {
  if (first) return 'the first';
  if (!changes) return 'not known: cases were deleted';
  const {added, removed, changed} = changes;
  if (added + removed + changed === 0n) return 'no case';
  return `${count(added)} added, ${count(removed)} removed, ${count(changed)} changed`;
}

// What people noted, which cases differ, what came in and left with labels of them, and the whole digest, which a note
// asks for.
function detailOf(version: DatasetVersion) {
  const {changes, notes, exports, imports, digest, first} = version;
  return (
    <div class="stack">
      {!first && notes.length === 0 && <p class="soft">Nobody has noted why there is this version: <code>assay dataset note</code> does.</p>}
      {notes.map((note) => (
        <p key={`${note.by} ${note.reason}`}>
          <Said text={note.reason} />
          {note.expectedImpact && <> Expected: <Said text={note.expectedImpact} /></>} <span class="soft small"><Said text={note.by} />, <Age of={dateOf(note.at)} />{note.approval && `, approval ${shortId(note.approval)}`}</span>
          {note.source && <Source of={note.source} />}
        </p>
      ))}
      {changes && <Ids of={changes} />}
      {imports.map((each) => (
        <p key={each.id} class="soft">
          {plural(each.judgements, 'judgement')} of {plural(each.items, 'item')} brought in as {each.format} {each.by && <>by <Said text={each.by} /></>} <Age of={dateOf(each.at)} />
          {each.sha256 ? <> from the file <Copyable text={each.sha256} short={shortHash(each.sha256)} /></> : ', not to its end'}
          {each.approval && `, approval ${shortId(each.approval)}`}
        </p>
      ))}
      {exports.map((each) => (
        <p key={each.id} class="soft">
          {plural(each.judgements, 'judgement')} taken out as {each.format} {each.by && <>by <Said text={each.by} /></>} <Age of={dateOf(each.at)} />
        </p>
      ))}
      <p>
        <Copyable text={digest} short={digest} />
      </p>
    </div>
  );
}

function Source({of}: {of: DatasetSource}) {
  return (
    <span class="soft small">
      {' '}
      {plural(of.rows, 'row')} of <Said text={of.file} />, <Copyable text={of.sha256} short={shortHash(of.sha256)} />
      {of.exportId && `, which is export ${shortId(of.exportId)}`}
    </span>
  );
}

function Ids({of}: {of: DatasetChanges}) {
  if (of.withheld) return <p class="soft">Which cases is <Said text={of.withheld} />.</p>;
  const kinds: [string, string[], bigint][] = [
    ['Added', of.addedIds, of.added],
    ['Removed', of.removedIds, of.removed],
    ['Changed', of.changedIds, of.changed],
  ];
  return (
    <>
      {kinds.map(([title, ids, all]) =>
        ids.length === 0 ? null : (
          <p key={title}>
            {title}: <Said text={ids.join(', ')} />
            {all > BigInt(ids.length) && ` and ${count(all - BigInt(ids.length))} others`}
          </p>
        ),
      )}
    </>
  );
}
