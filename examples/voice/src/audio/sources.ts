/** The sources of sound in a page: the microphone, or samples that are played. Both arrive in blocks. */

import captureUrl from "./capture.ts?worker&url";
import { RATE } from "./clip.ts";

/** Is given each block of samples. */
export type Heard = (block: Float32Array<ArrayBuffer>) => void;

export interface Source {
  /** Samples in a second. */
  readonly rate: number;
  stop(): void;
}

/**
 * The time for which the microphone stays open when nobody listens, in ms: some browsers ask again each time it is
 * opened.
 */
const PATIENCE = 60_000;

let prepared: Promise<AudioContext> | undefined;
let open: Promise<MediaStream> | undefined;
let closing: ReturnType<typeof setTimeout> | undefined;
/** The number of sources that hear the microphone. */
let listeners = 0;

/** Opens the microphone. @throws DOMException where there is none or it is refused; `microphoneProblem` says why. */
export async function microphone(heard: Heard): Promise<Source> {
  clearTimeout(closing);
  // Browsers have no `mediaDevices` where the page did not come by https.
  if (navigator.mediaDevices === undefined) throw new DOMException("no https", "SecurityError");
  // One that was pulled out gives nothing any more.
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

/** Plays samples of 16,000 Hz again and again, and hears them. */
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

/** Returns one context serves all. It begins at a press, as browsers want it. */
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
