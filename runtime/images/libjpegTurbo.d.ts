/** The part of the package in use; it ships no types. */
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  export interface LibJpegTurbo {
    readonly HEAPU8: Uint8Array;
    readonly JPEGDecoder: new () => {
      /** A view on the codec's memory, good until the next call. */
      getEncodedBuffer(length: number): Uint8Array;
      /** Throws a number, the address of a C++ exception. */
      decode(): void;
      /** A view on the codec's memory: one byte a sample, colour interleaved by pixel as RGB. */
      getDecodedBuffer(): Uint8Array;
      getFrameInfo(): { width: number; height: number; componentCount: number };
      delete(): void;
    };
  }
  export default function createCodec(options: {
    print: (text: string) => void;
    printErr: (text: string) => void;
  }): Promise<LibJpegTurbo>;
}
