/**
 * The files of a model: its own, and one beside it for weights that it does not hold.
 */

import { ArgumentError } from "@graddiff/core";
import {
  describe,
  flag,
  isPlainObject,
  numberThat,
  optional,
  optionsReader,
  type Reader,
} from "@graddiff/core/extend";
import {
  type Beside,
  type Bytes,
  type ConstantData,
  elementBytes,
  type GraphData,
  gathered,
  joined,
  modelParts,
} from "./graph/model.ts";

/** A file beside a model. */
export interface OnnxFile {
  /** The name by which the model refers to it. The file belongs in the model's folder. */
  readonly name: string;
  /** The bytes of the file, joined at the first reading, which makes a second copy of the weights. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same file in parts of at most 64 MB. They are views of the weights, so they must not be written. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
}

/** The way in which weights are written beside a model. */
export interface ExternalOptions {
  /** The name of the file. Default "model.onnx.data". */
  readonly name?: string;
  /** Tensors of more bytes than this are written there. Default 1024. */
  readonly above?: number;
}

/** The file beside a model. */
export type Outside = Required<ExternalOptions>;

const DEFAULT_NAME = "model.onnx.data";
const DEFAULT_ABOVE = 1024;

/** A name in the model's folder, on any system. */
const readFileName: Reader<string> = (op, argument, value) => {
  const isName = typeof value === "string" && /^[^/\\:\0]+$/.test(value);
  if (isName && value !== "." && value !== "..") return value;
  const expected = "the name of a file, without a folder";
  throw new ArgumentError({ op, argument, expected, got: describe(value) });
};

const readExternal = optionsReader({
  name: optional(readFileName, DEFAULT_NAME),
  above: optional(
    numberThat((bytes) => bytes >= 0, "a number of bytes from 0"),
    DEFAULT_ABOVE,
  ),
});

/** True, false, or how. */
export const readOutside: Reader<Outside | false> = (op, argument, value) => {
  if (isPlainObject(value)) return readExternal(`${op}: ${argument}`, value);
  return flag(op, argument, value) && readExternal(op, {});
};

/** The format counts bytes in 31 bits; so much is left to nodes and names. */
const MOST_BYTES = 2 ** 31 - 1 - 2 ** 26;

/**
 * Systems that map files into memory want the offsets of large tensors to be multiples of a page, and others those of a
 * cache line.
 */
const LARGE = 2 ** 20;
const PAGE = 4096;
const LINE = 64;

/** The versions that a model is of. */
interface Versions {
  readonly opset: number;
  readonly irVersion: number;
}

/**
 * Returns the own file of a model, and those beside it. @throws ArgumentError for a model that a file does not hold.
 */
export function filesOf(
  given: { readonly op: string; readonly argument: string },
  graph: GraphData,
  { opset, irVersion }: Versions,
  wanted: Outside | false | undefined,
): { readonly own: OnnxFile; readonly external: readonly OnnxFile[] } {
  const all = sizeOf(graph.constants);
  const outside = wanted ?? (all > MOST_BYTES && { name: DEFAULT_NAME, above: DEFAULT_ABOVE });
  const above = outside === false ? Number.POSITIVE_INFINITY : outside.above;
  const isExternal = ({ elements }: ConstantData) => elements.byteLength > above;
  const external = graph.constants.filter(isExternal);
  checkSize(given, all - sizeOf(external));
  const location = outside === false ? "" : outside.name;
  const beside = new Map<string, Beside>();
  const parts: Bytes[] = [];
  let end = 0;
  for (const constant of external) {
    const bytes = elementBytes(constant);
    const unit = bytes.length >= LARGE ? PAGE : LINE;
    const offset = Math.ceil(end / unit) * unit;
    parts.push(new Uint8Array(offset - end), bytes);
    beside.set(constant.name, { location, offset, length: bytes.length });
    end = offset + bytes.length;
  }
  return {
    own: fileOf("model.onnx", modelParts(graph, opset, irVersion, beside)),
    external: parts.length === 0 ? [] : [fileOf(location, gathered(parts))],
  };
}

function sizeOf(constants: GraphData["constants"]): number {
  return constants.reduce((sum, { elements }) => sum + elements.byteLength, 0);
}

function checkSize({ op, argument }: { op: string; argument: string }, bytes: number): void {
  if (bytes <= MOST_BYTES) return;
  throw new ArgumentError({
    op,
    argument,
    expected: "constants and Variables of at most 2 GB in the file of the model",
    got: `${bytes} bytes`,
    hint: "external: true of exportOnnx writes them beside it, and variablesAsInputs: true leaves Variables out",
  });
}

function fileOf(name: string, parts: readonly Bytes[]): OnnxFile {
  let whole: Bytes | undefined;
  return {
    name,
    get bytes() {
      whole ??= joined(parts);
      return whole;
    },
    parts,
  };
}
