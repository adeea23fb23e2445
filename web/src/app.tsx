// The frame around all screens: where one can go, the keyboard, and the token when assayd wants one.

import type {ComponentChildren} from 'preact';
import {LocationProvider, Route, Router, useLocation} from 'preact-iso';
import {useEffect, useErrorBoundary, useState} from 'preact/hooks';
import {forgetToken, sessionNow, subscribe} from './api/session.ts';
import {CaseScreen} from './screens/case.tsx';
import {CatalogScreen} from './screens/catalog.tsx';
import {CheckScreen} from './screens/check.tsx';
import {DocumentScreen} from './screens/document.tsx';
import {GateScreen} from './screens/gate.tsx';
import {GatesScreen} from './screens/gates.tsx';
import {LineageScreen} from './screens/lineage.tsx';
import {ModelScreen} from './screens/model.tsx';
import {ModelsScreen} from './screens/models.tsx';
import {ApprovalsScreen} from './screens/review/approvals.tsx';
import {AuditsScreen} from './screens/review/audits.tsx';
import {CalibrationScreen, CalibrationsScreen} from './screens/review/calibrations.tsx';
import {EscalationsScreen} from './screens/review/escalations.tsx';
import {ExportsScreen} from './screens/review/exports.tsx';
import {GoldScreen} from './screens/review/gold.tsx';
import {GuidelineScreen, GuidelinesScreen} from './screens/review/guidelines.tsx';
import {ItemScreen} from './screens/review/item.tsx';
import {ItemsScreen} from './screens/review/items.tsx';
import {ReviewKeysScreen, workspaceKeys} from './screens/review/keys.tsx';
import {MyWorkScreen} from './screens/review/mywork.tsx';
import {QueueScreen} from './screens/review/queue.tsx';
import {QueuesScreen} from './screens/review/queues.tsx';
import {WorkScreen} from './screens/review/workspace.tsx';
import {RunScreen} from './screens/run.tsx';
import {RunsScreen} from './screens/runs.tsx';
import {TokenScreen} from './screens/token.tsx';
import {VerdictScreen} from './screens/verdict.tsx';
import {nextTheme, themeNow} from './theme.ts';
import {KeyMap, useKeyboard} from './ui/keyboard.tsx';
import {Screen} from './ui/layout.tsx';
import {Note, Nothing} from './ui/notes.tsx';
import {Said} from './ui/text.tsx';

const places: [title: string, at: string, keys: string, also: string[]][] = [
  ['Gates', '/gates', 'g g', ['/verdicts', '/checks']],
  ['Runs', '/runs', 'g r', []],
  ['Review', '/review', 'g w', []],
  ['Models', '/models', 'g m', []],
  ['Catalog', '/catalog', 'g c', []],
];

export function App() {
  return (
    <LocationProvider>
      <Frame />
    </LocationProvider>
  );
}

function useSession() {
  const [session, setSession] = useState(sessionNow);
  useEffect(() => subscribe(setSession), []);
  return session;
}

function Frame() {
  const {path, route} = useLocation();
  const session = useSession();
  const [helpOpened, setHelpOpened] = useState(0);
  const help = () => setHelpOpened((times) => times + 1);
  const [theme, setTheme] = useState(themeNow);
  const changeTheme = () => setTheme(nextTheme());
  useEffect(() => {
    if (path === '/') route('/gates', true);
  }, [path, route]);
  const go = (address: string) => {
    (document.activeElement as HTMLElement | null)?.blur();
    route(address);
  };
  useKeyboard({go, help, theme: changeTheme});
  return (
    <div class="page">
      <a class="skip" href="#main" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </a>
      <div class="side">
        <a class="brand" href="/gates">
          <img src="/icon.svg" alt="" /> <span>Assay</span>
        </a>
        <nav aria-label="Screens">
          <ul>
            {places.map(([title, at, keys, also]) => (
              <li key={at}>
                <a href={at} aria-current={[at, ...also].some((each) => path.startsWith(each)) ? 'page' : undefined}>
                  {title}
                  <kbd aria-hidden="true">{keys}</kbd>
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="tools">
          {session.hasToken && (
            <button type="button" class="button quiet" onClick={forgetToken}>
              Forget the token
            </button>
          )}
          <button type="button" class="button quiet" onClick={changeTheme}>
            <span>
              <span class="what">Theme: </span>
              <span>{theme}</span>
            </span>
            <kbd aria-hidden="true">t</kbd>
          </button>
          <button type="button" class="button quiet" onClick={help}>
            Keys <kbd aria-hidden="true">?</kbd>
          </button>
        </div>
      </div>
      <main class="main" id="main" tabIndex={-1}>
        {session.isAsked ? <TokenScreen wasRefused={session.wasRefused} /> : <Mended key={path}>{isReadable(path) ? <Screens /> : <UnknownScreen />}</Mended>}
      </main>
      <KeyMap opened={helpOpened} here={workspaceKeys} />
    </div>
  );
}

// Percent signs that stand for no character.
function isReadable(path: string): boolean {
  try {
    return path.split('/').every((each) => decodeURIComponent(each) !== undefined);
  } catch {
    return false;
  }
}

// A mistake of one screen leaves the others in service.
function Mended({children}: {children: ComponentChildren}) {
  const [mistake, forget] = useErrorBoundary();
  if (!mistake) return <>{children}</>;
  return (
    <Screen title="This screen cannot be shown">
      <Note tone="broken" title="The page made a mistake with what it was given">
        <p>
          <Said text={String(mistake)} />
        </p>
        <p class="soft">What assayd holds is not touched. The command line may show it; please report the address and the text above.</p>
        <p>
          <button type="button" class="button" onClick={forget}>
            Try again
          </button>
        </p>
      </Note>
    </Screen>
  );
}

function Screens() {
  return (
    <Router>
      <Route path="/" component={GatesScreen} />
      <Route path="/gates" component={GatesScreen} />
      <Route path="/gates/:name" component={GateScreen} />
      <Route path="/verdicts/:id" component={VerdictScreen} />
      <Route path="/verdicts/:id/lineage" component={LineageScreen} />
      <Route path="/checks/:id" component={CheckScreen} />
      <Route path="/runs" component={RunsScreen} />
      <Route path="/runs/:id" component={RunScreen} />
      <Route path="/runs/:id/cases/:ordinal" component={CaseScreen} />
      <Route path="/review" component={MyWorkScreen} />
      <Route path="/review/work" component={WorkScreen} />
      <Route path="/review/items" component={ItemsScreen} />
      <Route path="/review/items/:id" component={ItemScreen} />
      <Route path="/review/queues" component={QueuesScreen} />
      <Route path="/review/queues/:name" component={QueueScreen} />
      <Route path="/review/escalations" component={EscalationsScreen} />
      <Route path="/review/audits" component={AuditsScreen} />
      <Route path="/review/guidelines" component={GuidelinesScreen} />
      <Route path="/review/guidelines/:name" component={GuidelineScreen} />
      <Route path="/review/calibration" component={CalibrationsScreen} />
      <Route path="/review/calibration/:id" component={CalibrationScreen} />
      <Route path="/review/gold" component={GoldScreen} />
      <Route path="/review/approvals" component={ApprovalsScreen} />
      <Route path="/review/exports" component={ExportsScreen} />
      <Route path="/review/keys" component={ReviewKeysScreen} />
      <Route path="/models" component={ModelsScreen} />
      <Route path="/models/:name/:version" component={ModelScreen} />
      <Route path="/catalog" component={CatalogScreen} />
      <Route path="/catalog/:kind/:name" component={DocumentScreen} />
      <Route default component={UnknownScreen} />
    </Router>
  );
}

function UnknownScreen() {
  return (
    <Screen title="Nothing here">
      <Nothing title="This address leads nowhere">
        <p>
          It may be mistyped, or of another version of Assay. <a href="/gates">Go to the gates</a>.
        </p>
      </Nothing>
    </Screen>
  );
}
