/** A line of EPYC processors with SEV-SNP: each has its own root key, and its own layout of TCB versions. */
export type SnpProduct = 'Milan' | 'Genoa' | 'Turin';

/** CPUID family and model, with the extended parts added in. */
export interface CpuId {
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
}

const PRODUCTS: readonly SnpProduct[] = ['Milan', 'Genoa', 'Turin'];

/** @param name as certificates write it: `Milan-B0`, or `Turin` without a stepping. */
export function productOfName(name: string): SnpProduct | undefined {
  return PRODUCTS.find((product) => name.split('-', 1)[0] === product);
}

/** Undefined for a processor that we do not know. Bergamo and Siena are endorsed as Genoa. */
export function productOfCpu({ family, model }: CpuId): SnpProduct | undefined {
  if (family === 0x19 && model <= 0x0f) return 'Milan';
  if (family === 0x19 && ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf))) return 'Genoa';
  if (family === 0x1a && model <= 0x11) return 'Turin';
  return undefined;
}
