/**
 * A detector of races on a GPU. Shaders record the words of memory that each workgroup reads and writes. After each
 * dispatch, another shader looks for words that two workgroups have accessed, at least one of them by writing. The
 * workgroups of a dispatch do not wait for each other; shaders that are joined into one dispatch are different
 * workgroups of it.
 *
 * The shaders are the shipped ones, except for a function around the index of each access. The detector does not see
 * code that no case reaches, or threads of one workgroup that access a word without a barrier between them. Memory of
 * more than one buffer is an error here.
 */

import type { GpuBuffer, GpuDevice } from "../../src/run/webgpu/api.ts";
import type { WebGpu, WebGpuOptions } from "../../src/webgpu.ts";
import { hostWith, openForTests } from "./open.ts";

const USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, storage: 0x80 } as const;
const COMPUTE = 4;

/** The most bytes of memory whose accesses are recorded. */
const MOST_BYTES = 2 ** 24;
/** The words of a record for each word of memory: its last and first readers, and its last and first writers. */
const NOTES = 4;
const THREADS = 64;
const GROUPS = 1024;

/** Returns a shader that records its accesses to memory; undefined if its memory is not one buffer. */
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

/**
 * Returns the code with a function call around the index of each access, whose argument is 1 for reading, 2 for writing
 * and 3 for both.
 */
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

/** A shader that counts the words with a race, stores the first of them, and clears all records. */
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

/** The races since they were last asked for. */
export interface GpuRaces {
  /** The number of words with a race between two workgroups of a dispatch. */
  readonly words: number;
  /** The address of one of these words, in words, and two workgroups that have accessed it. */
  readonly word: number;
  readonly workgroups: readonly [number, number];
}

/** Opens the driver for the tests of a file, with shaders that record their accesses. */
export async function openRecorded(options: WebGpuOptions = {}): Promise<{
  readonly gpu: WebGpu;
  /** Resolves to the races of all runs since the last call; to undefined if there were none. */
  readonly races: () => Promise<GpuRaces | undefined>;
  /** Returns the number of dispatches of several workgroups whose accesses were compared. */
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

/** Makes the shaders of a device record their accesses. @returns a function that finds races. */
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
  /** An empty record, for dispatches of one workgroup. */
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
    // The memory is the second entry, after the slots.
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
