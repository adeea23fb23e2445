// A check under way: what it waits for. When it is decided, its verdict takes this place.

import {useLocation, useRoute} from 'preact-iso';
import {useEffect} from 'preact/hooks';
import {ComparisonRole_Value} from '../../gen/assay/v1/types_pb';
import {gateAt, gatesAt, runAt, verdictAt} from '../api/addresses.ts';
import {gates} from '../api/client.ts';
import {dateOf, modelName, runWord, verdictWord} from '../api/read.ts';
import {useStream} from '../api/use.ts';
import {RunBadge, VerdictBadge} from '../ui/badge.tsx';
import {CountsBar} from '../ui/counts.tsx';
import {Age, Facts, Screen, Section} from '../ui/layout.tsx';
import {Await} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

export function CheckScreen() {
  const {params} = useRoute();
  const {route} = useLocation();
  const id = params['id'] ?? '';
  const loaded = useStream(`check ${id}`, (signal) => gates.watchCheck({id}, {signal}));
  const check = loaded.value?.check;
  const verdict = check?.verdict?.id;
  useEffect(() => {
    if (verdict) route(verdictAt(verdict), true);
  }, [verdict, route]);
  const gate = check?.gate ?? '';
  return (
    <Screen
      title={check ? `Check of ${modelName(check.candidate)}` : 'Check'}
      path={[{title: 'Gates', at: gatesAt}, ...(gate ? [{title: gate, at: gateAt(gate)}] : [])]}
      badge={check && <VerdictBadge state={verdictWord(check.state)} large />}
    >
      <Await of={loaded} what="The check">
        {() =>
          check && (
            <>
              <p class="lead" aria-live="polite">
                <Said text={check.reason} />
              </p>
              <Facts
                of={[
                  ['Candidate', <Said text={modelName(check.candidate)} />],
                  check.baseline && ['Baseline', <Said text={modelName(check.baseline)} />],
                  ['Asked', <Age of={dateOf(check.createdAt)} />],
                  ['By', <Said text={check.principal} />],
                ]}
              />
              <Section title="Runs that it needs">
                <Table
                  caption="Runs of this check"
                  rows={check.runs.filter((each) => each.run)}
                  keyOf={(each) => each.run?.id ?? ''}
                  opens={(each) => runAt(each.run?.id ?? '')}
                  columns={[
                    {title: 'Suite', cell: (each) => <Said text={each.run?.suite?.name ?? ''} />},
                    {title: 'Model', cell: (each) => <Said text={modelName(each.run?.model)} />},
                    {
                      title: 'Part',
                      cell: (each) =>
                        (each.role === ComparisonRole_Value.BASELINE ? 'baseline' : 'candidate') +
                        (each.reused ? ', was there already' : ''),
                    },
                    {title: 'State', cell: (each) => <RunBadge state={runWord(each.run?.state ?? 0)} />},
                    {
                      title: 'Trials',
                      width: '24rem',
                      cell: (each) => each.run?.counts && <CountsBar of={each.run.counts} unit="trials" />,
                    },
                  ]}
                />
              </Section>
            </>
          )
        }
      </Await>
    </Screen>
  );
}
