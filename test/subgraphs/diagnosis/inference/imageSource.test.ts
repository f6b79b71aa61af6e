import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { AttestedExchange } from '../../../../runtime/attestedRoutes.js';
import { createImageSource, type ImageSource } from '../../../../subgraphs/diagnosis/inference/imageSource.js';
import { type AttestedWorld, startAttestedWorld } from '../../../support/attestedWorld.js';
import { refusalOf } from '../../../support/refusals.js';
import { startTrialPatientService, type TrialPatientService } from '../../../support/trialPatientService.js';

const image = Buffer.from('the bytes of an image'.repeat(500));
let world: AttestedWorld;
let patient: TrialPatientService;
let source: ImageSource;

beforeAll(async () => {
  world = await startAttestedWorld();
  patient = await startTrialPatientService(world);
  source = createImageSource(new Map([[patient.origin, await world.client('inference', patient.origin, 'patient')]]));
});
beforeEach(() => {
  patient.answer = undefined;
  patient.requests.length = 0;
});
afterAll(async () => {
  await world.close();
  await patient.close();
});

test('an image comes from the patient service with the ticket of its reference', async () => {
  expect(Buffer.from(await source(patient.offer(image))).equals(image)).toBe(true);
  expect(patient.requests).toEqual([expect.stringMatching(/^\/images\/\d\?ticket=a\.b%2Bc$/)]);
});

describe('an image is refused', () => {
  type Handler = (exchange: AttestedExchange, response: ServerResponse) => void;
  test.each<[string, Handler, string]>([
    ['that is another', (_, response) => response.end(Buffer.from(image).fill(1, 7, 8)), 'IMAGE_MISMATCH'],
    ['that is shorter', (_, response) => response.end(image.subarray(1)), 'IMAGE_MISMATCH'],
    ['that is longer', (_, response) => response.end(Buffer.concat([image, image])), 'UPSTREAM_FAILED'],
    ['that never ends', (_, response) => void setInterval(() => response.write(image), 5).unref(), 'UPSTREAM_FAILED'],
    [
      'that is redirected',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
      'UPSTREAM_FAILED',
    ],
    ['that is not there', (_, response) => response.writeHead(404).end('{"error":{"code":"NOT_FOUND"}}'), 'NOT_FOUND'],
    [
      'where the source fails',
      (_, response) => response.writeHead(500).end('{"error":{"code":"INTERNAL"}}'),
      'UPSTREAM_FAILED',
    ],
    [
      'where the source answers nonsense',
      (_, response) => response.writeHead(500).end('{"error":{"code":"toString"}}'),
      'UPSTREAM_FAILED',
    ],
    ['where the connection is cut', ({ request }) => request.socket.destroy(), 'PEER_UNREACHABLE'],
  ])('%s', async (_, answer, code) => {
    const reference = patient.offer(image);
    patient.answer = answer;
    expect(await refusalOf(() => source(reference))).toBe(code);
  });

  test('from another enclave than the patient service, before a byte is sent', async () => {
    const impostor = await startTrialPatientService(world, 'gateway');
    const fooled = createImageSource(
      new Map([[impostor.origin, await world.client('inference', impostor.origin, 'patient')]]),
    );
    expect(await refusalOf(() => fooled(impostor.offer(image)))).toBe('POLICY_NOT_SATISFIED');
    expect(impostor.requests).toEqual([]);
    await impostor.close();
  });

  test.each(['https://127.0.0.1:1/images/1', 'https://localhost/images/1', 'https://169.254.169.254/latest/meta-data'])(
    'from %s, which is not on the list, without connecting',
    async (location) => {
      expect(await refusalOf(() => source({ ...patient.offer(image), location }))).toBe('BAD_INPUT');
    },
  );
});
