/** What the portal's pages may do. Scripts and styles are files of the portal; nothing is inline, nothing comes from elsewhere. */
const PAGE_RULES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
];

/**
 * The policy for one deployment: the browser may talk to the three services of its config.json and to nobody else.
 *
 * @param config the parsed config.json; what it does not hold stays forbidden.
 */
export function contentSecurityPolicy(config: unknown): string {
  const { gateway, attestationService, identity } = objectOf(config);
  const urls = [gateway, objectOf(attestationService).url, objectOf(identity).issuer];
  const origins = new Set(urls.flatMap(originOf));
  return [...PAGE_RULES, ["connect-src 'self'", ...origins].join(' ')].join('; ');
}

function originOf(url: unknown): string[] {
  if (typeof url !== 'string' || !URL.canParse(url)) return [];
  const { origin, protocol } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? [origin] : [];
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
