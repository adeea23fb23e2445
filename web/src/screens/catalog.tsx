// What the daemon serves, and what is wrong with what it cannot serve.

import {useLocation} from 'preact-iso';
import {DocumentKind_Value} from '../../gen/assay/v1/types_pb';
import type {CatalogStatus, Document} from '../../gen/assay/v1/catalog_pb';
import {catalogAt, documentAt} from '../api/addresses.ts';
import {catalog, patience} from '../api/client.ts';
import {dateOf} from '../api/read.ts';
import {reloadAll, useAction, useCall} from '../api/use.ts';
import {plural, shortHash} from '../model/format.ts';
import {WordBadge} from '../ui/badge.tsx';
import {Button, Form, Input, Select} from '../ui/form.tsx';
import {Age, Copyable, Facts, Screen, Section} from '../ui/layout.tsx';
import {Await, Failed, Note, Nothing} from '../ui/notes.tsx';
import {Table} from '../ui/table.tsx';
import {Said} from '../ui/text.tsx';

const kinds = ['SUITE', 'MODEL', 'GATE', 'RUBRIC', 'QUEUE', 'SCHEDULE'] as const;

export const kindNames: readonly string[] = kinds.map((each) => each.toLowerCase());

// Of a name in an address.
export function kindNamed(name: string): DocumentKind_Value | undefined {
  const word = kinds.find((each) => each.toLowerCase() === name);
  return word && DocumentKind_Value[word];
}

export const kindOf = (document: Document): string => (DocumentKind_Value[document.kind] ?? '').toLowerCase();

export async function readCatalog(signal: AbortSignal) {
  const options = {signal, timeoutMs: patience};
  const [{documents}, {status}] = await Promise.all([catalog.listDocuments({}, options), catalog.getStatus({}, options)]);
  return {documents, status};
}

export function errorsIn(status: CatalogStatus | undefined, source: string) {
  return status?.errors.filter((error) => source !== '' && (error.file === source || error.file.endsWith(`/${source}`))) ?? [];
}

export function CatalogScreen() {
  const {query, route} = useLocation();
  const kind = query['kind'] ?? '';
  const name = query['name'] ?? '';
  const loaded = useCall('catalog', readCatalog, 10_000);
  const reload = useAction(async () => {
    await catalog.reload({}, {timeoutMs: patience});
    reloadAll();
  });
  const filter = (changed: Record<string, string>) => route(catalogAt({kind, name, ...changed}), true);
  return (
    <Screen title="Catalog" actions={<Button action={reload}>Read the folder again</Button>}>
      {reload.problem && <Failed what="The folder was not read" problem={reload.problem} again={reload.run} />}
      <Await of={loaded} what="The catalog">
        {({documents, status}) => {
          const shown = documents.filter(
            (each) => (kind === '' || kindOf(each) === kind.toLowerCase()) && each.name.includes(name),
          );
          return (
            <>
              {status && <Lint status={status} />}
              <Form label="Filter of documents">
                <Input label="Name" type="search" value={name} onChange={(value) => filter({name: value})} isFilter />
                <Select
                  label="Kind"
                  value={kind}
                  onChange={(value) => filter({kind: value})}
                  options={[['', 'all'], ...kinds.map((each): [string, string] => [each, each.toLowerCase()])]}
                />
              </Form>
              {shown.length === 0 ? (
                <NoDocuments isFiltered={documents.length > 0} />
              ) : (
                <Table
                  caption="Documents of the catalog"
                  rows={shown}
                  keyOf={(each) => `${kindOf(each)} ${each.name} ${each.version}`}
                  opens={(each) => documentAt(kindOf(each), each.name)}
                  columns={[
                    {title: 'Document', cell: (each) => <Said text={each.version ? `${each.name}@${each.version}` : each.name} />},
                    {title: 'Kind', cell: (each) => kindOf(each)},
                    {title: 'Lint', cell: (each) => <LintState errors={errorsIn(status, each.source).length} />},
                    {title: 'File', cell: (each) => <Said text={each.source || 'registered over the API'} />},
                    {title: 'Content', cell: (each) => <span class="mono">{shortHash(each.contentVersion)}</span>},
                    {title: 'Served since', cell: (each) => <Age of={dateOf(each.loadedAt)} />},
                  ]}
                />
              )}
            </>
          );
        }}
      </Await>
    </Screen>
  );
}

export function LintState({errors}: {errors: number}) {
  if (errors === 0) return <WordBadge word="✓ fine" tone="pass" />;
  return <WordBadge word={`✕ its file has ${plural(errors, 'error')}`} tone="fail" />;
}

function Lint({status}: {status: CatalogStatus}) {
  return (
    <>
      {status.errors.length > 0 && (
        <Section title="What is wrong">
          <Note tone="fail" title={`${plural(status.errors.length, 'error')} in the catalog folder`}>
            <p>The last good version stays in service. Correct the file; it is read again when it is saved.</p>
          </Note>
          <Table
            caption="Errors in the catalog folder"
            rows={status.errors}
            keyOf={(error) => `${error.file}:${error.line}:${error.column} ${error.message}`}
            columns={[
              {title: 'Where', isPlain: true, cell: (error) => <Said text={placeOf(error)} />},
              {title: 'Path', cell: (error) => <Said text={error.path || '–'} />},
              {title: 'What is wrong', isProse: true, cell: (error) => <Said text={error.message} />},
            ]}
          />
        </Section>
      )}
      <Facts
        of={[
          ['In service', [plural(status.suites, 'suite'), plural(status.models, 'model'), plural(status.gates, 'gate')].join(', ')],
          ['Served since', <Age of={dateOf(status.loadedAt)} />],
          ['Folder read', <Age of={dateOf(status.checkedAt)} />],
          ['Version', <Copyable text={status.version} short={shortHash(status.version)} />],
        ]}
      />
    </>
  );
}

export function placeOf({file, line, column}: {file: string; line: number; column: number}): string {
  return [file, ...(line > 0 ? [line] : []), ...(line > 0 && column > 0 ? [column] : [])].join(':');
}

function NoDocuments({isFiltered}: {isFiltered: boolean}) {
  if (isFiltered) {
    return (
      <Nothing title="No document fits the filter">
        <p>
          <a href={catalogAt()}>Show all documents</a>.
        </p>
      </Nothing>
    );
  }
  return (
    <Nothing title="The catalog is empty">
      <p>Put suites, models and gates into the folder that assayd serves (option --catalog). Check them first, offline:</p>
      <pre>assay lint FOLDER</pre>
    </Nothing>
  );
}
