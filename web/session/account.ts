/** The person who is signed in, as far as the screen needs to know. The gateway decides; this only avoids dead ends. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly scopes: ReadonlySet<string>;
}

/**
 * Reads the roles and scopes out of an access token (RFC 9068) without verifying it: the portal is not its audience.
 * A token that it cannot read gives an account without scopes.
 */
export function accountOf({ accessToken, name }: { accessToken: string; name: string | undefined }): Account {
  const claims = claimsOf(accessToken);
  const id = typeof claims.sub === 'string' ? claims.sub : 'unknown';
  const roles = Array.isArray(claims.roles) ? claims.roles.filter((role) => typeof role === 'string') : [];
  const scope = typeof claims.scope === 'string' ? claims.scope : '';
  return { id, name: name ?? id, roles, scopes: new Set(scope.split(' ').filter((word) => word !== '')) };
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
