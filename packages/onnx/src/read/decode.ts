/**
 * Decoding of a model's bytes to messages.
 */

import { fromBinary } from "@bufbuild/protobuf";
import { ArgumentError } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";
import { shortened } from "@graddiff/core/internal";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type ValueInfoProto,
} from "../generated/onnx_pb.js";
import { versionsOf } from "./plan.ts";
import { type ElementType, elementTypeOf, refusedType } from "./types.ts";
import { weigh } from "./weigh.ts";

/** The latest known version of the standard operators. */
const LAST_VERSION = 22;

/**
 * The most memory of a file's messages, as a multiple of its bytes. The messages of real networks take 15 to 30 times
 * their bytes in the file, not counting weights.
 */
const GROWTH = 64;
const SLACK = 2 ** 26;

/** A decoded model, whose graph is not checked yet. */
export interface Decoded {
  readonly model: ModelProto;
  readonly graph: GraphProto;
  readonly versions: ReadonlyMap<string, number>;
  /** The number of bytes of the file. */
  readonly size: number;
}

/** The source of the bytes, for errors. */
export interface Origin {
  readonly op: string;
  readonly argument: string;
  /** The address, if there is one. */
  readonly from?: string | undefined;
}

/** Returns the bytes of an ArrayBuffer or a Uint8Array; undefined for any other value. */
export function bytesOfFile(given: unknown): Uint8Array | undefined {
  if (given instanceof ArrayBuffer) return new Uint8Array(given);
  return given instanceof Uint8Array ? given : undefined;
}

/**
 * Decodes the messages of a model. Their memory is estimated beforehand. The decoder compares lengths with the number
 * of remaining bytes before it allocates, and refuses messages that are nested more than 100 deep.
 */
export function decodeModel(origin: Origin, given: unknown): Decoded {
  const { op, argument } = origin;
  const bytes = bytesOfFile(given);
  if (bytes === undefined) {
    const isLoaded = (typeof given === "object" && given !== null) || typeof given === "string";
    throw new ArgumentError({
      op,
      argument,
      expected: "the bytes of a file, a Uint8Array or an ArrayBuffer",
      got: describe(given),
      ...(isLoaded && { hint: "await loadOnnx(source) takes a URL, a Response or a Blob" }),
    });
  }
  const other = otherFormat(bytes);
  if (other !== undefined) throw wrong(origin, other.got, other.hint);
  const weight = weigh(ModelProtoSchema, bytes);
  if (weight > SLACK + GROWTH * bytes.length) {
    throw wrong(origin, `${bytes.length} bytes whose messages would take ${weight} in memory`);
  }
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (/recursion/.test(reason)) {
      const expected = "a model whose graphs, as of an If, lie at most 30 deep in each other";
      throw new ArgumentError({ op, argument, expected, got: "more" });
    }
    throw wrong(origin, `bytes that are no messages of protobuf: ${describe(shortened(reason))}`);
  }
  const { graph } = model;
  if (graph === undefined) throw wrong(origin, "one without a graph");
  const versions = versionsOf(model.opsetImport);
  const version = versions.get("");
  if (version !== undefined && (version < 1 || version > LAST_VERSION)) {
    throw new ArgumentError({
      op,
      argument,
      expected: `a model of version 1 to ${LAST_VERSION} of the operators`,
      got: `version ${version}`,
      hint: "onnx.version_converter writes models in another one",
    });
  }
  return { model, graph, versions, size: bytes.length };
}

function wrong({ op, argument, from }: Origin, what: string, hint?: string): ArgumentError {
  const got = from === undefined ? what : `${what}, from ${from}`;
  const complaint = { op, argument, expected: "a model of ONNX", got };
  return new ArgumentError(hint === undefined ? complaint : { ...complaint, hint });
}

/**
 * The formats of files that users mistake for a model, by their first bytes, where %1f is a byte that cannot be
 * printed. No message begins with these bytes.
 */
const OTHERS: readonly { readonly begins: RegExp; readonly got: string; readonly hint?: string }[] =
  [
    {
      begins: /^version https:\/\/git-lfs/,
      got: "a Git LFS pointer, which stands for a file",
      hint: "git lfs pull gets the file itself",
    },
    {
      begins: /^(%ef%bb%bf)?\s*<(!doctype|html|head|\?xml|!--)/i,
      got: "HTML",
      hint: "A page came in the place of the file: look at its address",
    },
    {
      begins: /^PK%03%04/,
      got: "a zip, as PyTorch's own files are, too",
      hint: "Unpack it, or write the model by torch.onnx.export",
    },
    { begins: /^%1f%8b/, got: "a gzip", hint: "Unpack it first" },
    { begins: /^(%ef%bb%bf)?\s*[[{]\s*["{[]/, got: "JSON" },
    { begins: /^(%..|.){8}\{"/, got: "safetensors, which are weights alone" },
    {
      begins: /^(%..|.){4}TFL3/,
      got: "a model of TensorFlow Lite",
      hint: "tf2onnx makes one of ONNX of it",
    },
    {
      begins: /^(%..|.){4}ORTM/,
      got: "a model in onnxruntime's own format",
      hint: "The .onnx that it was made of is read",
    },
    {
      begins: /^%89HDF/,
      got: "HDF5, as models of Keras are",
      hint: "tf2onnx makes one of ONNX of it",
    },
  ];

/** Returns the parts of the error message for a file of another format. */
function otherFormat(bytes: Uint8Array): { got: string; hint?: string } | undefined {
  if (bytes.length === 0) return { got: "no bytes" };
  const isPrinted = (byte: number) => (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13);
  const start = Array.from(bytes.subarray(0, 64), (byte) =>
    isPrinted(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, "0")}`,
  );
  return OTHERS.find(({ begins }) => begins.test(start.join("")));
}

/** The declaration of a tensor in a graph. An open length is a text, or undefined. */
export interface Declared {
  readonly name: string;
  readonly type: ElementType;
  /** The shape; undefined if nothing is known about it. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** @throws ArgumentError for an unsupported type. */
export function declaredBy(op: string, info: ValueInfoProto): Declared {
  const { name, type } = info;
  const kind = type?.value;
  const code = kind?.case === "tensorType" ? kind.value.elemType : undefined;
  const element = code === undefined ? undefined : elementTypeOf(code);
  if (kind?.case !== "tensorType" || element === undefined) {
    const what = code === undefined ? typeName(kind?.case) : refusedType(code);
    throw new ArgumentError({
      op,
      argument: name,
      expected: "a tensor of floats, integers or bools",
      got: what,
    });
  }
  const shape = kind.value.shape?.dim.map(({ value }) => {
    if (value.case === "dimValue") return Number(value.value);
    return value.case === "dimParam" && value.value !== "" ? value.value : undefined;
  });
  return { name, type: element, shape };
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  sequenceType: "a sequence",
  mapType: "a map",
  optionalType: "an optional",
  sparseTensorType: "a sparse tensor",
};

function typeName(kind: string | undefined): string {
  return TYPE_NAMES[kind ?? ""] ?? "no type";
}
