import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { LISTENERS, listenerNames } from '../../deploy/local/listeners.js';
import { launchBrowser } from '../support/browser.js';
import { freePortBase } from '../support/freePorts.js';
import { checkout, describeWithShared, sharedPath } from '../support/shared.js';
import { pidOf } from './support/processes.js';
import { filesBelow, filesHolding, textsIn } from './support/plaintext.js';
import { cloister, signIn, until, type Staff } from './support/staff.js';
import { startSystem, type RunningTestSystem } from './support/system.js';
import { tapProcesses, type Taps } from './support/taps.js';

/** What must not be found anywhere in the clear. Unlike any word of the product. */
const FAMILY = 'Quillonbarrowgate';
const GIVEN = 'Zephyrinella';
const NATIONAL_IDENTIFIER = '7391-QX-448812';
const SECRETS = [FAMILY, GIVEN, NATIONAL_IDENTIFIER];

const SAMPLES = 'data/medical/kermany-224-samples';
const NORMAL = ['IM-0131-0001.jpeg', 'IM-0154-0001.jpeg'] as const;
const PNEUMONIA = ['person1010_bacteria_2941.jpeg', 'person1008_virus_1691.jpeg'] as const;
const sample = (name: string): string => sharedPath(join(SAMPLES, name));

/** Where screenshots go; none are taken where it is not set. */
const SHOTS = process.env.CLOISTER_SCREENSHOTS;

interface Diagnosed {
  finding: string;
  probability: number;
  model: { id: string; sha256: string };
  reportId: string;
  imagingStudyId: string;
  receipt: string;
  receiptVerified: boolean;
  simulated: boolean;
}

describeWithShared('a diagnosis of real films', SAMPLES, () => {
  let system: RunningTestSystem;
  let taps: Taps;
  let browser: Browser;
  let clinician: Staff;
  let auditor: Staff;
  let patient: string;
  /** Reports that a clinician signed off, by the film's file name. */
  const signed = new Map<string, string>();

  beforeAll(async () => {
    const basePort = await freePortBase(listenerNames.map((name) => LISTENERS[name].offset));
    taps = await tapProcesses(basePort);
    [system, browser] = await Promise.all([startSystem({ root: checkout, basePort, env: taps.env }), launchBrowser()]);
    [clinician, auditor] = await Promise.all([signIn(system, 'clinician'), signIn(system, 'auditor')]);
    const { data, errors } = await clinician.ask<{ registerPatient: { id: string } }>(
      'mutation ($input: RegisterPatientInput!) { registerPatient(input: $input) { id } }',
      {
        input: {
          given: [GIVEN],
          family: FAMILY,
          birthDate: '2021-03-04',
          gender: 'FEMALE',
          nationalIdentifier: NATIONAL_IDENTIFIER,
        },
      },
    );
    expect(errors).toBeUndefined();
    patient = data?.registerPatient.id ?? '';
  }, 180_000);

  afterAll(async () => {
    await browser.close();
    await system.stop();
    await taps.close();
  }, 60_000);

  test.each([
    [NORMAL[0], 'NO_FINDING'],
    [PNEUMONIA[0], 'FINDING'],
  ])(
    'of %s from the shell is %s, with a receipt that verifies, and is signed off',
    async (file, finding) => {
      const { code, stdout, stderr } = await cloister(system, [
        'diagnose',
        sample(file),
        '--user',
        'clinician',
        '--json',
      ]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const answer = JSON.parse(stdout) as Diagnosed;
      expect(answer).toMatchObject({ finding, receiptVerified: true, simulated: true });
      expect(answer.probability > 0.5).toBe(finding === 'FINDING');
      const model = readFileSync(join(checkout, 'subgraphs/diagnosis/model', `${answer.model.id}.onnx`));
      expect(answer.model.sha256).toBe(createHash('sha256').update(model).digest('hex'));
      const { data } = await clinician.ask<{ signDiagnosticReport: { status: string } }>(
        'mutation ($id: ID!) { signDiagnosticReport(id: $id) { status } }',
        { id: answer.reportId },
      );
      expect(data).toEqual({ signDiagnosticReport: { status: 'FINAL' } });
      signed.set(file, answer.reportId);
    },
    120_000,
  );

  test('prints for people what it prints for programs', async () => {
    const { code, stdout } = await cloister(system, ['diagnose', sample(PNEUMONIA[1])]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Finding\s+FINDING/);
    expect(stdout).toMatch(/Probability\s+0\.\d{3}/);
    expect(stdout).toMatch(/Receipt\s+verified/);
    expect(stdout).toMatch(/SIMULATED/);
  }, 120_000);

  test.each([
    [NORMAL[1], 'The model sees no signs of pneumonia.'],
    [PNEUMONIA[0], 'The model sees signs of pneumonia.'],
  ])(
    'of %s in the portal says “%s” and is signed off there',
    async (file, words) => {
      const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1360, height: 900 } });
      const page = await context.newPage();
      page.setDefaultTimeout(30_000);
      const complaints: string[] = [];
      page.on('pageerror', ({ message }) => complaints.push(message));
      await signInAtPortal(page);
      await page.goto(`${system.addresses.portal}/patients/${patient}`);
      await page.getByRole('link', { name: 'Upload an image' }).click();
      await page.getByLabel(/Image file/).setInputFiles(sample(file));
      await page.getByRole('button', { name: 'Upload' }).click();
      await page.getByRole('img', { name: /Film received/ }).waitFor();
      await page.getByRole('button', { name: 'Request a diagnosis' }).click();
      await page.getByText(words).waitFor();
      await page.getByText('Preliminary — made by a model, not yet reviewed').waitFor();
      await inspect(page, `preliminary-${file}`);
      await page.getByLabel('Conclusion').fill('Agreed.');
      await page.getByRole('button', { name: 'Sign off as final' }).click();
      await page.getByRole('heading', { name: 'Signed off' }).waitFor();
      await inspect(page, `final-${file}`);
      expect(complaints).toEqual([]);
      await context.close();
    },
    180_000,
  );

  test('leaves the whole way of a report in the audit trail, and an attestation result with the release of the image', async () => {
    interface Event {
      operation: string;
      agent: string;
      entities: string[];
      outcome: string;
      attestationResult: string | null;
    }
    const { data } = await auditor.ask<{ auditEvents: { nodes: Event[] } }>(
      '{ auditEvents(first: 200) { nodes { operation agent entities outcome attestationResult } } }',
    );
    const events = data?.auditEvents.nodes ?? [];
    const report = `DiagnosticReport/${signed.get(PNEUMONIA[0]) ?? ''}`;
    const way = events.filter(({ entities }) => entities.includes(report)).map(({ operation }) => operation);
    for (const step of ['DiagnosticReport.request', 'DiagnosticReport.preliminary', 'DiagnosticReport.sign'])
      expect(way).toContain(step);
    const releases = events.filter(({ operation }) => operation === 'ImagingStudy.release');
    expect(releases.length).toBeGreaterThanOrEqual(5);
    for (const release of releases)
      expect(release).toMatchObject({
        agent: 'inference',
        outcome: 'SUCCESS',
        attestationResult: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
  });

  test('verifies a receipt offline, and not one that was changed or is about another image', async () => {
    const { data } = await clinician.ask<{ diagnosticReport: { observation: { receipt: string } } }>(
      'query ($id: ID!) { diagnosticReport(id: $id) { observation { receipt } } }',
      { id: signed.get(PNEUMONIA[0]) },
    );
    const receipt = data?.diagnosticReport.observation.receipt ?? '';
    const folder = join(system.files.folder, 'receipts');
    mkdirSync(folder);
    const good = join(folder, 'good.jwt');
    writeFileSync(good, receipt);
    const changed = join(folder, 'changed.jwt');
    const [header = '', payload = '', signature = ''] = receipt.split('.');
    const content = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const forged = Buffer.from(JSON.stringify({ ...content, output: '00'.repeat(32) })).toString('base64url');
    writeFileSync(changed, [header, forged, signature].join('.'));

    expect(await cloister(system, ['verify-receipt', good, '--image', sample(PNEUMONIA[0])])).toMatchObject({
      code: 0,
    });
    const refused = await cloister(system, ['verify-receipt', changed]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('RECEIPT_INVALID');
    expect((await cloister(system, ['verify-receipt', good, '--image', sample(NORMAL[0])])).stderr).toContain(
      'RECEIPT_INVALID',
    );
  }, 60_000);

  test('keeps the patient’s name and identifier out of every file and log, and off the wire between processes', () => {
    // The search finds what is there.
    const table = 'diagnostic_report';
    expect(filesHolding(system.files.patientRecords, [table])).not.toEqual([]);
    expect(textsIn(Buffer.from(`x${Buffer.from(`ab${FAMILY}cd`).toString('base64')}`), SECRETS)).toEqual([FAMILY]);
    const logs = filesBelow(system.files.logs);
    expect(logs.length).toBeGreaterThanOrEqual(8);
    expect(logs.every((log) => readFileSync(log).length > 0 || log.endsWith('portal.log'))).toBe(true);

    expect(filesHolding(system.files.folder, SECRETS)).toEqual([]);
    expect(textsIn(Buffer.from(system.output()), SECRETS)).toEqual([]);
    for (const [name, wire] of Object.entries(taps.all)) {
      const seen = wire.bytes();
      expect({ name, captured: seen.length > 2000 }).toEqual({ name, captured: true });
      // A TLS record of a handshake, then ciphertext.
      expect({ name, tls: seen.subarray(0, 2).toString('hex') }).toEqual({ name, tls: '1603' });
      expect({ name, found: textsIn(seen, [...SECRETS, 'graphql', 'imaging-studies', 'interpretation']) }).toEqual({
        name,
        found: [],
      });
    }
  });

  test('goes on after the system was killed in the middle of the work', async () => {
    const film = readFileSync(sample(PNEUMONIA[1]));
    const { body } = await clinician.upload(patient, film);
    const { data } = await clinician.ask<{ requestDiagnosis: { id: string; status: string } }>(
      'mutation ($id: ID!) { requestDiagnosis(imagingStudyId: $id) { id status } }',
      { id: body.id },
    );
    const report = data?.requestDiagnosis.id;
    process.kill(pidOf(system, 'subgraphs/patient/index.js'), 'SIGKILL');
    const found = await until(
      async () =>
        (
          await clinician.ask<{ diagnosticReport: { status: string; task: { attempts: number } } | null }>(
            'query ($id: ID!) { diagnosticReport(id: $id) { status task { attempts } } }',
            { id: report },
          )
        ).data?.diagnosticReport,
      (answer) => answer?.status === 'PRELIMINARY',
      120_000,
    );
    expect(found?.status).toBe('PRELIMINARY');
  }, 180_000);

  test('is not begun by a portal that pins another gateway: it stays closed, says why, and sends nothing', async () => {
    const pinned = readFileSync(system.files.portalConfig, 'utf8');
    const config = JSON.parse(pinned) as { referenceValues: Record<string, unknown> };
    config.referenceValues.gateway = [{ measurement: '00'.repeat(32) }];
    writeFileSync(system.files.portalConfig, JSON.stringify(config));
    const page = await browser.newPage();
    try {
      const sent: string[] = [];
      page.on('request', (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
      await page.goto(system.addresses.portal);
      await page.getByRole('heading', { name: 'The gateway was refused' }).waitFor();
      expect(await page.getByText('POLICY_NOT_SATISFIED').isVisible()).toBe(true);
      expect(await page.getByRole('button', { name: 'Sign in' }).count()).toBe(0);
      expect(sent.filter((request) => /graphql|imaging-studies|auth|token/.test(request))).toEqual([]);
    } finally {
      writeFileSync(system.files.portalConfig, pinned);
      await page.close();
    }
  }, 60_000);

  async function signInAtPortal(page: Page): Promise<void> {
    await page.goto(system.addresses.portal);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Account').fill('clinician');
    await page.getByLabel('Password').fill('cloister');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
  }
});

/** No violation of WCAG 2.2 AA that axe can find, and a screenshot where it is wanted. */
async function inspect(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect({ name, violations: violations.map(({ id }) => id) }).toEqual({ name, violations: [] });
  if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}
