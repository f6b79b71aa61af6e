import { createRoot } from 'react-dom/client';
import '../styles/index.css';
import { toRefusal } from '../../enclave/refusals.js';
import { parsePortalConfig } from '../config/portalConfig.js';
import { ConfigurationProblem } from '../components/ConfigurationProblem.js';
import { createUserManager } from '../session/userManager.js';
import { Portal } from './Portal.js';

const element = document.getElementById('portal');
if (element === null) throw new Error('index.html has no element #portal');
const root = createRoot(element);

try {
  const config = await loadConfig();
  const manager = createUserManager(config, { origin: window.location.origin, tab: window.sessionStorage });
  root.render(<Portal config={config} manager={manager} />);
} catch (thrown) {
  root.render(<ConfigurationProblem refusal={toRefusal(thrown)} />);
}

async function loadConfig() {
  const response = await fetch('/config.json', { cache: 'no-store', credentials: 'omit' });
  return parsePortalConfig(response.ok ? ((await response.json()) as unknown) : undefined);
}
