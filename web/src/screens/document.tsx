// One document: its text, what is wrong with its file, and where to go from it.

import {useRoute} from 'preact-iso';
import {DocumentKind_Value} from '../../gen/assay/v1/types_pb';
import type {Document as ServedDocument} from '../../gen/assay/v1/catalog_pb';
import {catalogAt, gateAt, modelAt, runsAt} from '../api/addresses.ts';
import {catalog, patience} from '../api/client.ts';
import {dateOf} from '../api/read.ts';
import {useCall} from '../api/use.ts';
import {shortHash} from '../model/format.ts';
import {Age, Copyable, Facts, Screen, Section} from '../ui/layout.tsx';
import {Await, Nothing} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Document, Said} from '../ui/text.tsx';
import {DatasetLog} from './dataset.tsx';
import {errorsIn, kindNamed, kindNames, LintState, placeOf} from './catalog.tsx';

export function DocumentScreen() {
  const {params} = useRoute();
  const name = params['name'] ?? '';
  const word = params['kind'] ?? '';
  const kind = kindNamed(word);
  const loaded = useCall(kind ? `document ${word} ${name}` : '', async (signal) => {
    const options = {signal, timeoutMs: patience};
    const [{document}, {status}] = await Promise.all([
      catalog.getDocument({kind: kind ?? 0, name}, options),
      catalog.getStatus({}, options),
    ]);
    if (!document) throw new Error('the answer holds no document');
    return {document, errors: errorsIn(status, document.source)};
  });
  const found = loaded.value;
  return (
    <Screen
      title={name}
      path={[
        {title: 'Catalog', at: catalogAt()},
        {title: word, at: catalogAt({kind: word.toUpperCase()})},
      ]}
      badge={found && <LintState errors={found.errors.length} />}
      actions={found && <Related of={found.document} />}
    >
      {!kind && (
        <Nothing title={`There is no kind of document "${word}"`}>
          <p>
            Known are {kindNames.join(', ')}. <a href={catalogAt()}>To the catalog</a>.
          </p>
        </Nothing>
      )}
      <Await of={loaded} what="The document">
        {({document, errors}) => (
          <>
            <Facts
              of={[
                ['Kind', word],
                document.version !== '' && ['Version', <Said text={document.version} />],
                ['File', <Said text={document.source || 'registered over the API'} />],
                ['Served since', <Age of={dateOf(document.loadedAt)} />],
                ['Content', <Copyable text={document.contentVersion} short={shortHash(document.contentVersion)} />],
              ]}
            />
            {errors.length > 0 && (
              <Section title="What is wrong with its file" says="The text below is the last good version.">
                <Table
                  caption="Errors in the file of this document"
                  rows={errors}
                  keyOf={(error) => `${error.line}:${error.column} ${error.message}`}
                  columns={[
                    {title: 'Where', isPlain: true, cell: (error) => <Said text={placeOf(error)} />},
                    {title: 'What is wrong', isProse: true, cell: (error) => <Said text={error.message} />},
                  ]}
                />
              </Section>
            )}
            {kind === DocumentKind_Value.SUITE && <DatasetLog suite={name} />}
            <Section title="Text" says="As its author wrote it">
              <Document text={document.text} label={`Text of ${name}`} />
            </Section>
          </>
        )}
      </Await>
    </Screen>
  );
}

function Related({of: {kind, name, version}}: {of: ServedDocument}) {
  if (kind === DocumentKind_Value.GATE) return <a class="button" href={gateAt(name)}>Its verdicts</a>;
  if (kind === DocumentKind_Value.SUITE) return <a class="button" href={runsAt({suite: name})}>Its runs</a>;
  if (kind === DocumentKind_Value.MODEL) return <a class="button" href={modelAt(name, version)}>The model</a>;
  return null;
}
