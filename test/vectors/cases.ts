import { chainCases } from './chainCases.js';
import { documentCases } from './documentCases.js';
import { quoteCases } from './quoteCases.js';
import { statusCases } from './statusCases.js';
import type { VectorCase } from './vectorCase.js';

/** Every vector of test/vectors/dcap. */
export const cases: readonly VectorCase[] = [...quoteCases, ...chainCases, ...documentCases, ...statusCases];
