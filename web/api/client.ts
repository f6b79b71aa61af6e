import { fromGraphQLError, fromHttpAnswer, fromNetworkFailure, type ReadableError } from './readableError.js';
import { gatewayUrl } from '../app/urls.js';
import type { Operation } from './operations.js';

/** What came back: perhaps only a part of what was asked, with a refusal for each part that is missing. */
export interface Answer<Data> {
  readonly data: Data | undefined;
  readonly refusals: readonly ReadableError[];
}

export interface UploadedStudy {
  readonly id: string;
  readonly patientId: string;
}

export interface ApiClient {
  /** Never throws except when aborted: refusals are part of the answer. */
  ask<Data, Variables>(
    operation: Operation<Data, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Answer<Data>>;
  /** The study's image as a grey PNG. */
  rendition(imagingStudyId: string, signal?: AbortSignal): Promise<Answer<Blob>>;
  /** @param progress is told the fraction that was sent, 0 to 1. */
  upload(
    patientId: string,
    file: Blob,
    progress: (sent: number) => void,
    signal?: AbortSignal,
  ): Promise<Answer<UploadedStudy>>;
}

export interface Connection {
  readonly gateway: string;
  readonly accessToken: string;
  readonly fetch: typeof fetch;
  /** Called when the gateway no longer takes the access token. */
  readonly onSignedOut: () => void;
}

/** The one place that talks to the gateway. It keeps nothing between requests. */
export function createApiClient({ gateway, accessToken, fetch, onSignedOut }: Connection): ApiClient {
  const authorization = `Bearer ${accessToken}`;

  async function reach(url: string, init: RequestInit): Promise<Response | undefined> {
    try {
      return await fetch(url, { ...init, credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' });
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
      return undefined;
    }
  }

  function noticeSignOut(refusals: readonly ReadableError[]): void {
    if (refusals.some((refusal) => refusal.code === 'UNAUTHENTICATED')) onSignedOut();
  }

  function refused<Data>(refusal: ReadableError): Answer<Data> {
    noticeSignOut([refusal]);
    return { data: undefined, refusals: [refusal] };
  }

  return {
    async ask(operation, variables, signal) {
      const response = await reach(gatewayUrl.graphql(gateway), {
        method: 'POST',
        headers: {
          authorization,
          'content-type': 'application/json',
          accept: 'application/graphql-response+json, application/json',
        },
        body: JSON.stringify({ query: operation.text, variables, operationName: operation.name }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (response === undefined) return refused(fromNetworkFailure());
      const body = await jsonOf(response);
      if (!isGraphQLAnswer(body)) return refused(fromHttpAnswer(response.status, body));
      const refusals = (body.errors ?? []).map(fromGraphQLError);
      noticeSignOut(refusals);
      return { data: (body.data ?? undefined) as never, refusals };
    },

    async rendition(imagingStudyId, signal) {
      const response = await reach(gatewayUrl.rendition(gateway, imagingStudyId), {
        headers: { authorization, accept: 'image/png' },
        ...(signal === undefined ? {} : { signal }),
      });
      if (response === undefined) return refused(fromNetworkFailure());
      if (!response.ok) return refused(fromHttpAnswer(response.status, await jsonOf(response)));
      return { data: await response.blob(), refusals: [] };
    },

    async upload(patientId, file, progress, signal) {
      const sent = await send(gatewayUrl.uploadImage(gateway, patientId), { file, authorization, progress, signal });
      if (sent === undefined) return refused(fromNetworkFailure());
      if (sent.status !== 201) return refused(fromHttpAnswer(sent.status, sent.body));
      return { data: sent.body as UploadedStudy, refusals: [] };
    },
  };
}

interface Sending {
  readonly file: Blob;
  readonly authorization: string;
  readonly progress: (sent: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** XMLHttpRequest because `fetch` does not tell how much has been sent. */
function send(
  url: string,
  { file, authorization, progress, signal }: Sending,
): Promise<{ status: number; body: unknown } | undefined> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.setRequestHeader('authorization', authorization);
    request.setRequestHeader('content-type', file.type === '' ? 'application/octet-stream' : file.type);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    request.onload = () => resolve({ status: request.status, body: parsed(request.responseText) });
    request.onerror = () => resolve(undefined);
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(file);
  });
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return parsed(await response.text());
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isGraphQLAnswer(body: unknown): body is { data?: unknown; errors?: unknown[] } {
  if (typeof body !== 'object' || body === null) return false;
  return 'data' in body || Array.isArray((body as { errors?: unknown }).errors);
}
