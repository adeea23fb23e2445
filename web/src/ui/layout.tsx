// The one layout: a screen has its place among the others, a title, what can be done, and sections.

import type {ComponentChildren} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';
import {age, ahead, moment} from '../model/format.ts';
import {inWords} from '../model/hostile.ts';
import {Said} from './text.tsx';

export interface Crumb {
  title: string;
  at: string;
}

interface ScreenProps {
  title: string;
  path?: Crumb[];
  badge?: ComponentChildren;
  actions?: ComponentChildren;
  isFolded?: boolean; // the title stands in what is shown; here it is for those who listen only
  children: ComponentChildren;
}

export function Screen({title, path = [], badge, actions, isFolded = false, children}: ScreenProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${inWords(title).slice(0, 200)} · Assay`;
  }, [title]);
  // Who goes to another screen by key reads on from its title.
  useEffect(() => {
    if (!document.activeElement || document.activeElement === document.body) heading.current?.focus();
  }, []);
  return (
    <>
      <header class={isFolded ? 'unseen' : 'head'}>
        {path.length > 0 && (
          <nav class="crumbs" aria-label="Where this is">
            <ol>
              {path.map((crumb) => (
                <li key={crumb.at}>
                  <a href={crumb.at} data-up>
                    <Said text={crumb.title} />
                  </a>
                </li>
              ))}
            </ol>
          </nav>
        )}
        <div class="title">
          <div class="row">
            <h1 ref={heading} tabIndex={-1}>
              <Said text={title} />
            </h1>
            {badge}
          </div>
          {actions && <div class="row">{actions}</div>}
        </div>
      </header>
      {children}
    </>
  );
}

interface SectionProps {
  title: string;
  says?: ComponentChildren;
  children: ComponentChildren;
}

export function Section({title, says, children}: SectionProps) {
  return (
    <section class="section" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {says && <span class="soft small">{says}</span>}
      </header>
      {children}
    </section>
  );
}

export type Fact = [name: string, value: ComponentChildren] | false | '' | undefined;

export function Facts({of, figures}: {of: Fact[]; figures?: boolean}) {
  return (
    <dl class="facts">
      {of.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd class={figures ? 'figure' : ''}>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

// "in 3 h", which goes on as Age does.
export function Until({of}: {of: Date | undefined}) {
  const now = useNow();
  if (!of) return <span class="soft">–</span>;
  return (
    <time class="nowrap" dateTime={of.toISOString()} title={moment(of)}>
      {ahead(of, now)}
    </time>
  );
}

// "3 min ago", which goes on, with the time itself for those who point at it or listen.
export function Age({of}: {of: Date | undefined}) {
  const now = useNow();
  if (!of) return <span class="soft">–</span>;
  return (
    <time class="nowrap" dateTime={of.toISOString()} title={moment(of)}>
      {age(of, now < of ? of : now)}
    </time>
  );
}

export function Copyable({text, short}: {text: string; short: string}) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard?.writeText(text).then(() => setCopied(true));
  };
  return (
    <button type="button" class="disclosure mono" title={`Copy ${text}`} onClick={copy}>
      {short}
      <span class="unseen">, copy</span>
      {isCopied && <span class="soft small"> copied</span>}
    </button>
  );
}
