/** One HTTP request as a value. The edge translates; nothing here knows sockets. */
export interface HttpRequest {
  readonly method: string;
  /** The query string, with or without its question mark. */
  readonly search: string;
  /** @param name in lower case. Repeated fields are joined with commas. */
  header(name: string): string | undefined;
  /** The whole body, read when it is asked for and not before. @throws HttpProblem where it is too large or too slow. */
  body(): Promise<Uint8Array>;
  /** Aborted when nobody waits for the answer any longer, or the time is over. */
  readonly signal: AbortSignal;
  /** Aborts the signal. There is one for each request and no second, because they are dear. */
  abort(reason: Error): void;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
