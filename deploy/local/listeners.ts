/**
 * Every port of the local system: who listens there, and how far it lies from the base port. One table serves the flags,
 * the check for taken ports and the environment of the processes.
 */
export const LISTENERS = {
  gateway: { offset: 0, part: 'the gateway (GraphQL, GraphiQL, images)' },
  'attestation-service': { offset: 1, part: 'the attestation service' },
  identity: { offset: 2, part: 'the development identity provider' },
  portal: { offset: 3, part: 'the portal' },
  'gateway-attested': { offset: 10, part: "the gateway's attested TLS" },
  'patient-attested': { offset: 11, part: "the patient subgraph's attested TLS" },
  'attestation-attested': { offset: 12, part: "the attestation subgraph's attested TLS" },
  'diagnosis-attested': { offset: 13, part: "the diagnosis subgraph's attested TLS" },
  'inference-attested': { offset: 14, part: "the inference enclave's attested TLS" },
  'patient-management': { offset: 21, part: "the patient subgraph's health and metrics" },
  'attestation-management': { offset: 22, part: "the attestation subgraph's health and metrics" },
  'diagnosis-management': { offset: 23, part: "the diagnosis subgraph's health and metrics" },
  'inference-management': { offset: 24, part: "the inference enclave's health and metrics" },
} as const;

export type Listener = keyof typeof LISTENERS;
export type Ports = Readonly<Record<Listener, number>>;

export const listenerNames = Object.keys(LISTENERS) as Listener[];

/** `--port` moves all; every other listener has a flag of its own. */
export function flagOf(listener: Listener): string {
  return listener === 'gateway' ? 'port' : `${listener}-port`;
}
