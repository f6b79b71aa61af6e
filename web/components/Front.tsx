import type { ReactNode } from 'react';
import { Icon } from '../ui/Icon.js';
import { Notice } from './Notice.js';

interface FrontProps {
  readonly title: string;
  readonly notice: string | null;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** The page before anybody is signed in. It has no links: there is nowhere to go yet. */
export function Front({ title, notice, wide = false, children }: FrontProps) {
  return (
    <>
      <title>{`${title} · Cloister`}</title>
      {notice !== null && <Notice notice={notice} />}
      <main className={wide ? 'front front-wide' : 'front'}>
        <p className="brand">
          <Icon name="arch" /> Cloister
        </p>
        <h1>{title}</h1>
        {children}
      </main>
    </>
  );
}
