import type { DocumentReader } from './document.js';
import { readDocument } from './document.js';
import type { AppraisalPolicy, PolicyOverlay } from './policy.js';
import { readRequirements } from './loadRequirements.js';

const TEE_TYPES = ['sgx', 'tdx', 'sev-snp'] as const;
const CHANNELS = ['sealed', 'local'] as const;

/**
 * A policy as published. Simulated evidence and local channels cannot be published: only an overlay brings them.
 *
 * @throws Refusal CONFIGURATION_INVALID with every problem.
 */
export function parsePolicy(json: unknown): AppraisalPolicy {
  return readDocument('policy', json, (fields) => {
    const policy = {
      name: readName(fields),
      description: fields.string('description'),
      enclaves: fields.strings('enclaves'),
      teeTypes: fields.someOf('teeTypes', TEE_TYPES),
      tcbStatuses: fields.strings('tcbStatuses'),
      acceptsDebug: fields.boolean('acceptsDebug'),
      acceptsSimulated: fields.boolean('acceptsSimulated'),
      maximumAgeSeconds: fields.integer('maximumAgeSeconds', 1),
      recipientChannels: fields.someOf('recipientChannels', CHANNELS),
      notice: fields.text('notice'),
      ...readRequirements(fields),
    };
    if (policy.acceptsSimulated) fields.problem('acceptsSimulated must be false: the development overlay sets it');
    if (policy.recipientChannels.includes('local'))
      fields.problem('recipientChannels must not name local: the development overlay does');
    if (policy.notice !== null) fields.problem('notice must be null: the development overlay sets it');
    return Object.freeze(policy);
  });
}

/** @throws Refusal CONFIGURATION_INVALID with every problem. */
export function parseOverlay(json: unknown): PolicyOverlay {
  return readDocument('policy overlay', json, (fields) =>
    Object.freeze({
      overlay: fields.oneOf('overlay', ['development']),
      acceptsSimulated: fields.boolean('acceptsSimulated'),
      recipientChannels: fields.someOf('recipientChannels', CHANNELS),
      notice: fields.string('notice'),
    }),
  );
}

/** The policy in development. A policy under which no person may receive values stays so. */
export function applyOverlay(policy: AppraisalPolicy, overlay: PolicyOverlay): AppraisalPolicy {
  return Object.freeze({
    ...policy,
    acceptsSimulated: overlay.acceptsSimulated,
    recipientChannels: policy.recipientChannels.length === 0 ? [] : overlay.recipientChannels,
    notice: overlay.notice,
  });
}

function readName(fields: DocumentReader): string {
  const name = fields.string('name');
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) fields.problem('name must be lower-case letters, digits and hyphens');
  return name;
}
