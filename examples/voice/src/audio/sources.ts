/** The sources of sound in a page: the microphone, or samples that are played. Both send blocks. */

import captureUrl from "./capture.ts?worker&url";
import { RATE } from "./clip.ts";

/** A callback that receives each block of samples. */
export type Heard = (block: Float32Array<ArrayBuffer>) => void;

export interface Source {
  /** The samples in a second. */
  readonly rate: number;
  stop(): void;
}

/**
 * The time for which the unused microphone stays open, in ms: some browsers ask for permission each time it is opened.
 */
const PATIENCE = 60_000;

let prepared: Promise<AudioContext> | undefined;
let open: Promise<MediaStream> | undefined;
let closing: ReturnType<typeof setTimeout> | undefined;
/** The number of sources that use the microphone. */
let listeners = 0;

/**
 * Opens the microphone.
 *
 * @throws DOMException if there is none or if it is refused; `microphoneProblem` explains the error.
 */
export async function microphone(heard: Heard): Promise<Source> {
  clearTimeout(closing);
  // Browsers have no `mediaDevices` on pages without https.
  if (navigator.mediaDevices === undefined) throw new DOMException("no https", "SecurityError");
  // An unplugged microphone sends no more blocks, so its stream is closed.
  if ((await open)?.active === false) await close();
  open ??= navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false },
  });
  try {
    const [context, stream] = await Promise.all([ready(), open]);
    clearTimeout(closing);
    const input = context.createMediaStreamSource(stream);
    listeners += 1;
    return captured(context, input, heard, () => {
      listeners -= 1;
      if (listeners === 0) closing = setTimeout(close, PATIENCE);
    });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Plays samples of 16,000 Hz in a loop, and sends them to `heard`. */
export async function played(samples: Float32Array<ArrayBuffer>, heard: Heard): Promise<Source> {
  const context = await ready();
  const input = bufferSource(context, samples);
  input.loop = true;
  input.connect(context.destination);
  const source = captured(context, input, heard, () => input.stop());
  input.start();
  return source;
}

/** Plays samples of 16,000 Hz once. */
export async function play(samples: Float32Array<ArrayBuffer>): Promise<void> {
  const context = await ready();
  const input = bufferSource(context, samples);
  input.connect(context.destination);
  input.start();
}

/** Returns the one audio context. It is started by a press of a button, as browsers require. */
async function ready(): Promise<AudioContext> {
  prepared ??= (async () => {
    const context = new AudioContext();
    await context.audioWorklet.addModule(captureUrl);
    return context;
  })();
  const context = await prepared;
  await context.resume();
  return context;
}

function bufferSource(context: AudioContext, samples: Float32Array<ArrayBuffer>) {
  const buffer = context.createBuffer(1, samples.length, RATE);
  buffer.copyToChannel(samples, 0);
  return new AudioBufferSourceNode(context, { buffer });
}

function captured(
  context: AudioContext,
  input: AudioNode,
  heard: Heard,
  ended: () => void,
): Source {
  const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0 });
  node.port.onmessage = ({ data }: MessageEvent<Float32Array<ArrayBuffer>>) => heard(data);
  input.connect(node);
  return {
    rate: context.sampleRate,
    stop() {
      node.port.onmessage = null;
      input.disconnect();
      ended();
    },
  };
}

async function close(): Promise<void> {
  const stream = open;
  open = undefined;
  const tracks = await stream?.then(
    (opened) => opened.getTracks(),
    () => [],
  );
  for (const track of tracks ?? []) track.stop();
}
