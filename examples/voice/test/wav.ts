/** WAV files of one channel: reads those of `test/takes`, and writes one for the simulated microphone. */

/** Returns the samples of a WAV file of 8-bit µ-law (ITU-T G.711), from −1 to 1. */
export function readMuLaw(file: Uint8Array): Float32Array<ArrayBuffer> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  // The file is a RIFF header and chunks: each has a name, a length and that many bytes.
  let at = 12;
  const name = () => String.fromCharCode(...file.subarray(at, at + 4));
  while (name() !== "data") at += 8 + view.getUint32(at + 4, true);
  const bytes = file.subarray(at + 8, at + 8 + view.getUint32(at + 4, true));
  return Float32Array.from(bytes, (byte) => {
    const code = ~byte & 255;
    const magnitude = ((((code & 15) << 3) + 132) << ((code >> 4) & 7)) - 132;
    return (code & 128 ? -magnitude : magnitude) / 32768;
  });
}

/** Returns a WAV file of 16-bit samples. */
export function wav(samples: Float32Array, rate: number): Uint8Array {
  const file = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at: number, letters: string) =>
    Array.from(letters).forEach((letter, i) => {
      file.setUint8(at + i, letter.charCodeAt(0));
    });
  text(0, "RIFF");
  file.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, 1, true);
  file.setUint32(24, rate, true);
  file.setUint32(28, 2 * rate, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  text(36, "data");
  file.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => {
    file.setInt16(44 + 2 * i, Math.round(32767 * sample), true);
  });
  return new Uint8Array(file.buffer);
}
