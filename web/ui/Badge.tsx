import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon.js';
import type { Tone } from './tone.js';

/** A short state in words; the tone only repeats what the words say. */
export function Badge({ tone = 'neutral', icon, children }: { tone?: Tone; icon?: IconName; children: ReactNode }) {
  return (
    <span className={`badge badge-${tone}`}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </span>
  );
}
