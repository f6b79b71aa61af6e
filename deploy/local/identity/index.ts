import { choice, parseConfig, path, port, text, url } from '../../../runtime/config.js';
import { createLog } from '../../../runtime/log.js';
import { runProcess } from '../../../runtime/shutdown.js';

const config = parseConfig(
  {
    host: text({ env: 'CLOISTER_HOST', default: '127.0.0.1', help: 'Address to listen on.' }),
    port: port({ env: 'CLOISTER_HTTP_PORT', default: 4002, help: 'Port to listen on.' }),
    issuer: url({
      env: 'CLOISTER_ISSUER',
      default: 'http://localhost:4002',
      help: 'How clients reach it: `iss` of its tokens.',
    }),
    keys: path({
      env: 'CLOISTER_IDENTITY_KEYS',
      default: '.cloister/keys/identity.json',
      help: 'File of its keys; made where absent.',
    }),
    portalOrigin: url({
      env: 'CLOISTER_PORTAL_ORIGIN',
      default: 'http://localhost:4003',
      help: 'The one web page that may use it.',
    }),
    audience: text({
      env: 'CLOISTER_IDENTITY_AUDIENCE',
      default: 'urn:cloister:gateway',
      help: 'What access tokens are for.',
    }),
    logLevel: choice({
      env: 'CLOISTER_LOG_LEVEL',
      default: 'info',
      of: ['debug', 'info', 'warn', 'error', 'silent'],
      help: 'The least that is logged.',
    }),
  },
  process.env,
);
const log = createLog({ name: 'identity', level: config.logLevel });

await runProcess({
  name: 'identity',
  log,
  async start() {
    // The library prints advice for production on the console; this provider is for development and says so itself.
    for (const method of ['info', 'warn'] as const)
      console[method] = () => log.debug({}, 'The OpenID library gave advice for production.');
    const [{ identityKeys }, { createProvider }, { createIdentityServer }] = await Promise.all([
      import('./keys.js'),
      import('./provider.js'),
      import('./server.js'),
    ]);
    const { audience, host, issuer, port, portalOrigin } = config;
    const provider = createProvider({ issuer, keys: await identityKeys(config.keys), portalOrigin, audience });
    const server = createIdentityServer({ audience, provider });
    await new Promise<void>((settle, fail) => {
      server.once('error', fail);
      server.listen(port, host, settle);
    });
    return {
      close: () =>
        new Promise<void>((settle) => {
          server.close(() => settle());
          server.closeIdleConnections();
          setTimeout(() => server.closeAllConnections(), 2000).unref();
        }),
    };
  },
});
