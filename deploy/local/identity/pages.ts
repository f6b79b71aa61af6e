import type { ServerResponse } from 'node:http';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { DEMONSTRATION_PASSWORD, ROLE_DESCRIPTIONS, people } from './people.js';

/** The provider's own pages: plain HTML, no script, one style sheet inside, readable with the keyboard and a screen reader. */
export interface Page {
  readonly title: string;
  readonly body: string;
}

const style = `
:root { color-scheme: light dark; --line: #767c85; --accent: #0b5cad; --warn-bg: #fff3cd; --warn-fg: #4d3800; }
@media (prefers-color-scheme: dark) { :root { --line: #8b929c; --accent: #7db7f0; --warn-bg: #4d3b0a; --warn-fg: #fff1c9; } }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; display: grid; justify-content: center; padding: 2rem 1rem; }
main { max-width: 26rem; }
.notice { background: var(--warn-bg); color: var(--warn-fg); border: 1px solid; border-radius: .4rem; padding: .6rem .8rem; }
label { display: block; font-weight: 600; margin: 1rem 0 .25rem; }
input { font: inherit; width: 100%; min-height: 2.75rem; padding: .4rem .6rem; border: 1px solid var(--line); border-radius: .4rem; }
button { font: inherit; font-weight: 600; min-height: 2.75rem; margin-top: 1.25rem; padding: .4rem 1.25rem; border: 2px solid var(--accent); border-radius: .4rem; background: transparent; color: var(--accent); cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
dt { font-weight: 600; } dd { margin: 0 0 .4rem; }
.problem { border-left: .3rem solid #c62828; padding-left: .8rem; }
`;

const notice = `<p class="notice">Development sign-in: these are demonstration accounts on this machine, and the enclaves are simulated. Do not enter data of real people.</p>`;

export function signInPage({
  action,
  account = '',
  problem,
}: {
  action: string;
  account?: string;
  problem?: string;
}): Page {
  const error = problem === undefined ? '' : `<p class="problem" role="alert" id="problem">${escapeHtml(problem)}</p>`;
  const described = problem === undefined ? '' : ' aria-describedby="problem" aria-invalid="true"';
  return {
    title: 'Sign in',
    body: `${notice}<h1>Sign in to Cloister</h1>${error}
<form method="post" action="${escapeHtml(action)}">
<label for="account">Account</label>
<input id="account" name="account" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="64" value="${escapeHtml(account)}"${described}${account === '' ? ' autofocus' : ''}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="128"${described}${account === '' ? '' : ' autofocus'}>
<button type="submit">Sign in</button>
</form>
<h2>Demonstration accounts</h2>
<p>The password of each is <strong>${DEMONSTRATION_PASSWORD}</strong>.</p>
<dl>${people.map(({ id, roles }) => `<dt>${id}</dt>${roles.map((role) => `<dd>${ROLE_DESCRIPTIONS[role]}</dd>`).join('')}`).join('')}</dl>`,
  };
}

/** @param form the library's own form, with its id and anti-forgery value */
export function signOutPage(form: string): Page {
  return {
    title: 'Sign out',
    body: `${notice}<h1>Sign out of Cloister?</h1>${form}
<button autofocus type="submit" form="op.logoutForm" value="yes" name="logout">Yes, sign me out</button>
<button type="submit" form="op.logoutForm">No, stay signed in</button>`,
  };
}

export function signedOutPage(): Page {
  return { title: 'Signed out', body: `${notice}<h1>You are signed out</h1>` };
}

export function errorPage(code: string, description: string): Page {
  return {
    title: 'Sign-in failed',
    body: `${notice}<h1>This sign-in cannot go on</h1><p class="problem" role="alert">${escapeHtml(description)} (${escapeHtml(code)})</p>
<p>Go back to the portal and sign in again.</p>`,
  };
}

/**
 * The headers of a page. Browsers apply `form-action` to redirects after the form too, so the client's own origin must be
 * on the list.
 */
export function pageHeaders(formTargets: readonly string[]): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; form-action 'self' ${formTargets.join(' ')}; base-uri 'none'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

export function sendPage(res: ServerResponse, status: number, page: Page, formTargets: readonly string[] = []): void {
  res.writeHead(status, pageHeaders(formTargets)).end(render(page));
}

/** The same inside the library's own routes. */
export function respondWithPage(ctx: KoaContextWithOIDC, page: Page): void {
  const target = ctx.oidc.session?.state?.postLogoutRedirectUri;
  ctx.set(pageHeaders(typeof target === 'string' ? [new URL(target).origin] : []));
  ctx.body = render(page);
}

function render({ title, body }: Page): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Cloister development identity provider</title><style>${style}</style></head><body><main>${body}</main></body></html>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
