import { Refusal } from '../../enclave/refusals.js';
import type { AttestedExchange, AttestedRoute } from '../../runtime/attestedRoutes.js';
import type { Caller } from '../../runtime/caller.js';
import { requireAccess } from './access.js';
import { recordRefusal } from './audit.js';
import type { ImageReader, ReadImage } from './imageReader.js';
import { createImagingStudy, readRendition, releaseImage, requirePatient } from './imagingStudy.js';
import type { ImageStore } from './store.js';

export interface ImageRoutesOptions {
  readonly store: ImageStore;
  readonly reader: ImageReader;
  /** Bytes of one image file. */
  readonly maximumImageBytes: number;
}

/** Bytes of images that may be arriving at the same time, as a multiple of one image's limit. */
const ARRIVING_AT_ONCE = 3;

/** Images do not pass through the graph: staff send and see them by way of the gateway, the inference enclave gets them here. */
export function imageRoutes({ store, reader, maximumImageBytes }: ImageRoutesOptions): AttestedRoute[] {
  let arriving = 0;

  /** Everything that can be refused is, in this order: caller, patient, size, file. */
  async function receive(
    exchange: AttestedExchange,
    sender: Caller,
  ): Promise<{ patientId: string; bytes: Buffer; image: ReadImage }> {
    requireAccess(sender, 'POST /imaging-studies');
    const patientId = await requirePatient(store, exchange.query.get('patient') ?? '');
    const declared = Number(exchange.request.headers['content-length'] ?? maximumImageBytes);
    const reserved = Math.min(declared, maximumImageBytes);
    if (arriving + reserved > ARRIVING_AT_ONCE * maximumImageBytes)
      throw new Refusal('BUSY', 'Other images are arriving.');
    arriving += reserved;
    try {
      const bytes = await exchange.body(maximumImageBytes);
      return { patientId, bytes, image: await reader.read(bytes) };
    } finally {
      arriving -= reserved;
    }
  }

  return [
    {
      method: 'POST',
      path: '/imaging-studies',
      peers: ['gateway'],
      handle: async (exchange, response) => {
        const sender = exchange.caller();
        const received = await receive(exchange, sender).catch(async (thrown: unknown) => {
          await recordRefusal(store, sender, { action: 'CREATE', operation: 'ImagingStudy.create' }, { thrown });
          throw thrown;
        });
        const { id, patientId, modality, rows, columns, synthetic } = await createImagingStudy(store, sender, received);
        const answer = Buffer.from(JSON.stringify({ id, patientId, modality, rows, columns, synthetic }));
        response.writeHead(201, { 'content-type': 'application/json; charset=utf-8', 'content-length': answer.length });
        response.end(answer);
      },
    },
    {
      method: 'GET',
      path: '/imaging-studies/:id/rendition',
      peers: ['gateway'],
      handle: async (exchange, response) => {
        const png = await readRendition(store, exchange.caller(), exchange.params.id ?? '');
        response.writeHead(200, {
          'content-type': 'image/png',
          'content-length': png.length,
          'cache-control': 'no-store',
        });
        response.end(png);
      },
    },
    {
      method: 'GET',
      path: '/images/:id',
      // Which enclave the image was meant for is decided where it is recorded; see releaseImage.
      policy: 'imaging',
      handle: async ({ params, query, peer }, response) => {
        const graymap = await releaseImage({ reader, store }, recipientOf(peer), {
          studyId: params.id ?? '',
          ticket: query.get('ticket') ?? '',
        });
        response.writeHead(200, {
          'content-type': 'image/x-portable-graymap',
          'content-length': graymap.length,
          'cache-control': 'no-store',
        });
        response.end(graymap);
      },
    },
  ];
}

/** The enclave at the other end, as the audit trail names it. */
function recipientOf({ enclave, result }: AttestedExchange['peer']): Caller {
  return { kind: 'enclave', id: enclave, roles: [], scopes: [], channel: 'attested', attestationResult: result.id };
}
