// How far people agreed before a session, in it, and since: what the session was held for.

import type {Calibration, CriterionAgreement} from '../../../gen/assay/v1/review_pb';
import {patience, reviews} from '../../api/client.ts';
import {useCall} from '../../api/use.ts';
import {amount, plural} from '../../model/format.ts';
import {Section} from '../../ui/layout.tsx';
import {Await} from '../../ui/notes.tsx';
import {Table} from '../../ui/table.tsx';
import {Said} from '../../ui/text.tsx';

const monthSeconds = 30n * 86_400n;

async function readBoth({queue, openedAt, closedAt, revealedAt}: Calibration, signal: AbortSignal) {
  const options = {signal, timeoutMs: patience};
  const from = openedAt ? {seconds: openedAt.seconds - monthSeconds, nanos: 0} : undefined;
  const since = closedAt ?? revealedAt;
  const [before, after] = await Promise.all([
    reviews.getQueueReport({queue, ...(from && openedAt ? {from, to: openedAt} : {})}, options),
    since ? reviews.getQueueReport({queue, from: since}, options) : undefined,
  ]);
  return {before: before.agreement, after: after?.agreement ?? []};
}

function inWords(of: CriterionAgreement | undefined): string {
  if (!of || of.units === 0n) return 'nothing yet';
  const alpha = of.alpha === undefined ? of.note || 'no value' : `α ${amount(of.alpha, 'share')}`;
  return `${alpha}, ${plural(of.units, 'item')}`;
}

export function BeforeAfter({of}: {of: Calibration}) {
  const loaded = useCall(`agreement around ${of.id} ${of.phase}`, (signal) => readBoth(of, signal));
  return (
    <Section title="Before and after" says="Agreement in the queue in the 30 days before the session, in the session itself, and in the queue since it was shown.">
      <Await of={loaded} what="The agreement">
        {({before, after}) => {
          const criteria = [...new Set([...of.agreement, ...before, ...after].map(({criterion}) => criterion))];
          const named = (all: CriterionAgreement[], criterion: string) => all.find((each) => each.criterion === criterion);
          if (criteria.length === 0) return <p class="soft">Nothing was judged by several people yet.</p>;
          return (
            <Table
              caption="Agreement before, in and after the session"
              rows={criteria}
              keyOf={(criterion) => criterion}
              columns={[
                {title: 'Criterion', cell: (criterion) => <Said text={criterion} />},
                {title: 'Before', cell: (criterion) => <Said text={inWords(named(before, criterion))} />},
                {title: 'In the session', cell: (criterion) => <Said text={inWords(named(of.agreement, criterion))} />},
                {title: 'Since', cell: (criterion) => <Said text={inWords(named(after, criterion))} />},
              ]}
            />
          );
        }}
      </Await>
    </Section>
  );
}
