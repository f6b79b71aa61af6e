import type { AppraisalPolicy, BuildReference } from '../../enclave/appraisal/policy.js';
import { Refusal } from '../../enclave/refusals.js';

/**
 * What this portal was told by those who deployed it (`/config.json` beside it): where the gateway is, and what the
 * gateway must be. The reference values are the hospital's own pin; they come from here and never from the gateway.
 */
export interface PortalConfig {
  /** Origin of the gateway, without a slash at the end. */
  readonly gateway: string;
  readonly attestationService: {
    readonly url: string;
    /** Must equal the token's `iss`. */
    readonly issuer: string;
    /** Hex SHA-256 of each certificate that the service may sign with. */
    readonly certificateSha256: readonly string[];
  };
  readonly identity: { readonly issuer: string; readonly clientId: string; readonly scope: string };
  readonly referenceValues: { readonly gateway: readonly BuildReference[] };
  readonly mode: 'development' | 'production';
  /** What the gateway's attestation result must satisfy before anything is sent. */
  readonly policy: AppraisalPolicy;
  /** What every page must say; null outside development. */
  readonly notice: string | null;
}

const HEX_256 = /^[0-9a-f]{64}$/;
const HEX_MEASUREMENT = /^(?:[0-9a-f]{64}|[0-9a-f]{96})$/;
const TEE_TYPES = ['sgx', 'tdx', 'sev-snp'];
const CHANNELS = ['sealed', 'local'];

/**
 * Reads the configuration. All problems are named at once.
 * @throws Refusal CONFIGURATION_INVALID
 */
export function parsePortalConfig(value: unknown): PortalConfig {
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  const config = objectOf(value);
  const service = objectOf(config.attestationService);
  const identity = objectOf(config.identity);
  const gatewayValues = objectOf(config.referenceValues).gateway;
  const policy = objectOf(config.policy);

  expect(isHttpUrl(config.gateway), 'gateway must be an http or https URL');
  expect(isHttpUrl(service.url), 'attestationService.url must be an http or https URL');
  expect(isText(service.issuer), 'attestationService.issuer must be text');
  expect(
    isNonEmptyListOf(service.certificateSha256, (pin) => HEX_256.test(pin)),
    'attestationService.certificateSha256 must list at least one SHA-256 in lower-case hex',
  );
  expect(isHttpUrl(identity.issuer), 'identity.issuer must be an http or https URL');
  expect(isText(identity.clientId), 'identity.clientId must be text');
  expect(identity.scope === undefined || isText(identity.scope), 'identity.scope must be text where it is present');
  expect(isReferenceValues(gatewayValues), 'referenceValues.gateway must list at least one measurement in hex');
  expect(config.mode === 'development' || config.mode === 'production', 'mode must be development or production');
  expect(isPolicy(policy), 'policy must be an appraisal policy (schema/policies)');
  expect(
    config.mode === 'development' || !isLenient(policy),
    'policy accepts simulated evidence, debug mode or a local channel, which only mode development may',
  );
  expect(config.notice === undefined || config.notice === null || isText(config.notice), 'notice must be text or null');

  if (problems.length > 0) {
    throw new Refusal('CONFIGURATION_INVALID', `config.json: ${problems.join('; ')}.`);
  }
  return Object.freeze({
    gateway: withoutSlash(config.gateway as string),
    attestationService: {
      url: withoutSlash(service.url as string),
      issuer: service.issuer as string,
      certificateSha256: service.certificateSha256 as string[],
    },
    identity: {
      issuer: withoutSlash(identity.issuer as string),
      clientId: identity.clientId as string,
      scope: (identity.scope as string | undefined) ?? 'openid profile',
    },
    referenceValues: { gateway: gatewayValues as BuildReference[] },
    mode: config.mode as PortalConfig['mode'],
    policy: policy as unknown as AppraisalPolicy,
    notice: (config.notice as string | null | undefined) ?? null,
  });
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isHttpUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/[^\s;,'"]+$/.test(value) && URL.canParse(value);
}

function isNonEmptyListOf(value: unknown, holds: (entry: string) => boolean): value is string[] {
  return isListOf(value, holds) && value.length > 0;
}

function isListOf(value: unknown, holds: (entry: string) => boolean): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string' && holds(entry));
}

function isReferenceValues(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((entry) => HEX_MEASUREMENT.test(String(objectOf(entry).measurement)))
  );
}

function isPolicy(policy: Record<string, unknown>): boolean {
  return (
    isText(policy.name) &&
    isNonEmptyListOf(policy.enclaves, isText) &&
    isNonEmptyListOf(policy.teeTypes, (type) => TEE_TYPES.includes(type)) &&
    isListOf(policy.tcbStatuses, isText) &&
    typeof policy.acceptsDebug === 'boolean' &&
    typeof policy.acceptsSimulated === 'boolean' &&
    Number.isSafeInteger(policy.maximumAgeSeconds) &&
    isListOf(policy.recipientChannels, (channel) => CHANNELS.includes(channel))
  );
}

function isLenient(policy: Record<string, unknown>): boolean {
  const channels = policy.recipientChannels;
  return (
    policy.acceptsSimulated === true ||
    policy.acceptsDebug === true ||
    (Array.isArray(channels) && channels.includes('local'))
  );
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
