// What the daemon checks by itself: when each schedule is due next, and what came of it last.

import {checkAt, documentAt, gateAt, verdictAt} from '../api/addresses.ts';
import {patience, schedules} from '../api/client.ts';
import {dateOf, modelName, verdictWord} from '../api/read.ts';
import {useCall} from '../api/use.ts';
import type {Schedule, ScheduledModel} from '../../gen/assay/v1/schedule_pb';
import {plural} from '../model/format.ts';
import {VerdictBadge, WordBadge} from '../ui/badge.tsx';
import {Age, Section, Until} from '../ui/layout.tsx';
import {Await} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

const everyMs = 30_000;

async function readSchedules(signal: AbortSignal): Promise<Schedule[]> {
  return (await schedules.listSchedules({}, {signal, timeoutMs: patience})).schedules;
}

function candidateOf(model: ScheduledModel | undefined): string {
  if (!model) return '';
  if (model.version) return `${model.model}@${model.version}`;
  return model.stage ? `${model.model}, ${model.stage}` : `${model.model}, newest`;
}

function Last({of}: {of: Schedule}) {
  if (!of.lastCheckId && !of.lastError) return <span class="soft">none yet</span>;
  return (
    <div class="stack">
      {of.lastError && (
        <span class="small">
          <WordBadge word="not checked" tone="broken" /> <Age of={dateOf(of.lastErrorAt)} />: <Said text={of.lastError} />
        </span>
      )}
      {of.lastCheckId && (
        <span>
          <a href={of.lastVerdictId ? verdictAt(of.lastVerdictId) : checkAt(of.lastCheckId)}>
            <VerdictBadge state={verdictWord(of.lastState)} />
            <span class="unseen"> of {modelName(of.lastCandidate)}</span>
          </a>{' '}
          <Age of={dateOf(of.lastEndedAt ?? of.lastStartedAt)} />
        </span>
      )}
    </div>
  );
}

// Due times that have no check, where there are any.
function leftOut(of: Schedule): string {
  const counted: [bigint, string][] = [
    [of.missed, 'missed'],
    [of.skipped, 'skipped'],
    [of.failed, 'failed'],
  ];
  return counted.flatMap(([count, word]) => (count > 0n ? [`${count} ${word}`] : [])).join(', ');
}

export function Schedules() {
  const loaded = useCall('schedules', readSchedules, everyMs);
  return (
    <Section title="Schedules" says="what assayd checks by itself">
      <Await of={loaded} what="The schedules">
        {(found) =>
          found.length === 0 ? (
            <p class="soft">
              None: gates are checked when somebody asks. A document of kind Schedule in the catalog folder lets assayd ask every
              night.
            </p>
          ) : (
            <Table
              caption={`${plural(found.length, 'schedule')}, with the next due time and the last check`}
              rows={found}
              keyOf={(each) => each.name}
              opens={(each) => documentAt('schedule', each.name)}
              columns={[
                {title: 'Schedule', width: '14rem', cell: (each) => <Said text={each.name} />},
                {title: 'Gate', cell: (each) => <a href={gateAt(each.gate)}><Said text={each.gate} /></a>},
                {title: 'Candidate', cell: (each) => <Said text={candidateOf(each.candidate)} />},
                {title: 'When, in UTC', cell: (each) => <span class="mono small">{each.timing}</span>},
                {title: 'Next', cell: (each) => (each.paused ? <WordBadge word="paused" /> : <Until of={dateOf(each.nextDueAt)} />)},
                {title: 'Last', isProse: true, cell: (each) => <Last of={each} />},
                {title: 'Without a check', cell: (each) => leftOut(each) || <span class="soft">none</span>},
              ]}
            />
          )
        }
      </Await>
    </Section>
  );
}
