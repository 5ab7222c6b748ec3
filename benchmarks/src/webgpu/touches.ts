// The words of storage buffers that dispatches touch. Shaders are changed: each index of a storage array passes through a
// function that sets a bit for every word, one set of bits for reading and one for writing. After each dispatch,
// another shader counts the bits and clears them. So a word that a dispatch reads several times counts once, as if
// caches were perfect; a bound buffer that is not read does not count. Uniforms and workgroup memory are left out.

import {
  type Binding,
  type Buffer,
  type Device,
  type Pass,
  type Pipeline,
  type PipelineDescriptor,
  replace,
} from "./device.ts";

/** A storage array of a shader. */
export interface StorageArray {
  readonly name: string;
  readonly group: number;
  readonly binding: number;
  /** The words from element to element. */
  readonly words: number;
}

export interface Changed {
  readonly code: string;
  readonly arrays: readonly StorageArray[];
  /** The number of the group that is added. */
  readonly group: number;
}

const WORDS: Readonly<Record<string, number>> = { vec2: 2, vec3: 4, vec4: 4 };
const DECLARED =
  /((?:@\w+\(\d+\)\s*)+)var<storage[^>]*>\s*(\w+)\s*:\s*array<\s*((?:[^<>,]|<[^<>]*>)+)/g;

/** The most storage arrays of a shader. */
const MOST_ARRAYS = 16;

/** Returns a changed shader, which records the words of storage arrays that it reads and writes. */
export function changeShader(code: string): Changed {
  const plain = code.replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
  const numberOf = (name: string, text: string) =>
    Number(new RegExp(`@${name}\\((\\d+)\\)`).exec(text)?.[1]);
  const arrays = [...plain.matchAll(DECLARED)].map(
    ([, attributes = "", name = "", element = ""]) => ({
      name,
      group: numberOf("group", attributes),
      binding: numberOf("binding", attributes),
      words: WORDS[/^vec\d/.exec(element)?.[0] ?? ""] ?? 1,
    }),
  );
  if (arrays.length !== (plain.match(/var<storage/g) ?? []).length || /\bf16\b/.test(plain)) {
    throw new Error("a shader whose storage is no array of 32-bit numbers");
  }
  const groups = [...plain.matchAll(/@group\((\d+)\)/g)].map(([, number]) => Number(number));
  const group = Math.max(-1, ...groups) + 1;
  const changed = arrays.reduce((text, array, i) => changeIndices(text, array, i), plain);
  return { code: changed + noting(group), arrays, group };
}

/** Returns the code in which the indices of an array are recorded. */
function changeIndices(code: string, { name, words }: StorageArray, i: number): string {
  let made = "";
  let rest = code;
  const use = new RegExp(`(&\\s*\\(?\\s*)?(?<![\\w.])${name}\\s*\\[`);
  for (let found = use.exec(rest); found !== null; found = use.exec(rest)) {
    const start = found.index + found[0].length;
    const end = closing(rest, start);
    const index = changeIndices(rest.slice(start, end), { name, words } as StorageArray, i);
    // An "&" before the array may be the operator "and" instead of an address.
    const isAddress = found[1] !== undefined && /[(,=]\s*$/.test(rest.slice(0, found.index));
    const behind = /^\s*(?:\.\w+|\[[^\]]*\])?\s*(\+\+|--|(?:<<|>>|[-+*/%&|^])?=(?!=))?/.exec(
      rest.slice(end + 1),
    )?.[1];
    const isRead = isAddress || behind !== "=";
    const isWritten = isAddress || behind !== undefined;
    const notes = [...(isRead ? [0] : []), ...(isWritten ? [1] : [])];
    const noted = notes.reduce(
      (text, part) => `touch_(${i}u, ${text}, ${words}u, ${part}u)`,
      `u32(${index})`,
    );
    made += `${rest.slice(0, start)}${noted}]`;
    rest = rest.slice(end + 1);
  }
  return made + rest;
}

/** Returns the offset of the bracket that closes the one at an offset. */
function closing(code: string, start: number): number {
  let depth = 1;
  for (let i = start; i < code.length; i++) {
    if (code[i] === "[") depth++;
    else if (code[i] === "]" && --depth === 0) return i;
  }
  throw new Error("a bracket that nothing closes");
}

/** The number of words of bits for reads, after which the bits for writes begin. */
const HALF = 2 ** 24;
/** The bytes of a dispatch in the buffers of settings and of counts. */
const ROOM = 256;
/** The most dispatches whose counts are kept. */
const MOST = 2 ** 14;

/** `x` of an array is its first bit and `y` its last index; `z` of the first is the number of words that have bits. */
const noting = (group: number) => `
@group(${group}) @binding(0) var<storage, read_write> touched_: array<atomic<u32>>;
@group(${group}) @binding(1) var<uniform> arrays_: array<vec4<u32>, ${MOST_ARRAYS}>;
fn touch_(array_: u32, index: u32, words: u32, part: u32) -> u32 {
  let bit = arrays_[array_].x + min(index, arrays_[array_].y) * words;
  let word = part * ${HALF}u + (bit >> 5u);
  let bits = ((1u << words) - 1u) << (bit & 31u);
  if ((atomicLoad(&touched_[word]) & bits) != bits) { atomicOr(&touched_[word], bits); }
  return index;
}`;

const COUNTING = `
@group(0) @binding(0) var<storage, read_write> touched: array<vec4<u32>>;
@group(0) @binding(1) var<uniform> arrays: array<vec4<u32>, ${MOST_ARRAYS}>;
@group(0) @binding(2) var<storage, read_write> totals: array<atomic<u32>>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) thread: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  for (var i = thread.x; 4u * i < arrays[0].z; i += groups.x * 64u) {
    for (var part = 0u; part < 2u; part++) {
      let words = touched[part * ${HALF / 4}u + i];
      if (any(words != vec4<u32>())) {
        let bits = countOneBits(words);
        atomicAdd(&totals[part], bits.x + bits.y + bits.z + bits.w);
        touched[part * ${HALF / 4}u + i] = vec4<u32>();
      }
    }
  }
}`;

const COMPUTE = 4;
const MOST_GROUPS = 65535;
const USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, uniform: 0x40, storage: 0x80 } as const;

export class Touches {
  readonly #device: Pick<Device, "createBuffer" | "createBindGroup" | "createCommandEncoder">;
  readonly #queue: Device["queue"];
  readonly #touched: Buffer;
  readonly #arrays: Buffer;
  readonly #totals: Buffer;
  readonly #counting: Pipeline;
  readonly #shaders = new WeakMap<object, Changed>();
  readonly #bindings = new WeakMap<object, readonly Binding[]>();
  #dispatches = 0;
  /** The number of dispatches whose counts are added up. */
  #added = 0;
  #words = { read: 0, written: 0 };

  constructor(device: Device) {
    const { queue } = device;
    // The original methods are kept for the work of this class, which is not recorded.
    this.#device = {
      createBuffer: device.createBuffer.bind(device),
      createBindGroup: device.createBindGroup.bind(device),
      createCommandEncoder: device.createCommandEncoder.bind(device),
    };
    this.#queue = {
      submit: queue.submit.bind(queue),
      writeBuffer: queue.writeBuffer.bind(queue),
    };
    const { storage, uniform, copyFrom, copyTo } = USAGE;
    this.#touched = device.createBuffer({ size: 8 * HALF, usage: storage });
    this.#arrays = device.createBuffer({ size: MOST * ROOM, usage: uniform | copyTo });
    const usage = storage | copyFrom | copyTo;
    this.#totals = device.createBuffer({ size: MOST * ROOM, usage });
    const module = device.createShaderModule({ code: COUNTING });
    this.#counting = device.createComputePipeline({ layout: "auto", compute: { module } });
    this.#change(device);
  }

  /** Changes the shaders of a device, and adds a bind group to its pipelines. */
  #change(device: Device): void {
    const layouts = new WeakMap<object, readonly object[]>();
    const bound = { visibility: COMPUTE, buffer: { type: "storage" } };
    const own = device.createBindGroupLayout({
      entries: [
        { binding: 0, ...bound },
        { binding: 1, ...bound, buffer: { type: "uniform" } },
      ],
    });
    const createLayout = device.createPipelineLayout.bind(device);
    const layoutOf = ({ layout, compute }: PipelineDescriptor) => {
      const changed = this.#shaders.get(compute.module);
      const given = typeof layout === "string" ? undefined : layouts.get(layout);
      if (changed === undefined || given === undefined) return layout;
      if (given.length !== changed.group) throw new Error("a layout with more than its shader");
      return createLayout({ bindGroupLayouts: [...given, own] });
    };
    const known = (pipeline: Pipeline, { compute }: PipelineDescriptor) => {
      const changed = this.#shaders.get(compute.module);
      if (changed) this.#shaders.set(pipeline, changed);
      return pipeline;
    };
    replace(device, "createShaderModule", (create, descriptor) => {
      const changed = changeShader(descriptor.code);
      if (changed.arrays.length === 0) return create(descriptor);
      const module = create({ ...descriptor, code: changed.code });
      this.#shaders.set(module, changed);
      return module;
    });
    replace(device, "createPipelineLayout", (create, descriptor) => {
      const layout = create(descriptor);
      layouts.set(layout, [...descriptor.bindGroupLayouts]);
      return layout;
    });
    replace(device, "createComputePipeline", (create, given) =>
      known(create({ ...given, layout: layoutOf(given) }), given),
    );
    replace(device, "createComputePipelineAsync", async (create, given) =>
      known(await create({ ...given, layout: layoutOf(given) }), given),
    );
    replace(device, "createBindGroup", (create, descriptor) => {
      const group = create(descriptor);
      this.#bindings.set(group, [...descriptor.entries]);
      return group;
    });
  }

  /** Returns the functions to call before and after each dispatch of a pass. */
  ofPass(pass: Pass): { before(): void; after(): void } {
    let pipeline: Pipeline | undefined;
    const groups = new Map<number, readonly [object | null, ...unknown[]]>();
    const setPipeline = pass.setPipeline.bind(pass);
    const setGroup = pass.setBindGroup.bind(pass);
    const dispatch = pass.dispatchWorkgroups.bind(pass);
    replace(pass, "setPipeline", (set, next) => {
      pipeline = next;
      set(next);
    });
    replace(pass, "setBindGroup", (set, index, ...given) => {
      groups.set(index, given);
      set(index, ...given);
    });
    const group = (layout: object, buffers: readonly (readonly [Buffer, number, number?])[]) =>
      this.#device.createBindGroup({
        layout,
        entries: buffers.map(([buffer, offset, size], binding) => ({
          binding,
          resource: { buffer, offset, ...(size !== undefined && { size }) },
        })),
      });
    let bits = 0;
    return {
      before: () => {
        const changed = pipeline && this.#shaders.get(pipeline);
        if (pipeline === undefined || changed === undefined) return;
        const start = (this.#dispatches % MOST) * ROOM;
        const header = new Uint32Array(ROOM / 4);
        bits = 0;
        changed.arrays.forEach((array, i) => {
          const words = this.#wordsOf(groups.get(array.group)?.[0], array.binding);
          header.set([bits, Math.max(0, Math.floor(words / array.words) - 1)], 4 * i);
          bits += Math.ceil(words / 32) * 32;
        });
        if (bits > 32 * HALF) throw new Error("a dispatch with more than 2 GiB");
        header[2] = bits / 32;
        this.#queue.writeBuffer(this.#arrays, start, header);
        this.#queue.writeBuffer(this.#totals, start, new Uint32Array(2));
        const layout = pipeline.getBindGroupLayout(changed.group);
        setGroup(
          changed.group,
          group(layout, [
            [this.#touched, 0],
            [this.#arrays, start, ROOM],
          ]),
        );
      },
      after: () => {
        if (pipeline === undefined || !this.#shaders.has(pipeline)) return;
        const start = (this.#dispatches++ % MOST) * ROOM;
        setPipeline(this.#counting);
        const buffers = [
          [this.#touched, 0],
          [this.#arrays, start, ROOM],
          [this.#totals, start, ROOM],
        ] as const;
        setGroup(0, group(this.#counting.getBindGroupLayout(0), buffers));
        dispatch(Math.min(MOST_GROUPS, Math.max(1, Math.ceil(bits / 128 / 64))));
        setPipeline(pipeline);
        const first = groups.get(0);
        if (first) setGroup(0, ...first);
      },
    };
  }

  #wordsOf(group: object | null | undefined, binding: number): number {
    const entry = group && this.#bindings.get(group)?.find((own) => own.binding === binding);
    if (!entry) throw new Error(`a dispatch without a buffer at ${binding}`);
    const { resource } = entry;
    const { buffer, offset = 0, size } = "buffer" in resource ? resource : { buffer: resource };
    return Math.floor((size ?? buffer.size - offset) / 4);
  }

  /** Returns the bytes that all dispatches so far have read and written; none of them may be pending. */
  async bytes(): Promise<{ readonly read: number; readonly written: number }> {
    if (this.#dispatches - this.#added > MOST) throw new Error(`more than ${MOST} dispatches`);
    const usage = USAGE.mapRead | USAGE.copyTo;
    const staging = this.#device.createBuffer({ size: MOST * ROOM, usage });
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#totals, 0, staging, 0, MOST * ROOM);
    this.#queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const totals = new Uint32Array(staging.getMappedRange());
    for (; this.#added < this.#dispatches; this.#added++) {
      const start = ((this.#added % MOST) * ROOM) / 4;
      this.#words.read += totals[start] ?? 0;
      this.#words.written += totals[start + 1] ?? 0;
    }
    staging.destroy();
    return { read: 4 * this.#words.read, written: 4 * this.#words.written };
  }
}
