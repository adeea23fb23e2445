// What of a guideline is new to who works by it: another major version is read before the first item under it, of a
// minor one a bar tells.

import {guidelineAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {readRubric} from '../../api/review.ts';
import {useAction, useCall} from '../../api/use.ts';
import type {Unread} from '../../model/unread.ts';
import type {Rubric} from '../../model/rubric.ts';
import {Button} from '../../ui/form.tsx';
import {Section} from '../../ui/layout.tsx';
import {Await, Failed, Note} from '../../ui/notes.tsx';
import {Said} from '../../ui/text.tsx';
import {readMyWork} from './frame.tsx';
import {Changed} from './guidelines.tsx';
import {Markdown} from './marks.tsx';

const acknowledge = ({rubric, version}: Unread) => reviews.acknowledgeRubric({rubric, version}, {timeoutMs: patience});

interface News {
  after: Rubric;
  before: Rubric | undefined; // what they have read; else the version before
  reason: string;
}

async function readNews({rubric, version}: Unread, signal: AbortSignal): Promise<News> {
  const [{versions}, work, after] = await Promise.all([
    reviews.listRubricVersions({rubric}, {signal, timeoutMs: patience}),
    readMyWork(signal),
    readRubric(rubric, version, signal),
  ]);
  const at = versions.findIndex((each) => each.version === version);
  const read = work.queues.find((queue) => queue.rubric === rubric)?.acknowledgedVersion;
  const earlier = versions.find((each) => each.version === read && each.version !== version) ?? versions[at - 1];
  return {after, before: earlier && (await readRubric(rubric, earlier.version, signal)), reason: versions[at]?.reason ?? ''};
}

// In the place of an item.
export function ReadFirst({of, onRead}: {of: Unread; onRead: () => void}) {
  const loaded = useCall(`to read ${of.rubric} ${of.version}`, (signal) => readNews(of, signal));
  const action = useAction(async () => {
    await acknowledge(of);
    onRead();
  });
  return (
    <>
      <Note tone="unsure" title={`Read ${of.rubric} ${of.version} first`}>
        <p>It is another major version of the guideline: what is asked, or what passes, is not what it was.</p>
        {loaded.value?.reason && (
          <p>
            <Said text={loaded.value.reason} />
          </p>
        )}
        {loaded.value && (
          <p>
            <Button action={action}>I have read version {of.version}</Button>
          </p>
        )}
        {action.problem && <Failed what="It was not kept" problem={action.problem} again={action.run} />}
      </Note>
      <Await of={loaded} what="The guideline">
        {({before, after}) =>
          before ? (
            <Changed before={before} after={after} />
          ) : (
            <Section title="Guideline">
              <Markdown text={after.guideline} prefix="clause-" />
            </Section>
          )
        }
      </Await>
    </>
  );
}

// Above an item.
export function NewWords({of, read, onRead}: {of: Unread; read: string; onRead: () => void}) {
  const action = useAction(async () => {
    await acknowledge(of);
    onRead();
  });
  return (
    <Note tone="unsure" title={`${of.rubric} ${of.version} has other words or examples than ${read}, which you have read`}>
      <p class="row">
        <a href={guidelineAt(of.rubric, {version: of.version, since: read})} target="_blank" rel="noopener">
          What differs from {read}
        </a>
        <Button action={action}>I have read version {of.version}</Button>
      </p>
      {action.problem && <Failed what="It was not kept" problem={action.problem} again={action.run} />}
    </Note>
  );
}
