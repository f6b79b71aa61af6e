import { useEffect, useState } from 'react';
import { useApi } from './Api.js';
import type { ReadableError } from './readableError.js';

export interface Rendition {
  readonly loading: boolean;
  /** A blob: URL that is good while the page is open. */
  readonly url: string | undefined;
  readonly refusals: readonly ReadableError[];
}

/** The study's image. It is fetched with the access token, so it never has an address that could be shared. */
export function useRendition(imagingStudyId: string): Rendition {
  const api = useApi();
  const [last, setLast] = useState<{ id: string } & Omit<Rendition, 'loading'>>();

  useEffect(() => {
    const abort = new AbortController();
    let url: string | undefined;
    api
      .rendition(imagingStudyId, abort.signal)
      .then(({ data, refusals }) => {
        if (abort.signal.aborted) return;
        url = data === undefined ? undefined : URL.createObjectURL(data);
        setLast({ id: imagingStudyId, url, refusals });
      })
      .catch(() => undefined);
    return () => {
      abort.abort();
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [api, imagingStudyId]);

  return last?.id === imagingStudyId
    ? { loading: false, url: last.url, refusals: last.refusals }
    : { loading: true, url: undefined, refusals: [] };
}
