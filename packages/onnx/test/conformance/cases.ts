/**
 * The cases of ONNX's own tests: a model, and its inputs and expected outputs, each in a file.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import {
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  TensorProtoSchema,
  TensorProto_DataType as Type,
  type ValueInfoProto,
} from "../../src/generated/onnx_pb.js";
import { readTensor } from "../../src/read/elements.ts";
import type { ElementType } from "../../src/read/types.ts";
import type { Value } from "../../src/read/value.ts";

/** A case of ONNX's own tests. */
export interface Case {
  readonly name: string;
  /** The operator that the case tests. */
  readonly operator: string;
  /** The version of the operators that the model asks for. */
  readonly version: number;
  readonly kind: Kind;
  readonly bytes: Uint8Array;
  readonly sets: readonly { readonly inputs: Files; readonly outputs: Files }[];
}

type Files = readonly Uint8Array[];

/** The kinds of inputs and outputs of a case. */
export const KINDS = [
  "floats, integers or bools, standard operators",
  "operators of another domain",
  "sequences, maps or optionals",
  "texts",
  "floats of 8 bits or integers of 4",
] as const;
export type Kind = (typeof KINDS)[number];

const PLAIN: ReadonlySet<Type> = new Set([
  Type.FLOAT,
  Type.DOUBLE,
  Type.FLOAT16,
  Type.BFLOAT16,
  Type.BOOL,
  ...[Type.INT8, Type.INT16, Type.INT32, Type.INT64],
  ...[Type.UINT8, Type.UINT16, Type.UINT32, Type.UINT64],
]);

function kindOf({ graph, opsetImport }: ModelProto): Kind {
  if (opsetImport.some(({ domain }) => domain !== "" && domain !== "ai.onnx")) return KINDS[1];
  const types = [...(graph?.input ?? []), ...(graph?.output ?? [])].map(elementOf);
  if (types.includes(undefined)) return KINDS[2];
  if (types.includes(Type.STRING)) return KINDS[3];
  return types.every((type) => type !== undefined && PLAIN.has(type)) ? KINDS[0] : KINDS[4];
}

function elementOf({ type }: ValueInfoProto): Type | undefined {
  return type?.value.case === "tensorType" ? type.value.value.elemType : undefined;
}

/**
 * Returns the operator of a model with one node. A model in which an operator is expanded into others counts as a case
 * of that operator.
 */
function operatorOf(name: string, folder: string, graph: GraphProto | undefined): string {
  const base = name.replace(/_expanded(_ver\d+)?$/, "");
  if (base !== name) {
    const own = join(folder, base, "model.onnx");
    if (existsSync(own)) {
      return nameOf(fromBinary(ModelProtoSchema, readFileSync(own)).graph?.node.at(-1)) ?? base;
    }
  }
  const nodes = graph?.node.filter(({ opType }) => opType !== "Constant") ?? [];
  return nameOf(nodes.at(-1)) ?? nameOf(graph?.node.at(-1)) ?? name;
}

/** Returns the name of an operator, after its domain unless that is the standard one. */
function nameOf(node: NodeProto | undefined): string | undefined {
  if (node === undefined || node.domain === "" || node.domain === "ai.onnx") return node?.opType;
  return `${node.domain}.${node.opType}`;
}

/** Returns the cases of a folder, such as `node`. */
export function casesOf(folder: string): Case[] {
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const bytes = new Uint8Array(readFileSync(join(folder, name, "model.onnx")));
      const model = fromBinary(ModelProtoSchema, bytes);
      const sets = readdirSync(join(folder, name)).filter((each) =>
        each.startsWith("test_data_set"),
      );
      return {
        name: name.replace(/^test_/, ""),
        operator: operatorOf(name, folder, model.graph),
        version: Number(model.opsetImport[0]?.version ?? 0),
        kind: kindOf(model),
        bytes,
        sets: sets.map((set) => ({
          inputs: filesOf(join(folder, name, set), "input"),
          outputs: filesOf(join(folder, name, set), "output"),
        })),
      };
    });
}

function filesOf(folder: string, which: string): Files {
  const files: Uint8Array[] = [];
  for (let i = 0; existsSync(join(folder, `${which}_${i}.pb`)); i++) {
    files.push(new Uint8Array(readFileSync(join(folder, `${which}_${i}.pb`))));
  }
  return files;
}

/** Returns a tensor from a file. Files of bfloat16 have the bits as uint16. */
export function valueOfFile(file: Uint8Array, type: ElementType | undefined): Value {
  const message = fromBinary(TensorProtoSchema, file);
  if (type === "bfloat16") message.dataType = Type.BFLOAT16;
  return readTensor(message.name || "a tensor", message, {
    floats: "float32",
    external: undefined,
  });
}
