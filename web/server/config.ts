export interface PortalServerConfig {
  readonly host: string;
  readonly port: number;
  readonly portal: string;
  readonly config: string;
}

/** @throws Error that names every setting that is wrong. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): PortalServerConfig {
  const port = Number(env.CLOISTER_HTTP_PORT ?? '4003');
  const problems = [
    Number.isInteger(port) && port >= 0 && port <= 65_535 ? undefined : 'CLOISTER_HTTP_PORT must be a port, 0 to 65535',
    env.CLOISTER_HOST === '' ? 'CLOISTER_HOST must not be empty' : undefined,
    env.CLOISTER_PORTAL === '' ? 'CLOISTER_PORTAL must be a folder' : undefined,
    env.CLOISTER_PORTAL_CONFIG === '' ? 'CLOISTER_PORTAL_CONFIG must be a file' : undefined,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new Error(`CONFIGURATION_INVALID: ${problems.join('; ')}`);
  return Object.freeze({
    host: env.CLOISTER_HOST ?? '127.0.0.1',
    port,
    portal: env.CLOISTER_PORTAL ?? 'dist/web/portal',
    config: env.CLOISTER_PORTAL_CONFIG ?? '.cloister/portal-config.json',
  });
}
