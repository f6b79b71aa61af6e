/** Every address, in one place. Nothing that says something about a person may become part of one. */

/** Pages of the portal. */
export const page = {
  start: () => '/',
  signedIn: () => '/callback',
  worklist: () => '/worklist',
  patients: () => '/patients',
  intake: () => '/patients/new',
  patient: (id: string) => `/patients/${encodeURIComponent(id)}`,
  upload: (patientId: string) => `/patients/${encodeURIComponent(patientId)}/upload`,
  imagingStudy: (id: string) => `/imaging-studies/${encodeURIComponent(id)}`,
  diagnosticReport: (id: string) => `/diagnostic-reports/${encodeURIComponent(id)}`,
  notices: () => '/notices',
  audit: () => '/audit',
  trust: () => '/trust',
} as const;

/** Routes of the gateway. Its evidence and the attestation service are in trust/evidence.ts. */
export const gatewayUrl = {
  graphql: (gateway: string) => `${gateway}/graphql`,
  uploadImage: (gateway: string, patientId: string) =>
    `${gateway}/imaging-studies?patient=${encodeURIComponent(patientId)}`,
  rendition: (gateway: string, imagingStudyId: string) =>
    `${gateway}/imaging-studies/${encodeURIComponent(imagingStudyId)}/rendition`,
} as const;

/** Where the schema writes down the rule that `field` is under. */
export const schemaSource = (file: string, field: string) => `schema/${file} ${field}`;
