import type { ReactNode } from 'react';

/** Names and values, in the order given. A value of null or undefined is said to be missing, never left blank. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? <span className="missing">not recorded</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

/** In place of a value that exists or not, we may not know which. */
export function Withheld() {
  return <span className="withheld">withheld</span>;
}
