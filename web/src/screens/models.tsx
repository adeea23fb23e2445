// The registered models, with their versions and stages.

import {useLocation} from 'preact-iso';
import type {Model} from '../../gen/assay/v1/model_pb';
import {modelAt, modelsAt, withQuery} from '../api/addresses.ts';
import {models, patience} from '../api/client.ts';
import {dateOf} from '../api/read.ts';
import {useCall} from '../api/use.ts';
import {WordBadge} from '../ui/badge.tsx';
import {Form, Input} from '../ui/form.tsx';
import {Age, Screen} from '../ui/layout.tsx';
import {Await, Nothing} from '../ui/notes.tsx';
import {usePages} from '../ui/pages.ts';
import {Pager, Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

export function Stages({of}: {of: Model}) {
  if (of.stages.length === 0) return <span class="soft">–</span>;
  return (
    <span class="row">
      {of.stages.map((stage) => (
        <WordBadge key={stage} word={stage} tone={stage === 'production' ? 'pass' : 'waits'} />
      ))}
    </span>
  );
}

export function ModelsScreen() {
  const {query, route} = useLocation();
  const name = query['name'] ?? '';
  const pages = usePages(`models ${name}`);
  const loaded = useCall(`models ${name} ${pages.token}`, (signal) =>
    models.listModels({name, pageSize: 50, pageToken: pages.token}, {signal, timeoutMs: patience}),
  );
  return (
    <Screen title="Models">
      <Form label="Filter of models">
        <Input
          label="Name"
          type="search"
          value={name}
          onChange={(value) => route(withQuery(modelsAt, {name: value}), true)}
          isFilter
        />
      </Form>
      <Await of={loaded} what="The models">
        {({models: found, nextPageToken}) =>
          found.length === 0 ? (
            <NoModels isFiltered={name !== ''} />
          ) : (
            <>
              <Table
                caption="Models, newest registration first"
                rows={found}
                keyOf={(model) => `${model.ref?.name}@${model.ref?.version}`}
                opens={(model) => modelAt(model.ref?.name ?? '', model.ref?.version ?? '')}
                columns={[
                  {title: 'Model', cell: (model) => <Said text={model.ref?.name ?? ''} />},
                  {title: 'Version', cell: (model) => <Said text={model.ref?.version ?? ''} />},
                  {title: 'Stages', cell: (model) => <Stages of={model} />},
                  {
                    title: 'Labels',
                    cell: (model) => (
                      <Said text={Object.entries(model.labels).map(([key, value]) => `${key}: ${value}`).sort().join(', ')} />
                    ),
                  },
                  {title: 'Registered', cell: (model) => <Age of={dateOf(model.registeredAt)} />},
                  {title: 'By', cell: (model) => <Said text={model.principal} />},
                ]}
              />
              <Pager
                page={pages.page}
                hasNext={nextPageToken !== ''}
                onNext={() => pages.next(nextPageToken)}
                onBefore={pages.before}
              />
            </>
          )
        }
      </Await>
    </Screen>
  );
}

function NoModels({isFiltered}: {isFiltered: boolean}) {
  if (isFiltered) {
    return (
      <Nothing title="No model has this name">
        <p>
          Names are compared as a whole. <a href={modelsAt}>Show all models</a>.
        </p>
      </Nothing>
    );
  }
  return (
    <Nothing title="No model is registered yet">
      <p>A model is an endpoint with a name and a version. Put a document of kind Model into the catalog folder, or register one:</p>
      <pre>assay model register model.yaml</pre>
    </Nothing>
  );
}
