import { dcapTargets } from './dcapTargets.js';
import { otherTargets } from './otherTargets.js';
import type { FuzzTarget } from './target.js';
import { verifierTargets } from './verifierTargets.js';

/** Every parser and verifier that strangers can send bytes to. */
export const targets: readonly FuzzTarget[] = [...dcapTargets, ...verifierTargets, ...otherTargets];
