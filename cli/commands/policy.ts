import { readFileSync } from 'node:fs';
import { Refusal, toRefusal } from '../../enclave/refusals.js';
import type { PolicyClaim, PolicyOutcome } from '../../enclave/policyLanguage/claims.js';
import { configurationOf, evaluateAttestationPolicy } from '../../enclave/policyLanguage/evaluatePolicy.js';
import { parseAttestationPolicy } from '../../enclave/policyLanguage/parsePolicy.js';
import type { AttestationPolicy } from '../../enclave/policyLanguage/policy.js';
import { attestationPolicyHash } from '../../enclave/policyLanguage/policyHash.js';
import { warningsOf, type PolicyWarning } from '../../enclave/policyLanguage/policyWarnings.js';
import { PolicySyntaxRefusal } from '../../enclave/policyLanguage/syntaxRefusal.js';
import { nodePrimitives } from '../../enclave/verification/nodePrimitives.js';
import { EXIT, UsageError, text, type Command, type ExitCode } from '../command.js';
import { columns, type Terminal } from '../terminal.js';

const MAXIMUM_FILE_BYTES = 16_777_216;
/** How much of a line stands on each side of the place of an error, in characters. */
const SHOWN_CHARACTERS = 60;

export const policy: Command = {
  name: 'policy',
  synopsis: 'check FILE|- [--claims FILE] [--json]',
  summary:
    'Reads an attestation policy (Azure Attestation, versions 1.0 to 1.2) without a service, and says what it holds.',
  details:
    'FILE holds the text of the policy; - is standard input. With --claims the policy also judges these claims: a JSON object of\n' +
    'names and values, taken as claims of the attestation service (an array is one claim for each element, an object is its JSON\n' +
    'text), or an array of {type, value, valueType, issuer, readOnly}, where the issuer is CustomClaim unless it is stated.\n' +
    'Exit code 0: a policy, and it permits. 1: no policy. 4: it does not permit.',
  options: {
    claims: { type: 'string', value: 'FILE', help: 'Claims that the policy must judge (JSON).' },
    json: { type: 'boolean', help: 'Print one JSON object.' },
  },
  words: [2, 2],
  run(invocation) {
    const { flags, terminal, words } = invocation;
    const [verb, path = ''] = words;
    if (verb !== 'check') throw new UsageError(`cloister policy check FILE is all there is, not ${verb ?? ''}.`);
    const claimsPath = text(invocation, 'claims');
    const claims = claimsPath === undefined ? undefined : claimsIn(parseJson(claimsPath));
    const source = readText(path);
    const print = flags.json === true ? printJson : printRows;
    return Promise.resolve(print({ claims, path, source, terminal }));
  },
};

interface Check {
  readonly path: string;
  readonly source: string;
  readonly claims: readonly PolicyClaim[] | undefined;
  readonly terminal: Terminal;
}

/** @throws Refusal of the policy, or of the claims by the policy, after what could be said. */
function printRows({ claims, path, source, terminal }: Check): ExitCode {
  const parsed = parseOrPoint(source, path, terminal);
  const { authorization, configuration, issuance } = rulesIn(parsed);
  terminal.out('This is an attestation policy.');
  const rows: [string, string][] = [
    ['Version', parsed.version],
    ['Hash', `${hashOf(source)} (x-ms-policy-hash)`],
    ['Rules', `${configuration} configuration, ${authorization} authorization, ${issuance} issuance`],
  ];
  for (const line of columns([...rows, ...claimRows('Configuration', configurationOf(parsed))], '  '))
    terminal.out(line);
  for (const { at, message } of warningsOf(parsed))
    terminal.err(`Warning: ${at === undefined ? '' : `line ${at.line}, column ${at.column}: `}${message}`);
  if (claims === undefined) return EXIT.ok;
  const { issued, properties } = evaluateAttestationPolicy(parsed, claims);
  terminal.out(`It permits these ${claims.length} claims.`);
  for (const line of columns([...claimRows('Issued', issued), ...claimRows('Property', properties)], '  '))
    terminal.out(line);
  return EXIT.ok;
}

function parseOrPoint(source: string, path: string, terminal: Terminal): AttestationPolicy {
  try {
    return parseAttestationPolicy(source);
  } catch (error) {
    if (error instanceof PolicySyntaxRefusal) for (const line of pointAt(source, error, path)) terminal.err(line);
    throw error;
  }
}

/** The place, its line and a caret below it. */
function pointAt(source: string, { column, line }: PolicySyntaxRefusal, path: string): string[] {
  const whole = (source.split('\n')[line - 1] ?? '').replaceAll(/\p{Cc}/gu, ' ');
  const start = Math.max(0, column - 1 - SHOWN_CHARACTERS);
  const shown = whole.slice(start, column + SHOWN_CHARACTERS).trimEnd();
  return [`${path}:${line}:${column}`, `  ${shown}`, `  ${' '.repeat(column - 1 - start)}^`];
}

function claimRows(label: string, claims: readonly PolicyClaim[]): [string, string][] {
  return claims.map(({ type, value, valueType }) => [label, `${type} = ${JSON.stringify(value)} (${valueType ?? ''})`]);
}

function printJson({ claims, source, terminal }: Check): ExitCode {
  const answer = answerOf(source, claims);
  terminal.out(JSON.stringify(answer));
  if (!answer.valid) return EXIT.refused;
  return answer.outcome?.permitted === false ? EXIT.notAcceptable : EXIT.ok;
}

type Answer =
  | {
      readonly valid: false;
      readonly code: string;
      readonly message: string;
      readonly line: number;
      readonly column: number;
    }
  | {
      readonly valid: true;
      readonly version: string;
      readonly hash: string;
      readonly rules: ReturnType<typeof rulesIn>;
      readonly configuration: readonly PolicyClaim[];
      readonly warnings: readonly ReturnType<typeof placed>[];
      readonly outcome: ReturnType<typeof outcomeOf> | undefined;
    };

function answerOf(source: string, claims: readonly PolicyClaim[] | undefined): Answer {
  let parsed;
  try {
    parsed = parseAttestationPolicy(source);
  } catch (error) {
    if (!(error instanceof PolicySyntaxRefusal)) throw error;
    const { code, column, line, message } = error;
    return { valid: false, code, message, line, column };
  }
  return {
    valid: true,
    version: parsed.version,
    hash: hashOf(source),
    rules: rulesIn(parsed),
    configuration: configurationOf(parsed),
    warnings: warningsOf(parsed).map(placed),
    outcome: claims === undefined ? undefined : outcomeOf(parsed, claims),
  };
}

function placed({ at, message }: PolicyWarning): { line: number | null; column: number | null; message: string } {
  return { line: at?.line ?? null, column: at?.column ?? null, message };
}

type Outcome =
  | ({ readonly permitted: true } & Pick<PolicyOutcome, 'issued' | 'properties'>)
  | ({ readonly permitted: false } & Pick<Refusal, 'code' | 'message' | 'failures'>);

function outcomeOf(parsed: AttestationPolicy, claims: readonly PolicyClaim[]): Outcome {
  try {
    const { issued, properties } = evaluateAttestationPolicy(parsed, claims);
    return { permitted: true, issued, properties };
  } catch (error) {
    const { code, failures, message } = toRefusal(error);
    if (code === 'INTERNAL') throw error;
    return { permitted: false, code, message, failures };
  }
}

function hashOf(source: string): string {
  return attestationPolicyHash(source, nodePrimitives.sha256);
}

function rulesIn({ authorization, configuration, issuance }: AttestationPolicy): Record<string, number> {
  return {
    configuration: configuration.length,
    authorization: authorization.length,
    issuance: issuance.length,
  };
}

/** @throws Refusal NOT_FOUND, TOO_LARGE, or BAD_INPUT where the bytes are not UTF-8. */
function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path === '-' ? 0 : path);
  } catch (cause) {
    throw new Refusal('NOT_FOUND', `The file ${path} cannot be read.`, { cause });
  }
  if (bytes.length > MAXIMUM_FILE_BYTES)
    throw new Refusal('TOO_LARGE', `${path} has ${bytes.length} bytes, and ${MAXIMUM_FILE_BYTES} is the most.`);
  try {
    // A byte order mark is part of what the hash covers.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Refusal('BAD_INPUT', `${path} is not UTF-8 text.`, { cause });
  }
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readText(path));
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('BAD_INPUT', `${path} is not JSON.`, { cause });
  }
}

/** What is no claim after all is refused when the claims are evaluated. */
function claimsIn(json: unknown): PolicyClaim[] {
  if (typeof json !== 'object' || json === null)
    throw new Refusal('BAD_INPUT', 'Claims are a JSON object of names and values, or an array of claims.');
  if (Array.isArray(json))
    return json.map((claim: unknown) => ({ issuer: 'CustomClaim', ...(claim as Partial<PolicyClaim>) }) as PolicyClaim);
  return Object.entries(json).flatMap(([type, value]) => claimsOf(type, value));
}

function claimsOf(type: string, value: unknown): PolicyClaim[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => {
    if (item === null) return [];
    const scalar = typeof item === 'object' ? JSON.stringify(item) : (item as PolicyClaim['value']);
    return [{ type, value: scalar, issuer: 'AttestationService' }];
  });
}
