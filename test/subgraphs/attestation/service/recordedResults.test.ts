import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { attestationPolicyHash } from '../../../../enclave/policyLanguage/policyHash.js';
import { parseAttestationPolicy } from '../../../../enclave/policyLanguage/parsePolicy.js';
import { DEFAULT_POLICIES } from '../../../../enclave/policyLanguage/defaultPolicies.js';
import type { Claims } from '../../../../enclave/results/evidenceClaims.js';
import { runtimeClaims, sgxClaims, sortKeys } from '../../../../enclave/results/evidenceClaims.js';
import { createIssuerKeys } from '../../../../enclave/results/issuerKeys.js';
import { verifyAttestationResult } from '../../../../enclave/results/verifyResult.js';
import { parseQuote } from '../../../../enclave/verification/dcap/quote.js';
import { nodePrimitives } from '../../../../enclave/verification/nodePrimitives.js';
import { fetchJson } from '../../../../runtime/fetchJson.js';
import { applyPolicy } from '../../../../subgraphs/attestation/service/applyPolicy.js';
import { azureError } from '../../../../subgraphs/attestation/service/azureError.js';
import { openidConfiguration } from '../../../../subgraphs/attestation/service/discovery.js';
import { quoteInOpenEnclaveReport } from '../../../../runtime/evidence/openEnclaveReport.js';
import { toRefusal } from '../../../../enclave/refusals.js';
import { refusalOf } from '../../../support/refusals.js';
import { describeWithShared, sharedPath } from '../../../support/shared.js';

interface Recorded {
  readonly at: string;
  readonly issuer: string;
  readonly request?: {
    readonly path: string;
    readonly report_b64: string;
    readonly runtimeData_b64: string | null;
    readonly runtimeDataType: 'JSON' | 'Binary' | null;
  };
  readonly policies?: readonly { readonly text: string; readonly hash: string }[];
  readonly policyDenied?: { readonly status: string; readonly body: ReturnType<typeof azureError> };
  readonly token: string;
  readonly jwks: unknown;
}

const read = (path: string) => JSON.parse(readFileSync(sharedPath(path), 'utf8')) as unknown;
const recorded = (name: string) => read(`vectors/maa/${name}.json`) as Recorded;
const payloadOf = (token: string) => Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
/** What we would say: the evidence, its data and the policy, without what belongs to the moment or to the collateral. */
function claimsOf({ request }: Recorded, policy: string): Claims {
  if (!request) throw new RangeError('the vector has no request');
  const { report } = parseQuote(quoteInOpenEnclaveReport(Buffer.from(request.report_b64, 'base64')));
  if (report.tee !== 'sgx') throw new RangeError('the vector is of another TEE');
  const { runtimeData_b64: data, runtimeDataType: type } = request;
  const held = data !== null && type !== null ? { bytes: Buffer.from(data, 'base64'), type } : undefined;
  const established = { ...sgxClaims(report), ...runtimeClaims('sgx', held), 'x-ms-ver': '1.0' };
  return {
    ...applyPolicy(parseAttestationPolicy(policy), established),
    'x-ms-policy-hash': attestationPolicyHash(policy, nodePrimitives.sha256),
  };
}
const MOMENT = ['exp', 'iat', 'iss', 'jti', 'nbf', 'maa-attestationcollateral', 'x-ms-sgx-collateral'];
const withoutMoment = (token: string) =>
  Object.entries(JSON.parse(payloadOf(token)) as Claims).filter(([name]) => !MOMENT.includes(name));

describeWithShared('compared with results that Azure Attestation issued', 'vectors/maa', () => {
  test.each([
    'attestwithruntimedata-sgxenclave_shared',
    'attestwithruntimedatajson-sgxenclave_shared',
    'simpleattest-openenclave_shared',
    'simpleattest-sgxenclave_shared',
  ])('our claims for the same request are the same, in the same order (%s)', (name) => {
    const vector = recorded(name);
    const ours = sortKeys(claimsOf(vector, DEFAULT_POLICIES.SgxEnclave));
    expect(JSON.stringify(ours)).toBe(JSON.stringify(Object.fromEntries(withoutMoment(vector.token))));
  });

  describe('the draft of a policy', () => {
    const draft = recorded('real-draft-policy-alg-none');
    const request = recorded('simpleattest-sgxenclave_shared').request;
    const asked = request ? { ...draft, request } : draft;

    test('issues the same claims', () => {
      const [permitted] = draft.policies ?? [];
      const ours = sortKeys(claimsOf(asked, permitted?.text ?? ''));
      expect(ours).toEqual(Object.fromEntries(withoutMoment(draft.token)));
    });

    test('that permits nothing is refused with the same words', () => {
      let body: ReturnType<typeof azureError> | undefined;
      try {
        claimsOf(asked, draft.policies?.[1]?.text ?? '');
      } catch (thrown) {
        body = azureError(toRefusal(thrown));
      }
      const real = draft.policyDenied?.body.error;
      expect(body?.error.code).toBe(real?.code);
      expect(real?.message).toContain(body?.error.message);
    });
  });
});

interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

/** Answers as Azure did, whoever asks. */
async function replay(exchanges: readonly Exchange[]) {
  const server = createServer((request, response) => {
    const found = exchanges.find(
      ({ method, url }) => method === request.method && new URL(url.replace('REDACTED', 'x')).pathname === request.url,
    );
    response.writeHead(Number(found?.status ?? 404), found?.headers ?? {});
    response.end(JSON.stringify(found?.body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describeWithShared('our client, against Azure Attestation as it was recorded', 'vectors/maa-exchanges', () => {
  const { exchanges } = read('vectors/maa-exchanges/Attestation-MetadataTests.GetOpenIdMetadata-Shared.json') as {
    exchanges: Exchange[];
  };
  const vector = recorded('simpleattest-sgxenclave_shared');
  const now = Date.parse(vector.at) / 1000;

  /** As every process does it: keys from the configured address, over HTTP. */
  async function verify(token: string): Promise<string> {
    const azure = await replay(exchanges);
    const getKeys = createIssuerKeys({
      fetchJwks: async (url) => (await fetchJson({ url, timeoutMs: 2000, maximumBytes: 65_536 })).body,
      now: () => now,
      minimumRefetchSeconds: 10,
    });
    const issuers = [{ issuer: vector.issuer, jwksUri: `${azure.url}/certs` }];
    try {
      return (await verifyAttestationResult(token, { issuers, getKeys, now })).measurement;
    } finally {
      await azure.close();
    }
  }

  test('accepts its results with the keys that it serves', async () => {
    expect(await verify(vector.token)).toBe('292a1f4b519e46627eb2478a3d9851405653c5b4b0a6925de843834d9216850e');
  });

  test('refuses its drafts', async () => {
    const { token } = recorded('real-draft-policy-alg-none');
    expect(await refusalOf(() => verify(token))).toBe('RESULT_SIGNATURE_INVALID');
  });

  test('finds the same metadata as our service gives', () => {
    const real = exchanges.find(({ url }) => url.endsWith('openid-configuration'))?.body as Record<string, unknown>;
    const ours = openidConfiguration(vector.issuer);
    const { claims_supported: claims, ...rest } = real;
    const { claims_supported: ourClaims, ...ourRest } = ours;
    expect(ourRest).toEqual(rest);
    // A claim about a key is of TPMs, which our service does not verify.
    expect(ourClaims).toEqual(expect.arrayContaining((claims as string[]).filter((name) => name !== 'cnf')));
  });
});
