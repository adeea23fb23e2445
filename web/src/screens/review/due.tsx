// How long something may still take: it goes on, and says when it is over.

import {useEffect, useState} from 'preact/hooks';
import {moment, span} from '../../model/format.ts';

export function useNow(everyMs: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export function Due({at}: {at: Date | undefined}) {
  const now = useNow(1000);
  if (!at) return <span class="soft">–</span>;
  const left = (at.getTime() - now.getTime()) / 1000;
  return (
    <time class={`nowrap${left < 0 ? ' late' : ''}`} dateTime={at.toISOString()} title={moment(at)}>
      {left < 0 ? `over since ${span(-left)}` : `in ${span(left)}`}
    </time>
  );
}
