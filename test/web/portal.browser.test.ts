import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';
import { buildPortal } from '../support/portalSite.js';
import { checkout } from '../support/shared.js';
import { startDeployment, type Deployment } from './memory/deployment.js';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
/** Where screenshots go; none are taken where it is not set. */
const SHOTS = process.env.CLOISTER_SCREENSHOTS;

/** A browser, its pages and axe share two cores with everything else. */
jest.setTimeout(120_000);

let browser: Browser;
let site: string;
let deployment: Deployment;
let context: BrowserContext;
let page: Page;
/** What the browser complained about: script errors and violations of the content security policy. */
let complaints: string[];

beforeAll(async () => {
  [browser, site] = await Promise.all([launchBrowser(), buildPortal()]);
  if (SHOTS !== undefined) await mkdir(SHOTS, { recursive: true });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await rm(site, { recursive: true });
});

beforeEach(async () => {
  deployment = await startDeployment({ site });
  context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1360, height: 900 } });
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
      complaints.push(message.text());
  });
});

afterEach(async () => {
  await context.close();
  await deployment.close();
  expect(complaints).toEqual([]);
});

async function signIn(account: string): Promise<void> {
  await page.goto(deployment.portal);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Account').fill(account);
  await page.getByLabel('Password').fill('cloister');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** In both colour schemes: no violation of WCAG 2.2 AA that axe can find, and a screenshot where they are wanted. */
async function inspect(name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}.png`), fullPage: true });
    const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
    const found = violations.map(({ id, nodes }) => ({
      id,
      at: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`),
    }));
    expect({ name, colorScheme, found }).toEqual({ name, colorScheme, found: [] });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

describe('the gateway is verified before anything else', () => {
  test('shows every check, says that the enclave is simulated and the connection not sealed, and sends nothing yet', async () => {
    await page.goto(deployment.portal);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await expect(page.getByText(/Simulated enclaves, and a connection that is not sealed/).isVisible()).resolves.toBe(
      true,
    );
    await page.getByText('Every check').click();
    expect(await page.getByRole('list', { name: 'Checks' }).getByRole('listitem').count()).toBe(11);
    expect(await page.getByText('No; development only').count()).toBe(2);
    expect(deployment.gateway.sent).toEqual([]);
    await inspect('sign-in');
  });

  test('stays closed for another program, names both measurements, and sends nothing', async () => {
    deployment.gateway.measurement = 'cd'.repeat(32);
    await page.goto(`${deployment.portal}/worklist`);
    await page.getByRole('heading', { name: 'The gateway was refused' }).waitFor();
    const claims = page.getByRole('region', { name: 'Failed claims' });
    await claims.getByText('cd'.repeat(32)).waitFor();
    expect(await page.getByText('POLICY_NOT_SATISFIED').isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: 'Sign in' }).count()).toBe(0);
    expect(deployment.gateway.sent).toEqual([]);
    await inspect('refused');
  });

  test('says that it could not tell where the attestation service is down, and opens on retry', async () => {
    await deployment.configure({
      attestationService: { ...(deployment.config.attestationService as object), url: 'http://127.0.0.1:9' },
    });
    await page.goto(deployment.portal);
    await page.getByRole('heading', { name: 'The gateway could not be verified' }).waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).isVisible()).toBe(true);
    expect(deployment.gateway.sent).toEqual([]);
    await inspect('could-not-tell');
    complaints.length = 0;
    await deployment.configure({});
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  test('closes while somebody works, as soon as the gateway is another program', async () => {
    await signIn('clinician');
    await page.getByRole('link', { name: /Simulated enclave/ }).click();
    await page.getByRole('heading', { name: 'What was verified' }).waitFor();
    deployment.gateway.measurement = 'ee'.repeat(32);
    await page.getByRole('button', { name: 'Verify again' }).click();
    await page.getByRole('heading', { name: 'The gateway was refused' }).waitFor();
    expect(await page.getByRole('navigation', { name: 'Main' }).count()).toBe(0);
  });

  test('says what is wrong with its own configuration', async () => {
    await deployment.configure({ policy: {}, referenceValues: {} });
    await page.goto(deployment.portal);
    await page.getByRole('heading', { name: 'This portal is not configured' }).waitFor();
    await page.getByText(/referenceValues\.gateway/).waitFor();
  });
});

describe('a clinician', () => {
  test('finds on the worklist what waits, with the model’s answers in front', async () => {
    await signIn('clinician');
    await page.getByRole('heading', { name: 'Worklist' }).waitFor();
    const waiting = page.getByRole('table', { name: 'Reports that wait for a clinician' });
    await waiting.waitFor();
    expect(await waiting.getByRole('rowheader').getByRole('link').allTextContents()).toEqual([
      'Alder, Anna Sofia',
      'Cedar, Chloé',
      'Birch, Bruno',
      'Dogwood, Dinis João',
    ]);
    await waiting.getByRole('link').first().focus();
    await page.keyboard.press('ArrowDown');
    expect(
      await waiting.getByRole('link', { name: 'Cedar, Chloé' }).evaluate((link) => link === document.activeElement),
    ).toBe(true);
    await inspect('worklist');
  });

  test('uploads an image, requests a diagnosis, watches it and signs the report off', async () => {
    await signIn('clinician');
    await page.goto(`${deployment.portal}/patients/${deployment.clinic.ids.patient}`);
    await page.getByRole('link', { name: 'Upload an image' }).click();
    await page
      .getByLabel(/Image file/)
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not an image at all') });
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByText('IMAGE_UNSUPPORTED').waitFor();
    await inspect('upload-refused');
    const film = await readFile(join(checkout, 'subgraphs/patient/demo/pneumonia-4.png'));
    await page.getByLabel(/Image file/).setInputFiles({ name: 'film.png', mimeType: 'image/png', buffer: film });
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByRole('heading', { name: 'Imaging study' }).waitFor();
    await page.getByRole('img', { name: /Film received/ }).waitFor();
    await inspect('study');

    await page.getByRole('button', { name: 'Request a diagnosis' }).click();
    await page.getByRole('heading', { name: 'Diagnosis under way' }).waitFor();
    if (SHOTS !== undefined) await page.screenshot({ path: join(SHOTS, 'under-way.png'), fullPage: true });
    await page.getByText('Preliminary — made by a model, not yet reviewed').waitFor();
    await page.getByText('The model sees signs of pneumonia.').waitFor();
    await page.getByText(/Calibrated probability of pneumonia: 87 %/).waitFor();
    await page.getByText(/Not a medical device/).waitFor();

    await page.getByLabel('Conclusion').fill('Consolidation in the right lower lobe.');
    await page.getByRole('button', { name: 'Sign off as final' }).click();
    await page.getByRole('heading', { name: 'Signed off' }).waitFor();
    await page.getByText('Consolidation in the right lower lobe.').waitFor();
    expect(await page.getByText('not yet reviewed').count()).toBe(0);
    await inspect('report-final');
  });

  test('reads a report with the heat map over the film, by keyboard alone', async () => {
    await signIn('clinician');
    await page.goto(`${deployment.portal}/diagnostic-reports/${deployment.clinic.ids.preliminary}`);
    const viewer = page.getByRole('group', { name: 'Image viewer' });
    await page.getByRole('img', { name: /Film received/ }).waitFor();
    await viewer.focus();
    await page.keyboard.press('m');
    await page.getByRole('img', { name: /Heat map/ }).waitFor();
    await page.keyboard.press('+');
    await page.keyboard.press('[');
    await viewer.getByText(/W 255 L 120 · 125 %/).waitFor();
    await page.keyboard.press('0');
    await viewer.getByText(/W 255 L 128 · 100 %/).waitFor();
    await page.getByRole('button', { name: 'Invert greys' }).click();
    await viewer.getByText(/inverted/).waitFor();
    await page.getByRole('button', { name: 'Reset the view' }).click();
    await inspect('report-preliminary');
    await page.getByText('Model, figures and receipt').click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download receipt' }).click();
    expect((await download).suggestedFilename()).toBe(`receipt-${deployment.clinic.ids.preliminary}.jwt`);
    await inspect('report-model-card');
  });

  test('gets no probability for an unfamiliar image, and rejects with a reason', async () => {
    await signIn('clinician');
    await page.goto(`${deployment.portal}/diagnostic-reports/${deployment.clinic.ids.unfamiliar}`);
    await page.getByText(/unlike those that it was validated on/).waitFor();
    await page.getByText('No probability is given.', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Reject…' }).click();
    await page.getByRole('button', { name: 'Reject the report' }).click();
    await page.getByText('Say why you reject the report.').waitFor();
    await inspect('report-unfamiliar');
    await page.getByLabel(/Reason for the rejection/).fill('Lateral view of an adult.');
    await page.getByRole('button', { name: 'Reject the report' }).click();
    await page.getByRole('heading', { name: 'Rejected' }).waitFor();
    await page.getByText('Lateral view of an adult.').waitFor();
  });

  test('searches with the slash key, without the name in the address', async () => {
    await signIn('clinician');
    await page.getByRole('heading', { name: 'Worklist' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('ald');
    await page.keyboard.press('Enter');
    await page.getByText('Patients who match').waitFor();
    const table = page.getByRole('table', { name: 'Patients' });
    await table.waitFor();
    expect(await table.getByRole('rowheader').allTextContents()).toEqual(['Alder, Anna Sofia']);
    expect(page.url()).toBe(`${deployment.portal}/patients`);
    await page.getByRole('button', { name: 'Clear the search' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Page 2').waitFor();
    await inspect('patients');
    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByRole('link', { name: 'Alder, Anna Sofia' }).click();
    await page.getByText('Penicillin').waitFor();
    await inspect('patient');
  });

  test('acknowledges a notice, and the count in the header follows', async () => {
    await signIn('clinician');
    await page.getByRole('link', { name: /Notices 3 not acknowledged/ }).click();
    await page.getByRole('button', { name: /Acknowledge: A report waits for a clinician, Alder/ }).click();
    await page.getByText(/Acknowledged by clinician/).waitFor();
    await inspect('notices');
    await page.getByRole('link', { name: /Notices 2 not acknowledged/ }).waitFor();
  });

  test('sees what was withheld, why, and who must act, beside all that was not', async () => {
    deployment.clinic.withholdNames();
    await signIn('clinician');
    await page.goto(`${deployment.portal}/patients/${deployment.clinic.ids.patient}`);
    await page.getByText('POLICY_NOT_SATISFIED').waitFor();
    await page.getByText('Missing here: family, given').or(page.getByText('Missing here: given, family')).waitFor();
    expect(await page.getByText('withheld', { exact: true }).count()).toBe(2);
    await page.getByText('Penicillin').waitFor();
    await inspect('withheld');
  });

  test('signs in again when the gateway no longer takes the token, and signs out', async () => {
    await signIn('clinician');
    await page.getByRole('table', { name: 'Reports that wait for a clinician' }).waitFor();
    deployment.gateway.refusesTokens = true;
    await page.getByRole('link', { name: 'Patients' }).click();
    await page.getByText(/Your session has ended/).waitFor();
    deployment.gateway.refusesTokens = false;
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Main' }).waitFor();
    await page.getByText('Demo clinician').first().click();
    await page.getByText('user/DiagnosticReport.sign').waitFor();
    await inspect('account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.includes('user')))).toEqual([]);
  });

  test('finds the screen locked after a quarter of an hour, and must say again who they are', async () => {
    await page.clock.install();
    await signIn('clinician');
    await page.clock.fastForward('07:30');
    await page.mouse.move(200, 200);
    await page.clock.fastForward('08:00');
    expect(await page.getByRole('navigation', { name: 'Main' }).count()).toBe(1);
    // What a browser reports when the page moves under a resting pointer.
    await page.mouse.move(200, 200);
    // Idle for 16 minutes now.
    await page.clock.fastForward('08:00');
    await page.getByText(/nobody used this page for 15 minutes/).waitFor();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Password').waitFor();
  });

  test('finds the keys, and can switch single keys off', async () => {
    await signIn('clinician');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await inspect('shortcuts');
    await page.getByLabel('Single-key shortcuts work on every page').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });
});

describe('a clerk', () => {
  test('registers a patient; what is wrong is said beside each field', async () => {
    await signIn('clerk');
    await page.getByRole('link', { name: 'Register a patient' }).click();
    await page.getByRole('button', { name: 'Register the patient' }).click();
    await page.getByRole('heading', { name: '3 fields need your attention' }).waitFor();
    await inspect('intake-errors');
    await page.getByRole('link', { name: /Family name:/ }).click();
    await page.keyboard.type('Example');
    await page.getByLabel(/Given names/).fill('Maria José');
    await page.getByLabel(/Birth date/).fill('2022-02-03');
    await page.getByLabel('National identifier').fill('PT-1234');
    await page.getByLabel('Drug allergies').fill('Penicillin\nLatex');
    await page.getByRole('button', { name: 'Register the patient' }).click();
    await page.getByRole('link', { name: /National identifier: Another patient has it already/ }).waitFor();
    await page.getByLabel('National identifier').fill('PT-9999');
    await page.getByRole('button', { name: 'Register the patient' }).click();
    await page.getByRole('heading', { name: 'Example, Maria José' }).waitFor();
    await page.getByText('Latex').waitFor();
  });

  test('acknowledges a notice about a report that they may not read', async () => {
    await signIn('clerk');
    await page.getByRole('link', { name: /Notices 3/ }).click();
    await page.getByRole('button', { name: 'Acknowledge: A diagnosis could not be made' }).click();
    await page.getByText(/Acknowledged by/).waitFor();
  });

  test('learns why a diagnosis is not theirs to request', async () => {
    await signIn('clerk');
    await page.goto(`${deployment.portal}/imaging-studies/${deployment.clinic.ids.study}`);
    await page.getByText('The role clerk does not have user/DiagnosticReport.request, which this needs.').waitFor();
    expect(await page.getByRole('button', { name: 'Request a diagnosis' }).getAttribute('aria-disabled')).toBe('true');
    await inspect('study-clerk');
    await page.goto(`${deployment.portal}/worklist`);
    await page.getByRole('heading', { name: 'Not for this account' }).waitFor();
    await inspect('not-for-this-account');
  });
});

describe('an auditor', () => {
  test('reads the audit trail and the state of all enclaves, and no patient', async () => {
    await signIn('auditor');
    await page.getByRole('heading', { name: 'Audit trail' }).waitFor();
    await page.getByText('SCOPE_MISSING').waitFor();
    expect(await page.getByRole('link', { name: 'Patients' }).count()).toBe(0);
    await inspect('audit');
    await page.getByRole('link', { name: /Simulated enclave/ }).click();
    await page.getByRole('table', { name: 'Enclaves' }).waitFor();
    await inspect('trust');
  });
});

describe('on a small screen', () => {
  test('nothing is cut off', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await signIn('clinician');
    await page.goto(`${deployment.portal}/diagnostic-reports/${deployment.clinic.ids.preliminary}`);
    await page.getByRole('img', { name: /Film received/ }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(
      0,
    );
    await inspect('small-report');
    await page.goto(`${deployment.portal}/worklist`);
    await page.getByRole('table', { name: 'Reports that wait for a clinician' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(
      0,
    );
    await inspect('small-worklist');
  });
});
