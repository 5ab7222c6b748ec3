/**
 * The bytes of a model as messages.
 */

import { fromBinary } from "@bufbuild/protobuf";
import { ArgumentError } from "@graddiff/core";
import { describe, shortened } from "@graddiff/core/internal";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type ValueInfoProto,
} from "../generated/onnx_pb.js";
import { versionsOf } from "./plan.ts";
import { type ElementType, elementTypeOf, refusedType } from "./types.ts";
import { weigh } from "./weigh.ts";

/** The last version of the standard operators that is known here. */
const LAST_VERSION = 22;

/**
 * How many times as large as the file its messages may be, and what those of any file may take. The messages of real networks
 * take 15 to 30 times the bytes that they have without their weights.
 */
const GROWTH = 64;
const SLACK = 2 ** 26;

/** A model whose frame is sound; what its graph says is not looked at yet. */
export interface Decoded {
  readonly model: ModelProto;
  readonly graph: GraphProto;
  readonly versions: ReadonlyMap<string, number>;
}

/**
 * Reads the messages. Lengths are compared with what is there before anything is allocated for them, and messages lie
 * at most 100 deep in each other; both are refused by the decoder. What messages would take is weighed before.
 */
export function decodeModel(op: string, bytes: unknown): Decoded {
  if (!(bytes instanceof Uint8Array)) {
    const got = describe(bytes);
    throw new ArgumentError({
      op,
      argument: "bytes",
      expected: "the bytes of a file, a Uint8Array",
      got,
    });
  }
  const weight = weigh(ModelProtoSchema, bytes);
  if (weight > SLACK + GROWTH * bytes.length) {
    throw wrong(op, `${bytes.length} bytes whose messages would take ${weight} in memory`);
  }
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw wrong(op, `bytes that end the decoder with ${describe(shortened(reason))}`);
  }
  const { graph } = model;
  if (graph === undefined) throw wrong(op, "one without a graph");
  const versions = versionsOf(model.opsetImport);
  const version = versions.get("");
  if (version !== undefined && (version < 1 || version > LAST_VERSION)) {
    throw new ArgumentError({
      op,
      argument: "bytes",
      expected: `a model of version 1 to ${LAST_VERSION} of the operators`,
      got: `version ${version}`,
      hint: "onnx.version_converter writes models in another one",
    });
  }
  return { model, graph, versions };
}

function wrong(op: string, got: string): ArgumentError {
  return new ArgumentError({ op, argument: "bytes", expected: "a model of ONNX", got });
}

/** What a graph says of a tensor. A length that is open is a text, or undefined. */
export interface Declared {
  readonly name: string;
  readonly type: ElementType;
  /** Undefined where nothing is known of it. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** @throws ArgumentError for a type that is not read. */
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
