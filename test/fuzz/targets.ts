import { dcapTargets } from './dcapTargets.js';
import { otherTargets } from './otherTargets.js';
import type { FuzzTarget } from './target.js';

/** Every parser that strangers can send bytes to. */
export const targets: readonly FuzzTarget[] = [...dcapTargets, ...otherTargets];
