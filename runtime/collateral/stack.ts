import { Refusal, toRefusal } from '../../enclave/refusals.js';
import type { AnyCollateral, CollateralRequest } from './request.js';
import type { CollateralSource, SourceTrouble } from './source.js';
import { askSource, SourceRefusal } from './source.js';

/** Several sources as one: the first that has it answers. That an earlier one failed is trouble, though not refusal. */
export function stackSources(sources: readonly CollateralSource[]): CollateralSource {
  /** By the source's name: why it was passed over when a later one answered. */
  const passedOver = new Map<string, string>();

  async function ask(request: CollateralRequest, signal: AbortSignal): Promise<AnyCollateral | undefined> {
    const refusals: { source: string; refusal: Refusal }[] = [];
    for (const source of sources) {
      try {
        const answer = await askSource(source, request, signal);
        if (answer === undefined) continue;
        passedOver.delete(source.name);
        for (const { source: name, refusal } of refusals) passedOver.set(name, refusal.message);
        return answer;
      } catch (thrown) {
        refusals.push({ source: source.name, refusal: toRefusal(thrown) });
      }
    }
    if (refusals.length > 0) throw together(refusals.map(({ refusal }) => refusal));
    return undefined;
  }

  return {
    name: sources.map((source) => source.name).join(', '),
    dcap: (request, signal) => ask(request, signal) as ReturnType<NonNullable<CollateralSource['dcap']>>,
    sevSnp: (request, signal) => ask(request, signal) as ReturnType<NonNullable<CollateralSource['sevSnp']>>,
    vcek: (request, signal) => ask(request, signal) as ReturnType<NonNullable<CollateralSource['vcek']>>,
    version() {
      const versions = sources.map((source) => source.version?.());
      return versions.every((version) => version === undefined) ? undefined : versions.join('|');
    },
    known: () => sources.flatMap((source) => source.known?.() ?? []),
    trouble() {
      const troubles = sources.map((source) => source.trouble?.());
      const reasons = [
        ...troubles.flatMap((trouble) => (trouble ? [trouble.reason] : [])),
        ...[...passedOver.values()].map((reason) => `${reason} Another source answered.`),
      ];
      const answers = troubles.some((trouble) => trouble === undefined || trouble.answers);
      return reasons.length === 0 ? undefined : ({ reason: reasons.join(' '), answers } satisfies SourceTrouble);
    },
    async close() {
      await Promise.all(sources.flatMap((source) => source.close?.() ?? []));
    },
  };
}

/** A wrong answer is told before a missing one: it is the one that somebody must look at. */
function together(refusals: readonly Refusal[]): Refusal {
  const [only] = refusals;
  if (only && refusals.length === 1) return only;
  const message = refusals.map((refusal) => refusal.message).join(' ');
  if (refusals.some((refusal) => refusal.code === 'COLLATERAL_INVALID')) {
    return new Refusal('COLLATERAL_INVALID', message, { cause: refusals });
  }
  const pauses = refusals.map((refusal) => (refusal instanceof SourceRefusal ? refusal.retryAfterMs : 0));
  return new SourceRefusal(message, Math.min(...pauses), { cause: refusals });
}
