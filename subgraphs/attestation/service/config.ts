import { collateralSettings } from '../../../runtime/collateral/settings.js';
import { choice, defineConfig, list, number, path, port, text, url } from '../../../runtime/config.js';
import { enclaveSettings } from '../../../runtime/enclaveSettings.js';
import { PLATFORM_NAMES } from '../../../runtime/platformNames.js';
import { INSTANCE_MODES } from './policies.js';

/** Settings of the attestation service. */
export const settings = defineConfig({
  host: text({ env: 'CLOISTER_HOST', default: '127.0.0.1', help: 'Address to listen on.' }),
  port: port({ env: 'CLOISTER_HTTP_PORT', default: 4001, help: 'Port to listen on.' }),
  issuer: url({
    env: 'CLOISTER_ISSUER',
    default: 'http://localhost:4001',
    help: 'How clients reach it: `iss` of its attestation results.',
  }),
  signingKey: path({
    env: 'CLOISTER_SIGNING_KEY',
    default: '.cloister/keys/attestation-service.pem',
    help: 'File of the RSA key that signs attestation results, PKCS #8 in PEM. A new one that is put there is announced, then used.',
  }),
  signingCertificate: path({
    env: 'CLOISTER_SIGNING_CERTIFICATE',
    default: '.cloister/keys/attestation-service.crt',
    help: 'File of its certificate, PEM; relying parties pin it.',
  }),
  ownSigningKeys: path({
    env: 'CLOISTER_SIGNING_KEYS',
    default: '',
    help: 'File in which the process keeps signing keys that it makes itself; then the two files above are not read.',
  }),
  keyRotationHours: number({
    env: 'CLOISTER_KEY_ROTATION_HOURS',
    default: 720,
    min: 24,
    max: 26_280,
    unit: 'h',
    help: 'Age at which a key that the process made gives way to the next.',
  }),
  keyAnnounceMinutes: number({
    env: 'CLOISTER_KEY_ANNOUNCE_MINUTES',
    default: 120,
    min: 0,
    max: 720,
    unit: 'min',
    help: 'How long a new key is published before it signs; longer than relying parties keep the list of keys.',
  }),
  platform: choice({
    env: 'CLOISTER_PLATFORM',
    default: 'none',
    of: ['none', 'auto', ...PLATFORM_NAMES],
    help: 'Where evidence for keys that the process makes comes from; insecure needs CLOISTER_INSECURE_PLATFORM.',
  }),
  privilegeLevel: enclaveSettings.privilegeLevel,
  quoteFile: enclaveSettings.quoteFile,
  quoteRequestFile: enclaveSettings.quoteRequestFile,
  occlum: enclaveSettings.occlum,
  scone: enclaveSettings.scone,
  mode: choice({
    env: 'CLOISTER_INSTANCE_MODE',
    default: 'shared',
    of: INSTANCE_MODES,
    help: 'How policies change: shared: not at all; aad: by whoever is authorized; isolated: signed as well.',
  }),
  policyStore: path({
    env: 'CLOISTER_POLICY_STORE',
    default: '',
    help: 'File that keeps policies and policy signers; needed unless the mode is shared.',
  }),
  policySigners: path({
    env: 'CLOISTER_POLICY_SIGNERS',
    default: '',
    help: 'PEM file of the certificates that may sign policies at first; for the mode isolated.',
  }),
  identityIssuer: text({
    env: 'CLOISTER_IDENTITY_ISSUER',
    default: '',
    help: '`iss` of the access tokens of those who may read and change policies; needed unless the mode is shared.',
  }),
  identityAudience: text({
    env: 'CLOISTER_IDENTITY_AUDIENCE',
    default: 'https://attest.azure.net',
    help: '`aud` of these access tokens.',
  }),
  tlsKey: path({
    env: 'CLOISTER_TLS_KEY',
    default: '',
    help: 'Key file, PEM, to listen with TLS; empty where something in front terminates it.',
  }),
  tlsCertificate: path({
    env: 'CLOISTER_TLS_CERTIFICATE',
    default: '',
    help: 'Certificate chain file, PEM, for TLS.',
  }),
  insecurePlatform: path({
    env: 'CLOISTER_INSECURE_PLATFORM',
    default: '',
    help: 'Folder of the insecure platform, whose root is then believed beside those of the vendors: development only.',
  }),
  ...collateralSettings,
  snpRevocation: choice({
    env: 'CLOISTER_SNP_REVOCATION',
    default: 'required',
    of: ['required', 'not-checked'],
    help: 'not-checked verifies SEV-SNP without the revocation list of AMD, and every result says so.',
  }),
  allowedOrigins: list({
    env: 'CLOISTER_ALLOWED_ORIGINS',
    default: 'http://localhost:4003',
    help: 'Origins of web pages that may ask.',
  }),
  logLevel: choice({
    env: 'CLOISTER_LOG_LEVEL',
    default: 'info',
    of: ['debug', 'info', 'warn', 'error', 'silent'],
    help: 'The least that is logged.',
  }),
});
