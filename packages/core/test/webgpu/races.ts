/**
 * A detector of races on a GPU: shaders tell which words of memory each of their workgroups reads and writes, and after each
 * dispatch a shader of the tests looks for words that two workgroups have touched, of which one has written. Workgroups of a
 * dispatch wait for nothing of each other, and shaders that are joined into one dispatch are different workgroups of it.
 *
 * The shaders are those that ship, but for a function around the index of each access. What is not seen: accesses of code that
 * no case reaches, threads of one workgroup that touch a word without a barrier between them, and memory of more than one
 * buffer, which is refused here.
 */

import type { GpuBuffer, GpuDevice } from "../../src/run/webgpu/api.ts";
import type { WebGpu, WebGpuOptions } from "../../src/webgpu.ts";
import { hostWith, openForTests } from "./open.ts";

const USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, storage: 0x80 } as const;
const COMPUTE = 4;

/** The most bytes of memory whose accesses are noted. */
const MOST_BYTES = 2 ** 24;
/** By word of memory: the last and the first workgroup that has read it, and those that have written it. */
const NOTES = 4;
const THREADS = 64;
const GROUPS = 1024;

/** Returns a shader whose accesses to memory are noted; undefined for those of another memory. */
export function noted(code: string): string | undefined {
  const start = code.search(/@compute\b/);
  const main = code.slice(start);
  if (!/var<storage, ?read_write> m: ?array<u32>/.test(code)) return undefined;
  const head = code.slice(0, start);
  if (/(?<![\w.])m\[/.test(head)) throw new Error("a function that reads memory by itself");
  const named = main.replace(
    /fn main\(@builtin\(workgroup_id\) grid: ?vec3<u32>,(.*?)\) ?\{/,
    `fn main(@builtin(num_workgroups) grids_: vec3<u32>, @builtin(workgroup_id) grid: vec3<u32>,$1) {
who_ = 1u + (grid.z * grids_.y + grid.y) * grids_.x + grid.x;`,
  );
  if (named === main) throw new Error("a shader without workgroups");
  return `${head}
@group(1) @binding(0) var<storage, read_write> touched_: array<atomic<u32>>;
var<private> who_: u32;
fn touch_(i: u32, kind: u32) -> u32 {
  // A dispatch of one workgroup has no room here.
  if (i >= arrayLength(&touched_) / ${NOTES}u || i >= arrayLength(&m)) { return i; }
  if ((kind & 1u) != 0u) { atomicMax(&touched_[${NOTES}u * i], who_); atomicMax(&touched_[${NOTES}u * i + 1u], ~who_); }
  if ((kind & 2u) != 0u) { atomicMax(&touched_[${NOTES}u * i + 2u], who_); atomicMax(&touched_[${NOTES}u * i + 3u], ~who_); }
  return i;
}
${withNotes(named)}`;
}

/** Returns a text in which the index of each access passes through a function: 1 for reading, 2 for writing. */
function withNotes(code: string): string {
  const start = code.search(/(?<![\w.])m\[/);
  if (start < 0) return code;
  let end = start + 2;
  for (let depth = 1; depth > 0; end++) {
    depth += Number(code[end] === "[") - Number(code[end] === "]");
  }
  const index = withNotes(code.slice(start + 2, end - 1));
  const [, operator] = /^\s*([-+*/%&|^]?)=(?!=)/.exec(code.slice(end)) ?? [];
  const kind = operator === undefined ? 1 : operator === "" ? 2 : 3;
  return `${code.slice(0, start)}m[touch_(u32(${index}), ${kind}u)]${withNotes(code.slice(end))}`;
}

/** Counts the words with a race, keeps the first of them, and clears all notes. */
const LOOKING = `
@group(0) @binding(0) var<storage, read_write> touched: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> found: array<atomic<u32>>;
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) thread: vec3<u32>) {
  for (var i = thread.x; i < arrayLength(&touched); i += ${GROUPS * THREADS}u) {
    let notes = touched[i];
    if (all(notes == vec4<u32>())) { continue; }
    touched[i] = vec4<u32>();
    let isRead = notes.x != 0u;
    let isWritten = notes.z != 0u;
    if (!isWritten) { continue; }
    let writer = notes.z;
    let several = ~notes.w != writer;
    let others = isRead && (notes.x != writer || ~notes.y != writer);
    if (several || others) {
      if (atomicAdd(&found[0], 1u) == 0u) {
        atomicStore(&found[1], i);
        atomicStore(&found[2], writer);
        atomicStore(&found[3], select(~notes.w, select(~notes.y, notes.x, notes.x != writer), !several));
      }
    }
  }
}`;
const FOUND_BYTES = 16;

/** The races since the last look. */
export interface GpuRaces {
  /** The words that two workgroups of a dispatch have touched, of which one has written. */
  readonly words: number;
  /** The address of one of them, in words, and two workgroups that have touched it. */
  readonly word: number;
  readonly workgroups: readonly [number, number];
}

/** Opens the driver for the tests of a file, with shaders that note what they touch. */
export async function openRecorded(options: WebGpuOptions = {}): Promise<{
  readonly gpu: WebGpu;
  /** Resolves to the races of all runs since it was last called; to undefined if there were none. */
  readonly races: () => Promise<GpuRaces | undefined>;
  /** Returns the dispatches of several workgroups, all of whose accesses were compared. */
  readonly compared: () => number;
}> {
  let look: (() => Promise<GpuRaces | undefined>) | undefined;
  let compared = 0;
  const gpu = await openForTests({
    ...options,
    gpu: hostWith((device) => {
      look = record(device, () => compared++);
    }),
  });
  const races = () => look?.() ?? Promise.reject(new Error("no device was asked for"));
  return { gpu, races, compared: () => compared };
}

/** Has the shaders of a device note what they touch. @returns what looks for races. */
function record(device: GpuDevice, onCompared: () => void): () => Promise<GpuRaces | undefined> {
  const createBuffer = device.createBuffer.bind(device);
  const createModule = device.createShaderModule.bind(device);
  const createLayout = device.createPipelineLayout.bind(device);
  const createGroup = device.createBindGroup.bind(device);
  const createEncoder = device.createCommandEncoder.bind(device);
  const buffer = (bytes: number) =>
    createBuffer({ size: bytes, usage: USAGE.storage | USAGE.copyFrom | USAGE.copyTo });
  const entry = (binding: number) => ({
    binding,
    visibility: COMPUTE,
    buffer: { type: "storage" },
  });
  const layout = device.createBindGroupLayout({ entries: [entry(0)] });
  const lookingLayout = device.createBindGroupLayout({ entries: [entry(0), entry(1)] });
  const looking = device.createComputePipeline({
    layout: createLayout({ bindGroupLayouts: [lookingLayout] }),
    compute: { module: createModule({ code: LOOKING }), entryPoint: "main" },
  });
  const found = buffer(FOUND_BYTES);
  const groupOf = (own: GpuBuffer) =>
    createGroup({ layout, entries: [{ binding: 0, resource: { buffer: own } }] });
  /** Notes of no word, for dispatches of one workgroup. */
  const none = groupOf(buffer(4));
  let notes:
    | { readonly bytes: number; readonly group: object; readonly looked: object }
    | undefined;
  let memoryBytes = 0;
  const notesOfMemory = () => {
    if (notes?.bytes === memoryBytes) return notes;
    if (memoryBytes > MOST_BYTES) throw new Error("more memory than is noted");
    const own = buffer(NOTES * memoryBytes);
    const looked = createGroup({
      layout: lookingLayout,
      entries: [own, found].map((each, binding) => ({ binding, resource: { buffer: each } })),
    });
    notes = { bytes: memoryBytes, group: groupOf(own), looked };
    return notes;
  };

  device.createShaderModule = ({ code }) => {
    const changed = noted(code);
    if (changed === undefined) throw new Error("a shader of several buffers");
    return createModule({ code: changed });
  };
  device.createPipelineLayout = ({ bindGroupLayouts }) =>
    createLayout({ bindGroupLayouts: [...bindGroupLayouts, layout] });
  device.createBindGroup = (descriptor) => {
    // The slots come first, and memory after them.
    const memory = (descriptor.entries as readonly { resource: { buffer: GpuBuffer } }[])[1];
    if (memory !== undefined) memoryBytes = Math.max(memoryBytes, memory.resource.buffer.size);
    return createGroup(descriptor);
  };
  device.createCommandEncoder = () => {
    const encoder = createEncoder();
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = () => {
      const pass = begin();
      const setPipeline = pass.setPipeline.bind(pass);
      const setGroup = pass.setBindGroup.bind(pass);
      const dispatch = pass.dispatchWorkgroups.bind(pass);
      let pipeline: object | undefined;
      let group: Parameters<typeof setGroup> | undefined;
      pass.setPipeline = (own) => {
        pipeline = own;
        setPipeline(own);
      };
      pass.setBindGroup = (...own) => {
        group = own;
        setGroup(...own);
      };
      pass.dispatchWorkgroups = (x, y, z) => {
        if (x * y * z <= 1) {
          setGroup(1, none, []);
          dispatch(x, y, z);
          return;
        }
        const { group: own, looked } = notesOfMemory();
        setGroup(1, own, []);
        dispatch(x, y, z);
        setPipeline(looking);
        setGroup(0, looked, []);
        dispatch(GROUPS, 1, 1);
        onCompared();
        if (pipeline !== undefined) setPipeline(pipeline);
        if (group !== undefined) setGroup(...group);
      };
      return pass;
    };
    return encoder;
  };

  return async () => {
    const staging = createBuffer({
      size: FOUND_BYTES,
      usage: USAGE.mapRead | USAGE.copyTo,
    });
    const encoder = createEncoder();
    encoder.copyBufferToBuffer(found, 0, staging, 0, FOUND_BYTES);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const [words = 0, word = 0, first = 0, second = 0] = new Uint32Array(staging.getMappedRange());
    staging.destroy();
    device.queue.writeBuffer(found, 0, new Uint32Array(FOUND_BYTES / 4));
    return words === 0 ? undefined : { words, word, workgroups: [first - 1, second - 1] };
  };
}
