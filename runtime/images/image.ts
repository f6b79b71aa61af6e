/** The kinds of image file that the system takes; the last is the one that it sends on (graymap.ts). */
export type ImageContentType = 'image/png' | 'image/jpeg' | 'application/dicom' | 'image/x-portable-graymap';

/** An image as a viewer or a model sees it: grey, 8 bits, row by row from the top left. */
export interface DecodedImage {
  readonly contentType: ImageContentType;
  readonly rows: number;
  readonly columns: number;
  /** `rows * columns` bytes; 0 is black. */
  readonly pixels: Uint8Array;
  /** DICOM Modality (0008,0060), for instance DX; undefined where the file does not say. */
  readonly modality: string | undefined;
  /** DICOM Body Part Examined (0018,0015), for instance CHEST; undefined where the file does not say. */
  readonly bodySite: string | undefined;
  /** True where the file says that a program made it: a comment or a DICOM patient name with the word SYNTHETIC. */
  readonly synthetic: boolean;
}

export const saysSynthetic = (text: string): boolean => /\bSYNTHETIC\b/.test(text);
