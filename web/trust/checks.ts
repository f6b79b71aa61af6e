import { CHECK_IDS, type CheckId } from '../../enclave/gatewayTrust/checks.js';

interface CheckWords {
  readonly title: string;
  readonly question: string;
}

/** How each check is put to the person who reads it. */
const WORDS: Readonly<Record<CheckId, CheckWords>> = {
  evidence: {
    title: 'Evidence',
    question: 'Did the gateway show evidence, and does the attestation service find it genuine?',
  },
  nonce: {
    title: 'Freshness',
    question: 'Was the evidence made for this visit, over a number that this browser drew?',
  },
  signature: { title: 'Signature', question: 'Did the pinned attestation service sign the attestation result?' },
  issuer: { title: 'Issuer', question: 'Is it the attestation service that this hospital chose?' },
  validity: { title: 'Age', question: 'Is the attestation result in date and young enough?' },
  binding: { title: 'Keys', question: 'Does the evidence vouch for the keys that the gateway showed?' },
  measurement: { title: 'Program', question: 'Is the gateway exactly the program that this hospital pinned?' },
  platform: {
    title: 'Platform',
    question: 'Is it a kind of enclave, at a patch level, that the policy accepts?',
  },
  debug: { title: 'Debug mode', question: 'Is the enclave closed to debuggers?' },
  hardware: { title: 'Hardware', question: 'Does real hardware stand behind the evidence?' },
  channel: { title: 'Channel', question: 'Is what the browser sends sealed to the attested key?' },
};

export const CHECKS = CHECK_IDS.map((id) => ({ id, ...WORDS[id] }));

export function titleOf(id: CheckId): string {
  return WORDS[id].title;
}
