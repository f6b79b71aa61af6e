import type { SnpCase } from './snpCase.js';
import { snpChainCases } from './snpChainCases.js';
import { snpReportCases } from './snpReportCases.js';

/** Every vector of test/vectors/sev-snp. */
export const snpCases: readonly SnpCase[] = [...snpReportCases, ...snpChainCases];
