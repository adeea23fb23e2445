// What is the same around all screens of reviews: where one can go, and who one is.

import type {ComponentChildren} from 'preact';
import {useLocation} from 'preact-iso';
import {approvalsAt, auditsAt, calibrationsAt, escalationsAt, exportsAt, goldAt, guidelinesAt, itemsAt, queuesAt, reviewAt} from '../../api/addresses.ts';
import {patience, reviews} from '../../api/client.ts';
import {Screen, type Crumb} from '../../ui/layout.tsx';

const places: [title: string, at: string][] = [
  ['My work', reviewAt],
  ['Queues', queuesAt],
  ['Escalations', escalationsAt],
  ['Audits', auditsAt()],
  ['Guidelines', guidelinesAt],
  ['Calibration', calibrationsAt],
  ['Gold', goldAt],
  ['Approvals', approvalsAt],
  ['Exports', exportsAt],
  ['Items', itemsAt()],
];

interface Props {
  title: string;
  path?: Crumb[];
  badge?: ComponentChildren;
  actions?: ComponentChildren;
  isFolded?: boolean;
  children: ComponentChildren;
}

export function ReviewScreen(props: Props) {
  const {path} = useLocation();
  const isAt = (at: string): boolean => path === at || (at !== reviewAt && path.startsWith(`${at}/`));
  return (
    <>
      <nav class="tabs" aria-label="Review">
        <ul>
          {places.map(([title, at]) => (
            <li key={at}>
              <a href={at} aria-current={isAt(at) ? 'page' : undefined}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Screen {...props} />
    </>
  );
}

export const readMyWork = (signal: AbortSignal) => reviews.getMyWork({}, {signal, timeoutMs: patience});
