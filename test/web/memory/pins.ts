import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyOverlay, parseOverlay, parsePolicy } from '../../../enclave/appraisal/loadPolicies.js';
import type { AppraisalPolicy } from '../../../enclave/appraisal/policy.js';
import { readPem } from '../../../enclave/asn1/pem.js';
import { checkout } from '../../support/shared.js';
import type { RunningAttestationService } from '../../support/attestationService.js';

/** SHA-256 of the certificate that the attestation service signs with: what a hospital pins. */
export function pinOf({ signing }: Pick<RunningAttestationService, 'signing'>): string {
  const [der] = readPem(signing.certificate);
  return createHash('sha256')
    .update(der ?? '')
    .digest('hex');
}

/** The policy for patient records as published. */
export async function publishedPolicy(): Promise<AppraisalPolicy> {
  return parsePolicy(await policyFile('patient-record.json'));
}

/** The same with the development overlay. */
export async function developmentPolicy(): Promise<AppraisalPolicy> {
  return applyOverlay(await publishedPolicy(), parseOverlay(await policyFile('development.overlay.json')));
}

async function policyFile(name: string): Promise<unknown> {
  return JSON.parse(await readFile(join(checkout, 'schema/policies', name), 'utf8')) as unknown;
}
