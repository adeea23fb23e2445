// One version of a model: its document, its stages, and its runs.

import {useRoute} from 'preact-iso';
import {useState} from 'preact/hooks';
import {modelsAt, runAt, runsAt} from '../api/addresses.ts';
import {models, patience, runs} from '../api/client.ts';
import {dateOf, runWord} from '../api/read.ts';
import {reloadAll, useAction, useCall} from '../api/use.ts';
import {count, shortHash} from '../model/format.ts';
import {RunBadge} from '../ui/badge.tsx';
import {Form, Input} from '../ui/form.tsx';
import {Age, Copyable, Facts, Screen, Section, type Fact} from '../ui/layout.tsx';
import {Await} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Document, Said} from '../ui/text.tsx';
import {Stages} from './models.tsx';

export function ModelScreen() {
  const {params} = useRoute();
  const name = params['name'] ?? '';
  const version = params['version'] ?? '';
  const full = `${name}@${version}`;
  const loaded = useCall(`model ${full}`, async (signal) => {
    const options = {signal, timeoutMs: patience};
    const [{model}, {runs: its}] = await Promise.all([
      models.getModel({name, version}, options),
      runs.listRuns({model: full, pageSize: 20}, options),
    ]);
    if (!model) throw new Error('the answer holds no model');
    return {model, its};
  });
  return (
    <Screen
      title={full}
      path={[{title: 'Models', at: modelsAt}]}
      badge={loaded.value && loaded.value.model.stages.length > 0 && <Stages of={loaded.value.model} />}
    >
      <Await of={loaded} what="The model">
        {({model, its}) => (
          <>
            <Facts
              of={[
                ['Registered', <Age of={dateOf(model.registeredAt)} />],
                ['By', <Said text={model.principal} />],
                ...Object.entries(model.labels).sort().map(([key, value]): Fact => [key, <Said text={value} />]),
                ['Content', <Copyable text={model.ref?.contentVersion ?? ''} short={shortHash(model.ref?.contentVersion ?? '')} />],
              ]}
            />
            <Promote name={name} version={version} />
            <Section title="Runs" says={<a href={runsAt({model: full})}>All of them</a>}>
              {its.length === 0 ? (
                <p class="soft">None yet. A check of a gate starts those that it needs.</p>
              ) : (
                <Table
                  caption="Runs of this model"
                  rows={its}
                  keyOf={(run) => run.id}
                  opens={(run) => runAt(run.id)}
                  columns={[
                    {title: 'Suite', cell: (run) => <Said text={run.suite?.name ?? ''} />},
                    {title: 'State', cell: (run) => <RunBadge state={runWord(run.state)} />},
                    {title: 'Scored', isNumber: true, cell: (run) => count(run.counts?.scored ?? 0n)},
                    {title: 'Errors', isNumber: true, cell: (run) => count(run.counts?.error ?? 0n)},
                    {title: 'Created', cell: (run) => <Age of={dateOf(run.createdAt)} />},
                  ]}
                />
              )}
            </Section>
            <Section title="Document" says="As it was registered. It names where a key is, and never holds one.">
              <Document text={model.document} label="Document of the model" />
            </Section>
          </>
        )}
      </Await>
    </Screen>
  );
}

function Promote({name, version}: {name: string; version: string}) {
  const [stage, setStage] = useState('');
  const action = useAction(async () => {
    await models.promoteModel({name, version, stage}, {timeoutMs: patience});
    setStage('');
    reloadAll();
  });
  return (
    <Form label="Give this version a stage" submit="Promote" action={action} failed="It was not promoted">
      <Input
        label="Give this version a stage"
        value={stage}
        onChange={setStage}
        placeholder="production"
        hint="It is taken from the version that has it now."
        width="18rem"
      />
    </Form>
  );
}
